import Type from 'typebox';
import { ending, refuseRole } from '../../authorization/giving.ts';
import type { Kind } from '../kind.ts';
import { RULES } from '../rule-schema.ts';

/** Rules with a name. */
export const ROLE: Kind = {
  kind: 'Role',
  plural: 'roles',
  scope: 'space',
  description:
    'Rules with a name. The roles admin, developer, user and viewer are there without a document, and server-admin and server-monitor in the space default.',
  spec: Type.Object({ rules: RULES }, { additionalProperties: false }),
  refuse: refuseRole,
  refuseEnd: (resource, _world, { principal }) => principal && refuseRole(ending(resource, principal)),
};
