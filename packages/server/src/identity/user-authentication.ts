import { type ScramMechanism, saslPrepared } from '@angarium/transport';
import Type, { type Static } from 'typebox';
import { hashPassword, PASSWORD_BYTES_MAX, parsePasswordHash, verifyPassword } from './password-hash.ts';
import { formatScramCredentials, makeScramCredentials, parseScramCredentials } from './scram-credentials.ts';

const text = (description: string, pattern?: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 4096, description, ...(pattern !== undefined && { pattern }) }));

/** A token of a service account as it is kept: a stolen log is no help to who wants one. */
const KEPT_TOKEN = Type.Object(
  {
    id: Type.String({ description: 'By which people tell it from another.' }),
    hash: Type.String({ description: 'SHA-256 of the token, in base64url: of 256 random bits nothing can be guessed.' }),
    createdMs: Type.Number({ description: 'When it was made, in milliseconds since the epoch.' }),
    expiresMs: Type.Optional(Type.Number({ description: 'When it expires, in milliseconds since the epoch; absent: it does not.' })),
  },
  { additionalProperties: false },
);
export type KeptToken = Static<typeof KEPT_TOKEN>;

/** How a User proves who it is, as documents say it. */
export const USER_AUTHENTICATION = Type.Object(
  {
    type: Type.Union([Type.Literal('password'), Type.Literal('federated'), Type.Literal('certificate'), Type.Literal('service-account')], {
      description:
        'How the user proves who it is: by a password; to the AuthenticationService of the address space; by a certificate; by a token that the server makes.',
    }),
    password: text('Of type password: it is kept as hashes, and never shown.'),
    passwordHash: text('In place of a password: its argon2id hash in PHC form, as angarium user hash-password prints it.'),
    scramSha256: text('Credentials for SCRAM-SHA-256; made from the password where one is given.'),
    scramSha512: text('The same for SCRAM-SHA-512.'),
    subject: text('Of type federated: the subject that the authentication service has to name besides. Of type certificate: its subject.'),
    fingerprint: text('Of type certificate: SHA-256 of the certificate, in hexadecimal.', '^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$'),
    name: text('Of type certificate: one of its alternative names, a host name, a mail address, or a URI.'),
    tokens: Type.Optional(
      Type.Array(KEPT_TOKEN, {
        maxItems: 2,
        description: 'Of type service-account: what the server keeps of its tokens (angarium user token).',
      }),
    ),
  },
  { additionalProperties: false, description: 'How the user proves who it is; without it nobody can connect as this user.' },
);

/** As it is written, with what the server makes; the password is not kept. */
export type UserAuthentication = Static<typeof USER_AUTHENTICATION>;

/** The fields that have a user's credentials for SCRAM, strongest first. */
export const SCRAM_FIELDS = {
  'SCRAM-SHA-512': 'scramSha512',
  'SCRAM-SHA-256': 'scramSha256',
} as const satisfies Record<ScramMechanism, string>;

export const SCRAM_MECHANISMS = Object.keys(SCRAM_FIELDS) as ScramMechanism[];

/** Paths in a User's spec that are never shown. */
export const USER_SECRETS: readonly string[] = ['password', 'passwordHash', 'scramSha256', 'scramSha512', 'tokens'].map(
  field => `authentication.${field}`,
);

/** What a hash in a document may cost: whoever may write users of one space shall not take time and memory from all others with it. */
export const HASH_MEMORY_KIB_MAX = 131_072;
/** Eight times as much as the server's own: memory in KiB, times passes. */
export const HASH_WORK_MAX = 311_296;

/** What is wrong with it, in words; undefined: it can be kept. */
export function refuseUserAuthentication(name: string, written: UserAuthentication): string | undefined {
  if (saslPrepared(name) !== name) return 'The name has characters that clients write in more than one way (RFC 4013): choose another.';
  switch (written.type) {
    case 'password':
      return refusePassword(written);
    case 'certificate': {
      const { subject, fingerprint, name: alternative } = written;
      const given = [subject, fingerprint, alternative].filter(each => each !== undefined).length;
      return given === 1 ? undefined : 'A user of type certificate has one of subject, fingerprint and name.';
    }
    case 'federated':
    case 'service-account':
      return undefined;
  }
}

