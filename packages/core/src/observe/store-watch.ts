import type { Address } from '../address/address.ts';
import type { Message } from '../message/message.ts';
import type { Shard } from '../store/shard.ts';
import type { StoredQueue } from '../store/stored-queue.ts';
import { allOf, joinObservers, type Observers } from './observers.ts';

/** Tells what a shard stores: to those who observe the message that is arriving, and to those who observe the queue. It is there while anybody observes anything. */
export class StoreWatch {
  /** Observe the message that is arriving just now. */
  arriving: Observers | undefined;
  /** Because of how many it is there. */
  observers = 0;

  stored(message: Message, queue: StoredQueue, sequence: number): void {
    const { arriving } = this;
    const { observers } = queue;
    arriving?.stored(message, queue, sequence);
    if (observers === undefined || observers === arriving) return;
    if (arriving === undefined) observers.stored(message, queue, sequence);
    else for (const each of allOf(observers)) if (!allOf(arriving).includes(each)) each.stored(message, queue, sequence);
  }
}

/** One more observes something of the shard; answers how that ends. */
export function watchStores(shard: Shard): () => void {
  shard.stores ??= new StoreWatch();
  const { stores } = shard;
  stores.observers++;
  let watching = true;
  return () => {
    if (watching && --stores.observers === 0) shard.stores = undefined;
    watching = false;
  };
}

/**
 * Has an address that somebody may observe take a message from another one, and tells of it from its arrival to the end of the call. `following`: those
 * who observe it from where it comes from, who are told what is stored of it.
 */
export function takeObserved(
  address: Address & { readonly shard: Shard },
  message: Message,
  take: () => void,
  following: Observers | undefined,
): void {
  const { observers, shard } = address;
  const followed = observers?.arrived(message, address, undefined, 0) ? observers : undefined;
  tellStores(shard, joinObservers(followed, following), take);
  followed?.over();
}

/** The same of a message that has arrived, and that these follow. */
export function takeFollowed(shard: Shard, observers: Observers, take: () => void): void {
  tellStores(shard, observers, take);
  observers.over();
}

function tellStores({ stores }: Shard, arriving: Observers | undefined, take: () => void): void {
  const before = stores?.arriving;
  if (stores) stores.arriving = arriving;
  take();
  if (stores) stores.arriving = before;
}
