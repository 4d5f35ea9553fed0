import type { Address } from '../address/address.ts';
import { BrokeredAddress } from '../brokered/brokered-address.ts';
import { Refusal } from '../delivery/refusal.ts';
import { LateMap } from '../late-map.ts';
import { QueueAddress } from '../queue/queue-address.ts';
import type { StoredQueue } from '../store/stored-queue.ts';
import { StreamAddress } from '../stream/stream-address.ts';
import { type Pattern, queuePatterns, type TopicRouter } from '../topic/topic-router.ts';
import { Diverts } from './diverts.ts';

/** How the addresses of a space are wired: queues and streams that get what topics publish, and messages that go elsewhere too, or instead. */
export class Wiring {
  readonly #router: TopicRouter;
  readonly #storing: (name: string) => BrokeredAddress | undefined;
  readonly #bound = new LateMap<Address, readonly Pattern[]>();

  /** `storing` answers the stored address of this name, made when it is not there; undefined: there is none, and cannot be. */
  constructor(router: TopicRouter, storing: (name: string) => BrokeredAddress | undefined) {
    this.#router = router;
    this.#storing = storing;
  }

  /** The address is new, or is another one from now on. */
  follow(address: Address): void {
    if (address instanceof QueueAddress) this.#bindQueue(address);
    if (address instanceof StreamAddress) this.#bind(address, address.stream);
    if (!(address instanceof BrokeredAddress)) return;
    const { diverts = [] } = address.spec;
    address.diverts = diverts.length === 0 ? undefined : new Diverts(address, diverts, to => this.#target(address.name, to));
  }

  #bindQueue(address: QueueAddress): void {
    const { bindings = [], messagesMax = Number.POSITIVE_INFINITY, bytesMax = Number.POSITIVE_INFINITY, overflow } = address.spec;
    // Topics do not ask a bound queue for room; one that gives up its oldest messages never lacks any.
    const limited = bindings.length > 0 && overflow !== 'drop-oldest';
    address.queue.messagesMax = limited ? messagesMax : Number.POSITIVE_INFINITY;
    address.queue.bytesMax = limited ? bytesMax : Number.POSITIVE_INFINITY;
    this.#bind(address, address.queue);
  }

  #bind(address: BrokeredAddress, queue: StoredQueue): void {
    this.forget(address);
    const { bindings = [] } = address.spec;
    if (bindings.length === 0) return;
    const patterns = queuePatterns(bindings, queue);
    for (const pattern of patterns) this.#router.add(pattern);
    this.#bound.set(address, patterns);
  }

  /** The address ends. */
  forget(address: Address): void {
    for (const pattern of this.#bound.get(address) ?? []) this.#router.remove(pattern);
    this.#bound.delete(address);
  }

  #target(from: string, to: string): BrokeredAddress | Refusal {
    const address = this.#storing(to);
    if (address) return address;
    return new Refusal(
      'address-not-found',
      `Messages to ${from} go to ${to} too, which stores nothing or cannot be made: declare ${to} as a queue, a topic or a stream, or take the divert away.`,
    );
  }
}