function refusePassword({ password, passwordHash, scramSha256, scramSha512 }: UserAuthentication): string | undefined {
  if (password !== undefined) return refuseNewPassword(password);
  if (passwordHash === undefined) return 'A user of type password needs a password, or a passwordHash.';
  const hash = parsePasswordHash(passwordHash);
  if (hash === undefined) return 'The passwordHash is not an argon2id hash: angarium user hash-password makes one.';
  if (hash.memoryKib > HASH_MEMORY_KIB_MAX || hash.memoryKib * hash.passes > HASH_WORK_MAX)
    return `The passwordHash costs too much: at most ${HASH_MEMORY_KIB_MAX} KiB, and ${HASH_WORK_MAX} KiB in all passes together.`;
  const wrong =
    (scramSha256 !== undefined && parseScramCredentials(scramSha256, 'SCRAM-SHA-256') === undefined && 'scramSha256') ||
    (scramSha512 !== undefined && parseScramCredentials(scramSha512, 'SCRAM-SHA-512') === undefined && 'scramSha512');
  return wrong ? `The ${wrong} is not of this mechanism: angarium user hash-password makes one.` : undefined;
}

/** What is wrong with a password that somebody wants to have, in words. */
export function refuseNewPassword(password: string): string | undefined {
  if (password === '') return 'The password is empty.';
  if (Buffer.byteLength(password) > PASSWORD_BYTES_MAX) return `The password is longer than ${PASSWORD_BYTES_MAX} bytes.`;
  if (saslPrepared(password) === undefined)
    return 'The password has a character that passwords may not have (RFC 4013), such as a control character.';
  return undefined;
}

/** What a password is kept as. It must be one that is not refused. */
export async function passwordCredentials(password: string): Promise<{ passwordHash: string; scramSha256: string; scramSha512: string }> {
  const scram = async (mechanism: ScramMechanism): Promise<string> =>
    formatScramCredentials(mechanism, (await makeScramCredentials(mechanism, password))!);
  const [passwordHash, scramSha256, scramSha512] = await Promise.all([
    hashPassword(password),
    scram('SCRAM-SHA-256'),
    scram('SCRAM-SHA-512'),
  ]);
  return { passwordHash, scramSha256, scramSha512 };
}

/** Makes of what was written what is kept. `before` is what was kept until now. */
export async function keptAuthentication(written: UserAuthentication, before: UserAuthentication | undefined): Promise<UserAuthentication> {
  const { type, subject } = written;
  switch (type) {
    case 'password':
      return { type, ...(written.password === undefined ? keptPassword(written, before) : await credentialsOf(written.password, before)) };
    case 'federated':
      return { type, ...(subject !== undefined && { subject }) };
    case 'certificate': {
      const { fingerprint, name } = written;
      return {
        type,
        ...(subject !== undefined && { subject }),
        ...(fingerprint !== undefined && { fingerprint: fingerprint.replaceAll(':', '').toLowerCase() }),
        ...(name !== undefined && { name }),
      };
    }
    case 'service-account':
      return { type, tokens: written.tokens ?? before?.tokens ?? [] };
  }
}

/** Written again, a password keeps its credentials: a document that is applied twice changes nothing, and sends nobody away. */
async function credentialsOf(password: string, before: UserAuthentication | undefined): Promise<Partial<UserAuthentication>> {
  const { passwordHash, scramSha256, scramSha512 } = before ?? {};
  if (passwordHash === undefined || scramSha256 === undefined || scramSha512 === undefined) return await passwordCredentials(password);
  const hash = parsePasswordHash(passwordHash);
  const same = hash !== undefined && (await verifyPassword(password, hash));
  return same ? { passwordHash, scramSha256, scramSha512 } : await passwordCredentials(password);
}

/** With another hash, credentials that were there before are those of the old password. */
function keptPassword(written: UserAuthentication, before: UserAuthentication | undefined): Partial<UserAuthentication> {
  const { passwordHash } = written;
  const other = before?.passwordHash !== undefined && before.passwordHash !== passwordHash;
  const kept: Record<string, string> = {};
  if (passwordHash !== undefined) kept.passwordHash = passwordHash;
  for (const field of Object.values(SCRAM_FIELDS)) {
    const credentials = written[field];
    if (credentials !== undefined && !(other && credentials === before[field])) kept[field] = credentials;
  }
  return kept;
}
