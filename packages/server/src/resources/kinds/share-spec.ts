import type { SharedAction } from '@angarium/core';
import Type, { type Static } from 'typebox';
import { CONDITIONS, readiness } from '../condition.ts';

/** Address spaces that one document exports an address to, at the most. */
const SPACES_MAX = 1000;

const text = (description: string) => Type.String({ minLength: 1, maxLength: 255, description });

export const EXPORT_SPEC = Type.Object(
  {
    address: text('The address of this space, by its own name. It need not be there yet.'),
    to: Type.Array(text('The name of an address space.'), {
      minItems: 1,
      maxItems: SPACES_MAX,
      uniqueItems: true,
      description: 'The address spaces that may import it.',
    }),
    actions: Type.Optional(
      Type.Array(
        Type.Unsafe<SharedAction>(
          Type.Union([Type.Literal('send'), Type.Literal('receive')], { description: 'What can be done with messages.' }),
        ),
        { minItems: 1, maxItems: 2, uniqueItems: true, description: 'What may be done with it there; both, where nothing is said.' },
      ),
    ),
  },
  { additionalProperties: false },
);
export type ExportSpec = Static<typeof EXPORT_SPEC>;

/** What an export that says nothing allows. */
export const BOTH_ACTIONS: readonly SharedAction[] = ['send', 'receive'];

export const IMPORT_SPEC = Type.Object(
  {
    from: Type.Object(
      { space: text('The address space that exports it.'), address: text('Its name there, which need not be its name here.') },
      { additionalProperties: false, description: 'Which address.' },
    ),
  },
  { additionalProperties: false },
);
export type ImportSpec = Static<typeof IMPORT_SPEC>;

export const SHARE_STATUS = Type.Object({
  phase: Type.Union([Type.Literal('Ready'), Type.Literal('Pending')], {
    description: 'Ready: all of it is there on this side that has to be; Pending: something is missing.',
  }),
  message: Type.Optional(Type.String({ description: 'What is missing, and what to do.' })),
  conditions: CONDITIONS,
});

/** `message`: what is missing; undefined: nothing. */
export function shareStatus(message: string | undefined): Static<typeof SHARE_STATUS> {
  if (message === undefined) return { phase: 'Ready', conditions: readiness([]) };
  return { phase: 'Pending', message, conditions: readiness([{ reason: 'Pending', message }]) };
}
