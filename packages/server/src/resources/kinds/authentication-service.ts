import {
  AUTHENTICATION_SERVICE_SECRETS,
  AUTHENTICATION_SERVICE_SPEC,
  refuseAuthenticationService,
} from '../../identity/authentication-service.ts';
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
  refuse: ({ spec }) => {
    const why = refuseAuthenticationService(spec);
    return why === undefined ? undefined : new Problem('resource-invalid', why);
  },
};
