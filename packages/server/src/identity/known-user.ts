import type { Resource } from '@angarium/core';
import { type ScramMechanism, saslPrepared } from '@angarium/transport';
import { StartError } from '../start-error.ts';
import { type PasswordHash, parsePasswordHash } from './password-hash.ts';
import { parseScramCredentials, type ScramCredentials } from './scram-credentials.ts';
import { type KeptToken, SCRAM_FIELDS, SCRAM_MECHANISMS, type UserAuthentication } from './user-authentication.ts';

/** A user that the server knows itself, from the configuration or from a document. */
export interface KnownUser {
  readonly space: string;
  readonly name: string;
  /** It is one of the configuration, and administers the server. */
  readonly configured: boolean;
  readonly disabled: boolean;
  readonly groups: readonly string[];
  /** How it proves who it is; undefined: it cannot. */
  readonly proof: UserAuthentication['type'] | undefined;
  readonly passwordHash: PasswordHash | undefined;
  readonly scram: ReadonlyMap<ScramMechanism, ScramCredentials>;
  readonly subject: string | undefined;
  readonly fingerprint: string | undefined;
  readonly certificateName: string | undefined;
  readonly tokens: readonly KeptToken[];
}

/** A user's entry in the configuration. */
export type ConfiguredUser = { readonly name: string; readonly passwordHash: string } & {
  readonly [Field in (typeof SCRAM_FIELDS)[ScramMechanism]]?: string;
};

/** What is read of a User document. */
interface UserSpec {
  readonly authentication?: UserAuthentication;
  readonly groups?: readonly string[];
  readonly disabled?: boolean;
}

export function userOfResource({ space, name, spec }: Resource): KnownUser {
  const { authentication, groups = [], disabled = false } = spec as UserSpec;
  const scram = new Map<ScramMechanism, ScramCredentials>();
  for (const mechanism of SCRAM_MECHANISMS) {
    const credentials = parseScramCredentials(authentication?.[SCRAM_FIELDS[mechanism]] ?? '', mechanism);
    if (credentials !== undefined) scram.set(mechanism, credentials);
  }
  return {
    space,
    name,
    configured: false,
    disabled,
    groups,
    proof: authentication?.type,
    passwordHash: parsePasswordHash(authentication?.passwordHash ?? ''),
    scram,
    subject: authentication?.subject,
    fingerprint: authentication?.fingerprint,
    certificateName: authentication?.name,
    tokens: authentication?.tokens ?? [],
  };
}

/** The users of the configuration by the name that clients send. Throws `StartError`. */
export function configuredUsers(space: string, users: readonly ConfiguredUser[]): ReadonlyMap<string, KnownUser> {
  const known = new Map<string, KnownUser>();
  const names = new Set<string>();
  for (const user of users) {
    const { name } = user;
    if (names.has(name)) throw new StartError('configuration', `The user "${name}" is configured twice.`);
    names.add(name);
    const prepared = saslPrepared(name);
    if (prepared === undefined)
      throw new StartError('configuration', `The user "${name}" has a character in his name that clients cannot send (RFC 4013).`);
    if (known.has(prepared)) throw new StartError('configuration', `To clients the user "${name}" is the same as another (RFC 4013).`);
    known.set(prepared, knownOf(space, user));
  }
  return known;
}

function knownOf(space: string, user: ConfiguredUser): KnownUser {
  const { name } = user;
  const passwordHash = parsePasswordHash(user.passwordHash);
  if (passwordHash === undefined)
    throw new StartError(
      'configuration',
      `The passwordHash of user "${name}" is not an argon2id hash. Make one with: angarium user hash-password`,
    );
  const scram = new Map<ScramMechanism, ScramCredentials>();
  for (const mechanism of SCRAM_MECHANISMS) {
    const field = SCRAM_FIELDS[mechanism];
    const text = user[field];
    if (text === undefined) continue;
    const credentials = parseScramCredentials(text, mechanism);
    if (credentials === undefined)
      throw new StartError(
        'configuration',
        `The ${field} of user "${name}" is not what ${mechanism} needs. Make it with: angarium user hash-password`,
      );
    scram.set(mechanism, credentials);
  }
  return {
    space,
    name,
    configured: true,
    disabled: false,
    groups: [],
    proof: 'password',
    passwordHash,
    scram,
    subject: undefined,
    fingerprint: undefined,
    certificateName: undefined,
    tokens: [],
  };
}
