import type { Kind } from '../kind.ts';
import { SPACE_PLAN_SPEC } from './space-spec.ts';

/** What holds for the spaces that name it. */
export const ADDRESS_SPACE_PLAN: Kind = {
  kind: 'AddressSpacePlan',
  plural: 'addressspaceplans',
  scope: 'server',
  description: 'Says what holds for address spaces that name it and say nothing themselves.',
  spec: SPACE_PLAN_SPEC,
};
