import type { Address } from '../address/address.ts';
import { BrokeredAddress } from '../brokered/brokered-address.ts';
import { counted } from './words.ts';

/** How an address is, as far as it says why messages may not come or go. */
export function addressWords(address: Address): string {
  const { name, spec, withheld } = address;
  const { stored, unsettled, consumers, producers, subscriptions } = address.status();
  const has = [counted(producers, 'producer'), counted(consumers, 'consumer')];
  if (subscriptions !== undefined) has.push(counted(subscriptions, 'subscription'));
  if (address instanceof BrokeredAddress) has.push(`${counted(stored, 'message')} stored`, `${unsettled} unsettled`);
  const closed = withheld === undefined ? '' : `; producers get no credit, since ${withheld}`;
  return `${name} is of type ${spec.type}: ${has.join(', ')}${closed}`;
}
