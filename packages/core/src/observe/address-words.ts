import type { Address } from '../address/address.ts';
import type { AddressSpace } from '../address/address-space.ts';
import { BrokeredAddress } from '../brokered/brokered-address.ts';
import { sessionReaders } from './session-readers.ts';
import { counted } from './words.ts';

/** How an address is, as far as it says why messages may not come or go. */
export function addressWords(space: AddressSpace, address: Address): string {
  const { name, spec, withheld } = address;
  const { stored, unsettled, consumers, producers, subscriptions } = address.status();
  const sessions = spec.type === 'topic' ? sessionReaders(space, name) : { consumers: 0, subscriptions: 0 };
  const has = [counted(producers, 'producer'), counted(consumers + sessions.consumers, 'consumer')];
  if (subscriptions !== undefined) {
    const ofSessions = sessions.subscriptions > 0 ? ` (${sessions.subscriptions} of MQTT sessions)` : '';
    has.push(`${counted(subscriptions + sessions.subscriptions, 'subscription')}${ofSessions}`);
  }
  if (address instanceof BrokeredAddress) has.push(`${counted(stored, 'message')} stored`, `${unsettled} unsettled`);
  const closed = withheld === undefined ? '' : `; producers get no credit, since ${withheld}`;
  return `${name} is of type ${spec.type}: ${has.join(', ')}${closed}`;
}
