import type { AddressSpace } from '../address/address-space.ts';
import type { StoredQueue } from '../store/stored-queue.ts';
import { TopicAddress } from '../topic/topic-address.ts';

/** What a queue is called: `orders`, `the subscription billing of plant`, `the session mqtt:sensor-1`. */
export function placeWords(space: AddressSpace, queue: StoredQueue): string {
  const { name } = queue;
  const address = space.addresses.get(name);
  if (address instanceof TopicAddress)
    for (const subscription of address.subscriptions)
      if (subscription.queue === queue)
        return subscription.name === undefined
          ? `a subscription of ${name} without a name`
          : `the subscription ${subscription.name} of ${name}`;
  return space.inboxes.all.get(name)?.queue === queue ? `the session ${name}` : name;
}
