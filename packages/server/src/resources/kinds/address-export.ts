import { refuseExport } from '../../authorization/giving.ts';
import type { Kind } from '../kind.ts';
import { BOTH_ACTIONS, EXPORT_SPEC, type ExportSpec, SHARE_STATUS, shareStatus } from './share-spec.ts';

/** One side of sharing an address; the other is an AddressImport. */
export const ADDRESS_EXPORT: Kind = {
  kind: 'AddressExport',
  plural: 'addressexports',
  scope: 'space',
  description: 'Lets other address spaces import an address of this one.',
  spec: EXPORT_SPEC,
  status: SHARE_STATUS,
  refuse: ({ space: of, spec, principal }, { broker }) => {
    const { address, actions = BOTH_ACTIONS } = spec as ExportSpec;
    const space = broker.spaces.get(of);
    return space && refuseExport(address, actions, space, principal);
  },
  show: ({ space, spec }, { broker }) => {
    const { address } = spec as ExportSpec;
    const there = broker.spaces.get(space)?.addresses.has(address);
    return shareStatus(there ? undefined : `there is no address ${address} in the address space ${space}: declare it`);
  },
};
