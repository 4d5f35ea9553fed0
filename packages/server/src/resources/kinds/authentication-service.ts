import Type from 'typebox';
import {
  AUTHENTICATION_SERVICE_SECRETS,
  AUTHENTICATION_SERVICE_SPEC,
  refuseAuthenticationService,
} from '../../identity/authentication-service.ts';
import { CONDITIONS, readiness } from '../condition.ts';
import type { Kind } from '../kind.ts';
import { Problem } from '../problem.ts';

/** Who knows the users of address spaces. */
export const AUTHENTICATION_SERVICE: Kind = {
  kind: 'AuthenticationService',
  plural: 'authenticationservices',
  scope: 'server',
  description: 'Says who knows the users of the address spaces that name it. Without one the server does, by their User documents.',
  spec: AUTHENTICATION_SERVICE_SPEC,
  secrets: AUTHENTICATION_SERVICE_SECRETS,
  status: Type.Object({
    phase: Type.Union([Type.Literal('Active'), Type.Literal('Failing')], {
      description:
        'Active: it answers, or nobody has needed it yet; Failing: it could not be asked the last time, so that nobody new is let in by it.',
    }),
    lastError: Type.Optional(Type.String({ description: 'Why it could not be asked, now or the last time, and what to do.' })),
    lastErrorTime: Type.Optional(Type.String({ format: 'date-time', description: 'When that was.' })),
    conditions: CONDITIONS,
  }),
  show: ({ name }, { identities }) => {
    const health = identities?.health(name);
    const { atMs, words } = health?.lastFailure ?? {};
    return {
      phase: health?.failing ? 'Failing' : 'Active',
      ...(words !== undefined && { lastError: words, lastErrorTime: new Date(atMs!).toISOString() }),
      conditions: readiness(health?.failing ? [{ reason: 'ServiceFailing', message: words! }] : []),
    };
  },
  refuse: ({ spec }) => {
    const why = refuseAuthenticationService(spec);
    return why === undefined ? undefined : new Problem('resource-invalid', why);
  },
};
