import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { KnownUser } from './known-user.ts';
import type { KeptToken } from './user-authentication.ts';

/** Tokens of a service account that are good at a time: the one in use, and the one that takes its place. */
export const TOKENS_MAX = 2;
/** What nobody can guess, in bytes. */
const SECRET_BYTES = 32;
const ID_BYTES = 6;
const PREFIX = 'angarium_';

/**
 * A token says whose it is, so that it can be all that a client shows:
 *
 *     angarium_<base64url of "space/user">.<base64url of 256 random bits>
 */
export interface NewToken {
  readonly token: string;
  readonly kept: KeptToken;
}

export function makeToken(space: string, user: string, nowMs: number, ttlMs: number | undefined): NewToken {
  const whose = Buffer.from(`${space}/${user}`).toString('base64url');
  const token = `${PREFIX}${whose}.${randomBytes(SECRET_BYTES).toString('base64url')}`;
  const kept = {
    id: randomBytes(ID_BYTES).toString('hex'),
    hash: hashOf(token).toString('base64url'),
    createdMs: nowMs,
    ...(ttlMs !== undefined && { expiresMs: nowMs + ttlMs }),
  };
  return { token, kept };
}

/** Whose a token says it is; undefined: it is no token of a service account. */
export function ownerOfToken(token: string): { readonly space: string; readonly user: string } | undefined {
  const match = /^angarium_([A-Za-z0-9_-]{1,2000})\.[A-Za-z0-9_-]{43}$/.exec(token);
  if (match === null) return undefined;
  const whose = Buffer.from(match[1]!, 'base64url').toString('utf8');
  const slash = whose.indexOf('/');
  return slash === -1 ? undefined : { space: whose.slice(0, slash), user: whose.slice(slash + 1) };
}

/** The one that it is of the user's, if that has not expired. */
export function findToken(user: KnownUser, token: string, nowMs: number): KeptToken | undefined {
  const hash = hashOf(token);
  return user.tokens.find(kept => {
    const known = Buffer.from(kept.hash, 'base64url');
    return known.length === hash.length && timingSafeEqual(known, hash) && (kept.expiresMs === undefined || kept.expiresMs > nowMs);
  });
}

/** Those that are good beside a new one: the newest ones that have not expired. */
export function rotatedTokens(kept: readonly KeptToken[], added: KeptToken, nowMs: number): readonly KeptToken[] {
  const good = kept.filter(({ expiresMs }) => expiresMs === undefined || expiresMs > nowMs);
  return [...good, added].slice(-TOKENS_MAX);
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
