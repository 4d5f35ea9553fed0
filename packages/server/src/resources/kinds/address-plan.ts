import type { AddressSpace } from '@angarium/core';
import Type from 'typebox';
import { PLAN_SPEC } from '../../address-schema.ts';
import { refuseAddress } from '../../authorization/giving.ts';
import { count } from '../condition.ts';
import type { Kind } from '../kind.ts';
import { PlanStore } from '../stores/plan-store.ts';

/** What holds for the addresses that name it. */
export const ADDRESS_PLAN: Kind = {
  kind: 'AddressPlan',
  plural: 'addressplans',
  scope: 'space',
  description: 'Fields that hold for every address which names the plan and says nothing of its own.',
  spec: PLAN_SPEC,
  status: Type.Object({ addresses: Type.Optional(count('Addresses that use it. Absent for who may not view all addresses.')) }),
  refusals: { missing: 'plan-not-found' },
  refuse: (wish, { broker }) => refuseAddress(wish, broker.spaces.get(wish.space)),
  // The core knows which names a plan may have.
  refuseName: () => undefined,
  show: ({ space, name }, { broker, memo }) => {
    const users = memo.of(`plans of ${space}`, () => usersByPlan(broker.spaces.get(space)));
    return { addresses: users.get(name) ?? 0 };
  },
  veil: ({ rights }) => (rights.refusePattern('view', '#') ? ['addresses'] : []),
  store: ({ broker }) => new PlanStore(broker),
};

function usersByPlan(space: AddressSpace | undefined): ReadonlyMap<string, number> {
  const users = new Map<string, number>();
  for (const address of space?.addresses.values() ?? []) {
    const plan = space?.declaredSpec(address).plan;
    if (plan !== undefined) users.set(plan, (users.get(plan) ?? 0) + 1);
  }
  return users;
}
