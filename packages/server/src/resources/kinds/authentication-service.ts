import Type from 'typebox';
import type { Kind } from '../kind.ts';

/** Who knows the users of address spaces. */
export const AUTHENTICATION_SERVICE: Kind = {
  kind: 'AuthenticationService',
  plural: 'authenticationservices',
  scope: 'server',
  description: 'Says who knows the users of the address spaces that name it. Without one the server does, by their User documents.',
  spec: Type.Object(
    { type: Type.Literal('built-in', { description: 'Who is asked: the User documents of the space.' }) },
    { additionalProperties: false },
  ),
};
