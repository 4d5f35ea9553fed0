import type { Rule, Subject } from '../logic/access.ts';
import type { ResourceDocument } from './documents.ts';
import { call, spacePath } from './request.ts';

export const USER_TYPES = ['password', 'service-account', 'certificate', 'federated'] as const;
export type UserType = (typeof USER_TYPES)[number];

/** What a User says (docs/identity.md), without what is secret. */
export interface UserSpec {
  readonly authentication?: { readonly type: UserType; readonly [field: string]: unknown };
  readonly groups?: readonly string[];
  readonly authorization?: readonly Rule[];
  readonly limits?: Readonly<Record<string, number>>;
  readonly disabled?: boolean;
}

export interface UserToken {
  readonly id: string;
  readonly created: string;
  readonly expires?: string;
  readonly lastUsed?: string;
}

export type UserDocument = ResourceDocument<UserSpec, { readonly tokens: readonly UserToken[] }>;

export type RoleDocument = ResourceDocument<{ readonly rules: readonly Rule[] }>;

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

export type RoleBinding = ResourceDocument<
  { readonly role: string; readonly subjects: readonly Subject[] },
  { readonly conditions: readonly Condition[] }
>;

/** A token that was just made: the server does not show it again. */
export interface NewToken {
  readonly id: string;
  readonly token: string;
  readonly expires?: string;
}

/** Makes a token for a service account; of those of before, the newest one stays good. `ttl` as in `720h`. */
export function makeToken(space: string, name: string, ttl: string | undefined): Promise<NewToken> {
  return call(spacePath(space, 'users', name, 'token'), { method: 'POST', body: ttl === undefined ? {} : { ttl } });
}
