import { Refusal } from '../delivery/refusal.ts';
import type { Address, AddressSpec } from './address.ts';

/** The space has as many addresses as it may have. */
export function refuseMoreAddresses(space: string, addressesMax: number): Refusal {
  return new Refusal(
    'addresses-exhausted',
    `The address space ${space} has ${addressesMax} addresses already: delete some, or raise the limit.`,
  );
}

export function refuseMissingAddress(space: string, name: string, autoCreate: boolean): Refusal {
  const hint = autoCreate ? 'names that begin with $ are the server’s own' : 'declare it first';
  return new Refusal('address-not-found', `There is no address ${name} in the address space ${space}: ${hint}.`);
}

/** `declared`: what the one that exists is like. */
export function refuseExistingAddress({ name }: Address, declared: AddressSpec): Refusal {
  const description = `The address ${name} exists already, as ${JSON.stringify(declared)}: update it, or declare the same.`;
  return new Refusal('address-exists', description);
}

/** Why an address may not be deleted without force. */
export function refuseRemoval({ name, links, stored }: Address): Refusal | undefined {
  if (links === 0 && stored === 0) return undefined;
  return new Refusal(
    'address-in-use',
    `The address ${name} has ${links} links and ${stored} messages: end and consume them first, or delete with force.`,
  );
}

/** Why an address that exists cannot become like this. */
export function refuseUpdate({ name, temporary, spec }: Address, wanted: AddressSpec): Refusal | undefined {
  if (temporary)
    return new Refusal('capability-unsupported', `The address ${name} was made for one client, and stays as it was asked for.`);
  if (wanted.type === spec.type) return undefined;
  return new Refusal(
    'address-type-mismatch',
    `The address ${name} is of type ${spec.type}, which cannot change: delete it, and declare it as ${wanted.type}.`,
  );
}
