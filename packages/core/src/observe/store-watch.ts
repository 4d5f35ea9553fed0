import type { Address } from '../address/address.ts';
import type { ProducerPort } from '../delivery/delivery.ts';
import type { Message } from '../message/message.ts';
import type { Shard } from '../store/shard.ts';
import type { StoredQueue } from '../store/stored-queue.ts';
import type { Observers } from './observers.ts';

/** Tells what a shard stores: to those who observe the message that is arriving, and to those who observe the queue. It is there while anybody observes anything. */
export class StoreWatch {
  /** Observe the message that is arriving just now. */
  arriving: Observers | undefined;
  /** Because of how many it is there. */
  observers = 0;

  stored(message: Message, queue: StoredQueue, sequence: number): void {
    const { arriving } = this;
    arriving?.stored(message, queue, sequence);
    for (const each of queue.observers?.all ?? []) if (!arriving?.all.includes(each)) each.stored(message, queue, sequence);
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

/** Has the message of an observed address taken, and tells of it from its arrival to the end of the call. */
export function takeObserved(
  address: Address & { readonly shard: Shard; readonly observers: Observers | undefined },
  message: Message,
  from: { readonly port: ProducerPort | undefined; readonly token: number },
  take: () => void,
): void {
  const { observers } = address;
  if (observers === undefined) return take();
  observers.arrived(message, address, from.port, from.token);
  tellStores(address.shard, observers, take);
  observers.over();
}

/** What is stored in the course of `run` is told to these. */
export function tellStores(shard: Shard, observers: Observers, run: () => void): void {
  const { stores } = shard;
  const before = stores?.arriving;
  if (stores) stores.arriving = observers;
  run();
  if (stores) stores.arriving = before;
}
