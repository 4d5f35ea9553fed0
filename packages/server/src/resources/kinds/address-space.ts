import type { Kind } from '../kind.ts';
import { SPACE_SPEC } from './space-spec.ts';

/** A tenant. */
export const ADDRESS_SPACE: Kind = {
  kind: 'AddressSpace',
  plural: 'addressspaces',
  scope: 'server',
  description: 'A namespace of addresses with its own users, limits and connections. The one called default is always there.',
  spec: SPACE_SPEC,
  refuseName: name =>
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)
      ? undefined
      : 'must be lower case letters, digits and hyphens between them, at most 63 (as a level of a host name)',
};
