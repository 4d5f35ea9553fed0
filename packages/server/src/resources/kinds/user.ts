import Type from 'typebox';
import { ending, refuseUser } from '../../authorization/giving.ts';
import type { TokenUses } from '../../identity/token-uses.ts';
import {
  type KeptToken,
  keptAuthentication,
  refuseUserAuthentication,
  USER_AUTHENTICATION,
  USER_SECRETS,
  type UserAuthentication,
} from '../../identity/user-authentication.ts';
import type { Kind, Wish } from '../kind.ts';
import { USER_LIMITS } from '../limits-schema.ts';
import { Problem } from '../problem.ts';
import { RULES } from '../rule-schema.ts';

const NAME_LENGTH_MAX = 255;

interface UserSpec {
  readonly authentication?: UserAuthentication;
}

const TIME = { format: 'date-time' };
const USER_STATUS = Type.Object({
  tokens: Type.Array(
    Type.Object({
      id: Type.String({ description: 'By which it is told from another.' }),
      created: Type.String(TIME),
      expires: Type.Optional(Type.String(TIME)),
      lastUsed: Type.Optional(Type.String({ ...TIME, description: 'Since the server was started.' })),
    }),
    { description: 'Of a service account: its tokens, without what is secret in them.' },
  ),
});

/** Somebody who connects. */
export const USER: Kind = {
  kind: 'User',
  plural: 'users',
  scope: 'space',
  description: 'Somebody who connects to an address space, a person or a program.',
  secrets: USER_SECRETS,
  status: USER_STATUS,
  show: ({ spec }, { tokenUses }) => ({
    tokens: ((spec as UserSpec).authentication?.tokens ?? []).map(token => shownToken(token, tokenUses)),
  }),
  spec: Type.Object(
    {
      authentication: Type.Optional(USER_AUTHENTICATION),
      groups: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { maxItems: 1000, description: 'Groups that the user is in.' })),
      authorization: Type.Optional(RULES),
      limits: Type.Optional(USER_LIMITS),
      disabled: Type.Optional(Type.Boolean({ description: 'Nobody may connect as this user, and who is connected is sent away.' })),
    },
    { additionalProperties: false },
  ),
  refuseName: name => {
    if (name.length > NAME_LENGTH_MAX) return `must not have more than ${NAME_LENGTH_MAX} characters`;
    if (name.includes('@')) return 'must not have an @, which stands between a user and an address space';
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
    return /[\u0000-\u001f\u007f-\u009f]/.test(name) ? 'must not have control characters' : undefined;
  },
  refuse: (wish, { broker }) => refuseAuthentication(wish) ?? refuseUser(wish, broker.resources),
  refuseEnd: (resource, { broker }, { principal }) => principal && refuseUser(ending(resource, principal), broker.resources),
  prepare: async wish => ({ ...wish.spec, ...(await authenticationOf(wish)) }),
};

function shownToken({ id, createdMs, expiresMs }: KeptToken, uses: TokenUses): object {
  const lastMs = uses.lastMs(id);
  return {
    id,
    created: new Date(createdMs).toISOString(),
    ...(expiresMs !== undefined && { expires: new Date(expiresMs).toISOString() }),
    ...(lastMs !== undefined && { lastUsed: new Date(lastMs).toISOString() }),
  };
}

function refuseAuthentication({ name, spec }: Wish): Problem | undefined {
  const { authentication } = spec as UserSpec;
  const why = authentication && refuseUserAuthentication(name, authentication);
  return why === undefined ? undefined : new Problem('resource-invalid', why);
}

async function authenticationOf({ spec, before }: Wish): Promise<{ authentication?: UserAuthentication }> {
  const { authentication } = spec as UserSpec;
  return authentication
    ? { authentication: await keptAuthentication(authentication, (before?.spec as UserSpec | undefined)?.authentication) }
    : {};
}
