import Type from 'typebox';
import { refuseUser } from '../../authorization/giving.ts';
import type { Kind } from '../kind.ts';
import { LIMITS } from '../limits-schema.ts';
import { RULES } from '../rule-schema.ts';

const NAME_LENGTH_MAX = 255;
const text = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 4096, description }));

const AUTHENTICATION = Type.Object(
  {
    type: Type.Union([Type.Literal('password'), Type.Literal('federated'), Type.Literal('certificate'), Type.Literal('service-account')], {
      description: 'How the user proves who it is.',
    }),
    password: text('Of type password: it is kept as hashes, and never shown.'),
    passwordHash: text('In place of a password: its argon2id hash in PHC form, as angarium user hash-password prints it.'),
    scramSha256: text('Credentials for SCRAM-SHA-256; made from the password where one is given.'),
    scramSha512: text('The same for SCRAM-SHA-512.'),
    subject: text('Of types federated and certificate: whom the other side names.'),
    fingerprint: text('Of type certificate: SHA-256 of the certificate, in hexadecimal.'),
  },
  { additionalProperties: false, description: 'How the user proves who it is; without it nobody can connect as this user.' },
);

/** Somebody who connects. */
export const USER: Kind = {
  kind: 'User',
  plural: 'users',
  scope: 'space',
  description: 'Somebody who connects to an address space, a person or a program.',
  secrets: ['password', 'passwordHash', 'scramSha256', 'scramSha512'].map(field => `authentication.${field}`),
  spec: Type.Object(
    {
      authentication: Type.Optional(AUTHENTICATION),
      groups: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { maxItems: 1000, description: 'Groups that the user is in.' })),
      authorization: Type.Optional(RULES),
      limits: Type.Optional(LIMITS),
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
  refuse: (wish, { broker }) => refuseUser(wish, broker.resources),
};
