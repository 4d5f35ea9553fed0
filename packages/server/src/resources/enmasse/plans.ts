import { redeliveryOf, ttlMaxOf } from './address.ts';
import { type Translation, textOf } from './translation.ts';

/** AddressPlan of admin.enmasse.io/v1beta2: there it is the whole server's, here it is made in one address space. */
export function translateAddressPlan(translation: Translation, space: string): void {
  const { addressType: _type, displayName: _shown, shortDescription: _short, ...spec } = translation.spec;
  const { messageTtl, ttl, messageRedelivery, ...rest } = spec;
  translation.leave(rest, 'spec');
  translation.warn(`an AddressPlan is of one address space here: it is made in ${space}`);
  translation.add('AddressPlan', space, textOf(translation.metadata.name, 'metadata.name'), {
    ttlMaxMs: ttlMaxOf(translation, ttl ?? messageTtl),
    redelivery: redeliveryOf(translation, messageRedelivery),
  });
}

/** AddressSpacePlan of admin.enmasse.io/v1beta2. */
export function translateAddressSpacePlan(translation: Translation): void {
  const { displayName, shortDescription, longDescription, addressSpaceType: _type, ...rest } = translation.spec;
  translation.leave(rest, 'spec');
  translation.add('AddressSpacePlan', '', textOf(translation.metadata.name, 'metadata.name'), {
    displayName,
    description: longDescription ?? shortDescription,
  });
}
