import type { Broker } from '@angarium/core';
import Type from 'typebox';
import { count } from '../condition.ts';
import type { Kind } from '../kind.ts';
import { Problem } from '../problem.ts';
import { SPACE_PLAN_SPEC, type SpaceSpec } from './space-spec.ts';

/** What holds for the spaces that name it. */
export const ADDRESS_SPACE_PLAN: Kind = {
  kind: 'AddressSpacePlan',
  plural: 'addressspaceplans',
  scope: 'server',
  description: 'Says what holds for address spaces that name it and say nothing themselves.',
  spec: SPACE_PLAN_SPEC,
  status: Type.Object({ addressSpaces: count('Address spaces that use it.') }),
  show: ({ name }, { broker, memo }) => ({ addressSpaces: memo.of('spaces by plan', () => spacesByPlan(broker)).get(name)?.length ?? 0 }),
  refuseEnd: ({ name }, { broker }, { force }) => {
    const users = spacesByPlan(broker).get(name) ?? [];
    if (force || users.length === 0) return undefined;
    const more = users.length > 1 ? ` and ${users.length - 1} more` : '';
    return new Problem(
      'resource-in-use',
      `The plan ${name} is used by the address space ${users[0]}${more}: change or delete those first.`,
    );
  },
};

function spacesByPlan(broker: Broker): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>();
  for (const { name, spec } of broker.resources.all('AddressSpace', '').values()) {
    const { plan } = spec as SpaceSpec;
    if (plan !== undefined) users.set(plan, [...(users.get(plan) ?? []), name]);
  }
  return users;
}
