import type { AddressSpace } from '../address/address-space.ts';
import type { StoredQueue } from '../store/stored-queue.ts';
import { TopicAddress } from '../topic/topic-address.ts';

/** Where a queue is, after "stored": `in orders`, `for the subscription billing of plant`, `for the session mqtt:sensor-1`. */
export function placeWords(space: AddressSpace, queue: StoredQueue, nameOf: (address: string) => string): string {
  const { name } = queue;
  const address = space.addresses.get(name);
  if (address instanceof TopicAddress)
    for (const subscription of address.subscriptions) {
      if (subscription.queue !== queue) continue;
      return subscription.name === undefined
        ? `for a subscription of ${name} without a name`
        : `for the subscription ${subscription.name} of ${name}`;
    }
  if (space.inboxes.all.get(name)?.queue === queue) return `for the session ${name}`;
  return `in ${address ? nameOf(name) : name}`;
}
