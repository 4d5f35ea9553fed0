import type { AddressDocument, ApiClient } from './api-client.ts';
import { CommandError } from './exit-code.ts';

/**
 * The address of this name, or the topic address below which the name lies. Refuses one that does not exist unless the user says of which type it
 * shall be: a server may make addresses by attaching, and a typing error in the name would be a queue that nobody reads.
 */
export async function requireAddress(api: ApiClient, address: string, type: string | undefined): Promise<AddressDocument | undefined> {
  const found = await api.find<AddressDocument>(api.addressPath(address));
  if (found !== undefined || type !== undefined) return found;
  for (let end = address.lastIndexOf('/'); end > 0; end = address.lastIndexOf('/', end - 1)) {
    const above = await api.find<AddressDocument>(api.addressPath(address.slice(0, end)));
    if (above?.spec.type === 'topic') return above;
  }
  throw new CommandError(
    'failed',
    `There is no address ${address}. Create it: angarium address create ${address} --type queue (or topic, stream, anycast, multicast), or give --type here.`,
  );
}
