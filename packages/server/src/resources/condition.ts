import Type, { type Static } from 'typebox';

/** One thing that holds of a document, or does not, as Kubernetes has them. */
export const CONDITION = Type.Object(
  {
    type: Type.String({ description: 'What it is about, as in Ready.' }),
    status: Type.Union([Type.Literal('True'), Type.Literal('False')], { description: 'Whether it holds.' }),
    reason: Type.Optional(Type.String({ description: 'Why, in one word for programs.' })),
    message: Type.Optional(Type.String({ description: 'Why, and what to do.' })),
  },
  { description: 'What holds, and what does not.' },
);
export type Condition = Static<typeof CONDITION>;

export const CONDITIONS = Type.Array(CONDITION, { description: 'What holds, and what needs attention.' });

/** It is as its document says, or else these things need attention. */
export function readiness(wanting: readonly Omit<Condition, 'status' | 'type'>[]): Condition[] {
  if (wanting.length === 0) return [{ type: 'Ready', status: 'True' }];
  return wanting.map(each => ({ type: 'Ready', status: 'False', ...each }));
}

export const count = (description: string): Type.TInteger => Type.Integer({ minimum: 0, description });
