import { ACTIONS, type Action } from '@angarium/core';
import Type, { type Static } from 'typebox';

const action = Type.Unsafe<Action>(Type.Union(ACTIONS.map(name => Type.Literal(name))));

/** What may be done with which addresses and documents. */
export const RULE = Type.Object(
  {
    effect: Type.Optional(
      Type.Union([Type.Literal('allow'), Type.Literal('deny')], {
        description: 'allow, where nothing is said. What any rule denies, no other one allows.',
      }),
    ),
    actions: Type.Array(action, { minItems: 1, description: 'What may be done, or not.' }),
    addresses: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: `Patterns of names: + is any one level between slashes, # at the end all further ones, a trailing * all names that begin so; \${user} and \${space} are those of who asks.`,
      }),
    ),
    kinds: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), { description: 'Kinds of documents that may be viewed or managed, as in User; * is all.' }),
    ),
  },
  { additionalProperties: false, description: 'What may be done, or not, with which addresses and documents.' },
);
export type Rule = Static<typeof RULE>;

export const RULES = Type.Array(RULE, { maxItems: 1000, description: 'What is allowed and denied; what no rule allows is not allowed.' });
