import { refuseAddressName } from '@angarium/core';
import { refuseImport } from '../../authorization/giving.ts';
import type { Kind } from '../kind.ts';
import { Problem } from '../problem.ts';
import { IMPORT_SPEC, type ImportSpec, SHARE_STATUS, shareStatus } from './share-spec.ts';

/** One side of sharing an address; the other is an AddressExport. */
export const ADDRESS_IMPORT: Kind = {
  kind: 'AddressImport',
  plural: 'addressimports',
  scope: 'space',
  description: 'A name in this address space, that of the document, for an address that another one exports to it.',
  spec: IMPORT_SPEC,
  status: SHARE_STATUS,
  // The name is one of an address.
  refuseName: () => undefined,
  refuse: ({ space, name, spec, principal }, { broker }) => {
    const { from } = spec as ImportSpec;
    if (from.space === space)
      return new Problem('resource-invalid', `The address ${from.address} is one of this address space: give it an alias.`);
    const importer = broker.spaces.get(space);
    return refuseAddressName(name) ?? (importer && (refuseImport(name, importer, principal) ?? importer.names.refuseImport(name)));
  },
  show: ({ space, name, spec }, { broker }) => {
    const { from } = spec as ImportSpec;
    if (broker.spaces.get(space)?.names.imports.get(name)?.address) return shareStatus(undefined);
    // The same whether there is such a space, or such an address: who may not use it is not to learn that.
    return shareStatus(`the space ${from.space} exports no address ${from.address} to ${space}: ask its administrator`);
  },
};
