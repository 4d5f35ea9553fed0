import type { Address } from '../address/address.ts';
import type { PeerDescription } from '../delivery/delivery.ts';
import type { Refusal } from '../delivery/refusal.ts';
import { LateMap } from '../late-map.ts';
import { LateSet } from '../late-set.ts';
import type { Shard } from '../store/shard.ts';
import type { MessageObserver } from './message-observer.ts';
import { observe, unobserve } from './observers.ts';
import { watchStores } from './store-watch.ts';

/** Who observes which addresses of a space. */
export class Observation {
  readonly #shard: Shard;
  readonly #addresses: () => Iterable<Address>;
  readonly #ofAll = new LateSet<MessageObserver>();
  readonly #ofOne = new LateMap<string, Set<MessageObserver>>();

  constructor(shard: Shard, addresses: () => Iterable<Address>) {
    this.#shard = shard;
    this.#addresses = addresses;
  }

  /** Observes all addresses, those that are made meanwhile too. Answers how that ends. */
  observeAll(observer: MessageObserver): () => void {
    const unwatch = watchStores(this.#shard);
    this.#ofAll.add(observer);
    for (const address of this.#addresses()) observe(address, observer);
    return () => {
      unwatch();
      this.#ofAll.delete(observer);
      for (const address of this.#addresses()) if (!this.#ofOne.get(address.name)?.has(observer)) unobserve(address, observer);
    };
  }

  /** Observes one address, and another one of its name that takes its place. Answers how that ends. */
  observe(address: Address, observer: MessageObserver): () => void {
    const { name } = address;
    const unwatch = watchStores(this.#shard);
    const those = this.#ofOne.get(name) ?? new Set();
    this.#ofOne.set(name, those.add(observer));
    observe(address, observer);
    return () => {
      unwatch();
      those.delete(observer);
      if (those.size === 0) this.#ofOne.delete(name);
      if (this.#ofAll.has(observer)) return;
      for (const each of this.#addresses()) if (each.name === name) unobserve(each, observer);
    };
  }

  /** Somebody may not send to the address of this name, or receive from it. */
  denied(name: string, peer: () => PeerDescription, refusal: Refusal): void {
    for (const observer of this.#ofOne.get(name) ?? []) observer.denied?.(peer(), refusal);
  }

  /** The address is new. */
  follow(address: Address): void {
    for (const observer of this.#ofAll) observe(address, observer);
    for (const observer of this.#ofOne.get(address.name) ?? []) observe(address, observer);
  }
}
