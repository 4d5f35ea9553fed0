import Type from 'typebox';
import { ending, refuseRoleBinding } from '../../authorization/giving.ts';
import { hasRole } from '../../authorization/roles.ts';
import { CONDITIONS, type Condition, readiness } from '../condition.ts';
import type { Kind } from '../kind.ts';
import type { World } from '../world.ts';

const name = (description: string) => Type.String({ minLength: 1, maxLength: 255, description });

/** Missing users that a condition names. */
const NAMED_MAX = 5;

interface RoleBindingSpec {
  readonly role: string;
  readonly subjects: readonly { readonly user?: string; readonly group?: string }[];
}

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
  status: Type.Object({ conditions: CONDITIONS }),
  show: ({ space, spec }, world) => ({ conditions: readiness(wantingOf(space, spec as unknown as RoleBindingSpec, world)) }),
  refuse: (wish, { broker }) => refuseRoleBinding(wish, broker.resources),
  refuseEnd: (resource, { broker }, { principal }) => principal && refuseRoleBinding(ending(resource, principal), broker.resources),
};

/** What needs attention. Groups are known by those who are in them alone. */
function wantingOf(
  space: string,
  { role, subjects }: RoleBindingSpec,
  { broker, identities }: World,
): Omit<Condition, 'status' | 'type'>[] {
  const wanting: Omit<Condition, 'status' | 'type'>[] = [];
  if (!hasRole(broker.resources, space, role))
    wanting.push({
      reason: 'RoleMissing',
      message: `There is no role ${role} in the address space ${space}, so that nobody has it: make it, or name another one in spec.role.`,
    });
  const missing = subjects.flatMap(({ user }) => (user === undefined || identities?.mayHave(space, user) !== false ? [] : [user]));
  if (missing.length > 0) {
    const more = missing.length > NAMED_MAX ? ` and ${missing.length - NAMED_MAX} more` : '';
    wanting.push({
      reason: 'SubjectMissing',
      message: `There is no user ${missing.slice(0, NAMED_MAX).join(', ')}${more} in the address space ${space}: make a User, or take it out of spec.subjects.`,
    });
  }
  return wanting;
}
