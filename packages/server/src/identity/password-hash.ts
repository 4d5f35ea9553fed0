import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * A password's hash in PHC form (the string format of the Password Hashing Competition), as other tools make and read it:
 *
 *     $argon2id$v=19$m=19456,t=2,p=1$<salt, base64>$<hash, base64>
 *                    KiB     passes parallel
 */
export interface PasswordHash {
  readonly memoryKib: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** What new hashes cost: the first choice of OWASP's password storage cheat sheet, about 60 ms. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const PARALLELISM = 1;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** What a hash in a configuration may cost at most: 1 GiB, so that a typing error does not take the machine down. */
const MEMORY_KIB_MAX = 1_048_576;
const PASSES_MAX = 64;
const PARALLELISM_MAX = 64;

/** The longest password, in bytes: longer ones are refused without hashing. */
export const PASSWORD_BYTES_MAX = 1024;

export function parsePasswordHash(text: string): PasswordHash | undefined {
  const match = /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})=*\$([A-Za-z0-9+/]{16,172})=*$/.exec(text);
  if (match === null) return undefined;
  const [memoryKib, passes, parallelism] = [Number(match[1]), Number(match[2]), Number(match[3])];
  // Argon2 itself asks for 8 KiB a lane (RFC 9106, section 3.1).
  if (parallelism < 1 || parallelism > PARALLELISM_MAX || passes < 1 || passes > PASSES_MAX) return undefined;
  if (memoryKib < 8 * parallelism || memoryKib > MEMORY_KIB_MAX) return undefined;
  return { memoryKib, passes, parallelism, salt: Buffer.from(match[4]!, 'base64'), hash: Buffer.from(match[5]!, 'base64') };
}

export function formatPasswordHash(value: PasswordHash): string {
  const base64 = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');
  return `$argon2id$v=19$m=${value.memoryKib},t=${value.passes},p=${value.parallelism}$${base64(value.salt)}$${base64(value.hash)}`;
}

export async function hashPassword(password: string): Promise<string> {
  const made = {
    memoryKib: MEMORY_KIB,
    passes: PASSES,
    parallelism: PARALLELISM,
    salt: randomBytes(SALT_BYTES),
    hash: Buffer.alloc(HASH_BYTES),
  };
  return formatPasswordHash({ ...made, hash: await derive(password, made) });
}

/** Compares in constant time; a password over `PASSWORD_BYTES_MAX` is wrong. */
export async function verifyPassword(password: string, expected: PasswordHash): Promise<boolean> {
  if (Buffer.byteLength(password) > PASSWORD_BYTES_MAX) return false;
  return timingSafeEqual(await derive(password, expected), expected.hash);
}

/** A hash that no password has, at the usual cost: it is compared with when the user is unknown, so that the answer takes as long. */
export function impossibleHash(like: PasswordHash | undefined): PasswordHash {
  const cost = like ?? { memoryKib: MEMORY_KIB, passes: PASSES, parallelism: PARALLELISM };
  return {
    memoryKib: cost.memoryKib,
    passes: cost.passes,
    parallelism: cost.parallelism,
    salt: randomBytes(SALT_BYTES),
    hash: randomBytes(HASH_BYTES),
  };
}

function derive(password: string, cost: PasswordHash): Promise<Buffer> {
  const parameters = {
    message: Buffer.from(password, 'utf8'),
    nonce: cost.salt,
    parallelism: cost.parallelism,
    tagLength: cost.hash.length,
    memory: cost.memoryKib,
    passes: cost.passes,
  };
  return new Promise((resolve, reject) => {
    argon2('argon2id', parameters, (error, key) => (error === null ? resolve(Buffer.from(key)) : reject(error)));
  });
}
