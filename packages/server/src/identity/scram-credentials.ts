import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { type ScramMechanism, saslPrepared } from '@angarium/transport';

/** Hash functions of the mechanisms, and how many bytes they make. */
export const SCRAM_HASHES = {
  'SCRAM-SHA-256': { name: 'sha256', bytes: 32 },
  'SCRAM-SHA-512': { name: 'sha512', bytes: 64 },
} as const satisfies Record<ScramMechanism, { readonly name: string; readonly bytes: number }>;

/** RFC 7677, section 4: at least so many. */
export const ITERATIONS_MIN = 4096;
/**
 * How often new credentials hash the password: what the client has to do at each login, and a thief of the file for each guess. The most that every
 * client takes: Cyrus SASL, which Proton and many others use, refuses more than 65 536.
 */
export const ITERATIONS = 65_536;
/** The most that a configuration may ask of its clients. */
const ITERATIONS_MAX = 10_000_000;
const SALT_BYTES = 16;

/** What the server knows of a password (RFC 5802, section 3): enough to check a client and to prove itself, not enough to log in elsewhere. */
export interface ScramCredentials {
  readonly iterations: number;
  readonly salt: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/**
 * Reads credentials in the form of RFC 5803, which PostgreSQL and others print too; undefined when they are not of this form or mechanism:
 *
 *     SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>       the last three in base64
 */
export function parseScramCredentials(text: string, mechanism: ScramMechanism): ScramCredentials | undefined {
  const match = /^(SCRAM-SHA-\d+)\$(\d{1,8}):([A-Za-z0-9+/]{8,172}=*)\$([A-Za-z0-9+/]+=*):([A-Za-z0-9+/]+=*)$/.exec(text);
  if (match === null || match[1] !== mechanism) return undefined;
  const iterations = Number(match[2]);
  const [salt, storedKey, serverKey] = [match[3]!, match[4]!, match[5]!].map(base64 => Buffer.from(base64, 'base64')) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  const { bytes } = SCRAM_HASHES[mechanism];
  if (iterations < ITERATIONS_MIN || iterations > ITERATIONS_MAX || storedKey.length !== bytes || serverKey.length !== bytes)
    return undefined;
  return { iterations, salt, storedKey, serverKey };
}

export function formatScramCredentials(mechanism: ScramMechanism, credentials: ScramCredentials): string {
  const [salt, storedKey, serverKey] = [credentials.salt, credentials.storedKey, credentials.serverKey].map(bytes =>
    bytes.toString('base64'),
  );
  return `${mechanism}$${credentials.iterations}:${salt}$${storedKey}:${serverKey}`;
}

/** Credentials for a password; undefined when it has a character that a password cannot have (`saslPrepared`). */
export async function makeScramCredentials(
  mechanism: ScramMechanism,
  password: string,
  iterations = ITERATIONS,
  salt: Buffer = randomBytes(SALT_BYTES),
): Promise<ScramCredentials | undefined> {
  const prepared = saslPrepared(password);
  if (prepared === undefined) return undefined;
  const { name, bytes } = SCRAM_HASHES[mechanism];
  const salted = await new Promise<Buffer>((resolve, reject) => {
    pbkdf2(prepared, salt, iterations, bytes, name, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
  const clientKey = createHmac(name, salted).update('Client Key').digest();
  return {
    iterations,
    salt,
    storedKey: createHash(name).update(clientKey).digest(),
    serverKey: createHmac(name, salted).update('Server Key').digest(),
  };
}

/**
 * Credentials that no password has, for a name that is not known: the same ones each time, after a restart too, so that asking tells nobody who is.
 * `secret` is the server's own; `like` are those of a real user.
 */
export function impossibleScramCredentials(
  mechanism: ScramMechanism,
  name: string,
  secret: Uint8Array,
  like: ScramCredentials | undefined,
): ScramCredentials {
  const hash = SCRAM_HASHES[mechanism];
  const made = (what: string): Buffer => createHmac(hash.name, secret).update(`${what}\0${mechanism}\0${name}`).digest();
  return {
    iterations: like?.iterations ?? ITERATIONS,
    salt: made('salt').subarray(0, Math.min(hash.bytes, like?.salt.length ?? SALT_BYTES)),
    storedKey: made('stored key'),
    serverKey: made('server key'),
  };
}
