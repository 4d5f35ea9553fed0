import Type from 'typebox';
import { ending, refuseRoleBinding } from '../../authorization/giving.ts';
import type { Kind } from '../kind.ts';

const name = (description: string) => Type.String({ minLength: 1, maxLength: 255, description });

/** Who has a role. */
export const ROLE_BINDING: Kind = {
  kind: 'RoleBinding',
  plural: 'rolebindings',
  scope: 'space',
  description: 'Says who has a role.',
  spec: Type.Object(
    {
      role: name('The role, one of the space or one that is always there.'),
      subjects: Type.Array(
        Type.Union([
          Type.Object({ user: name('A user.') }, { additionalProperties: false }),
          Type.Object({ group: name('All who are in this group.') }, { additionalProperties: false }),
        ]),
        { maxItems: 10_000, description: 'Who has it.' },
      ),
    },
    { additionalProperties: false },
  ),
  refuse: (wish, { broker }) => refuseRoleBinding(wish, broker.resources),
  refuseEnd: (resource, { broker }, { principal }) => principal && refuseRoleBinding(ending(resource, principal), broker.resources),
};
