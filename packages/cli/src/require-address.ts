import type { AddressDocument, ApiClient } from './api-client.ts';
import { CommandError } from './exit-code.ts';

/**
 * Refuses an address that does not exist unless the user says of which type it shall be: a server may make addresses by attaching,
 * and a typing error in the name would be a queue that nobody reads.
 */
export async function requireAddress(api: ApiClient, address: string, type: string | undefined): Promise<AddressDocument | undefined> {
  const found = await api.find<AddressDocument>(api.addressPath(address));
  if (found !== undefined || type !== undefined) return found;
  throw new CommandError(
    'failed',
    `There is no address ${address}. Create it: angarium address create ${address} --type queue (or topic, anycast, multicast), or give --type here.`,
  );
}
