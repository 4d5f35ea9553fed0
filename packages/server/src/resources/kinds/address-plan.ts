import { PLAN_SPEC } from '../../address-schema.ts';
import type { Kind } from '../kind.ts';

/** What holds for the addresses that name it. */
export const ADDRESS_PLAN: Kind = {
  kind: 'AddressPlan',
  plural: 'addressplans',
  scope: 'space',
  description: 'Fields that hold for every address which names the plan and says nothing of its own.',
  spec: PLAN_SPEC,
};
