import type { AddressSpace } from '../address/address-space.ts';
import { Refusal } from '../delivery/refusal.ts';
import type { Queue } from '../queue/queue.ts';
import { QueueAddress } from '../queue/queue-address.ts';
import { StreamAddress } from '../stream/stream-address.ts';
import { TopicAddress } from '../topic/topic-address.ts';
import { StreamEntries, type WalkedPlace } from './walked-place.ts';

/** The queue of an address, or of a subscription of a topic. */
export interface QueuePlace {
  readonly space: AddressSpace;
  readonly address: string;
  readonly subscription?: string | undefined;
}

export function described({ address, subscription }: QueuePlace): string {
  return subscription === undefined ? address : `the subscription ${subscription} of ${address}`;
}

/** The queue, from which messages can be taken away. */
export function queueOf({ space, address: name, subscription: wanted }: QueuePlace): Queue | Refusal {
  const address = space.find(name);
  if (!address) return new Refusal('address-not-found', `There is no address ${name} in the address space ${space.name}.`);
  if (wanted !== undefined && address.spec.type !== 'topic')
    return new Refusal('address-type-mismatch', `The address ${name} is of type ${address.spec.type}, and has no subscriptions.`);
  if (address instanceof QueueAddress) return address.queue;
  if (address instanceof StreamAddress)
    return new Refusal(
      'capability-unsupported',
      `The address ${name} is a stream, which keeps its messages as its retention says: change that.`,
    );
  if (!(address instanceof TopicAddress))
    return new Refusal('capability-unsupported', `The address ${name} is of type ${address.spec.type}, and has no queue to look into.`);
  if (wanted === undefined)
    return new Refusal(
      'capability-unsupported',
      `The address ${name} is a topic, whose subscriptions have the messages: name one of them.`,
    );
  for (const { name: known, queue } of address.subscriptions) if (known === wanted) return queue;
  return new Refusal('subscription-not-found', `The topic ${name} has no subscription ${wanted}.`);
}

/** What can be looked through there: a queue, or a stream. */
export function walkedOf(place: QueuePlace): WalkedPlace | Refusal {
  const address = place.space.find(place.address);
  if (address instanceof StreamAddress && place.subscription === undefined)
    return { stored: address.stream, index: new StreamEntries(address.stream) };
  const queue = queueOf(place);
  return queue instanceof Refusal ? queue : { stored: queue, index: queue.index };
}
