import type { Address } from '../address/address.ts';
import type { ProducerPort } from '../delivery/delivery.ts';
import type { Message } from '../message/message.ts';
import type { Shard } from '../store/shard.ts';
import type { StoredQueue } from '../store/stored-queue.ts';
import { Observers } from './observers.ts';

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

/** Of what comes from another address. */
export const FROM_NOBODY = Object.freeze({ port: undefined, token: 0 });

/**
 * Has an address that somebody may observe take a message, and tells of it from its arrival to the end of the call. `following`: those who observe
 * it from where it comes from, who are told what is stored of it.
 */
export function takeObserved(
  address: Address & { readonly shard: Shard },
  message: Message,
  from: { readonly port: ProducerPort | undefined; readonly token: number },
  take: () => void,
  following?: Observers,
): void {
  const { observers } = address;
  const { stores } = address.shard;
  const before = stores?.arriving;
  observers?.arrived(message, address, from.port, from.token);
  if (stores) stores.arriving = joined(observers, following);
  take();
  if (stores) stores.arriving = before;
  observers?.over();
}

function joined(these: Observers | undefined, those: Observers | undefined): Observers | undefined {
  return these && those ? new Observers([...new Set([...these.all, ...those.all])]) : (these ?? those);
}
