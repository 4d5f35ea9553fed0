import type { Address } from '../address/address.ts';
import type { ConsumerPort, DeliverySource, PeerDescription, ProducerPort } from '../delivery/delivery.ts';
import type { Outcome } from '../delivery/outcome.ts';
import type { Refusal } from '../delivery/refusal.ts';
import type { Message } from '../message/message.ts';
import type { Cause } from '../queue/dead-letter.ts';
import type { StoredQueue } from '../store/stored-queue.ts';
import type { LivePort } from '../topic/topic-router.ts';

/**
 * Is told what happens to messages on their way. Nobody observes most of the time, and then each step of a message's way pays one comparison with
 * `undefined`: of `observers` of its address (`BrokeredProducer.send`, `DirectProducer.send` and `settle`, `hand` of anycast and multicast), of its
 * queue or stream (delivery and settlement in `Queue`, `Browser` and `StreamReader`), and of `stores` of the shard (`Shard.store`, `Audience.tell`).
 *
 *     arrived ─┬─ refused | repeated | heard                 of an address that stores
 *              ├─ stored, once for each queue ─ … ─ delivered ─ settled ─ leaving ─ stored elsewhere
 *              └─ over
 *     arrived ─┬─ waits                                      of one that stores, and has no room: what has waited arrives again, as the copy
 *              └─ over ─ … ─ arrived ─ …
 *     arrived ─┬─ waits | handed | missed | givenBack        of one that does not
 *              └─ over ─ … ─ handed ─ outcome
 *
 * A message is known while it arrives by the call, afterwards by its queue and number, or by source and token of its delivery. Whatever is told is
 * valid during the call, in which an observer may change nothing but who observes.
 */
export interface MessageObserver {
  /**
   * A message has come. True: it is followed, and what is told up to `over`, in this same call, is of it; else `over` is told only where somebody else
   * follows it. Without a port it comes from another address.
   */
  arrived(message: Message, address: Address, port: ProducerPort | undefined, token: number): boolean;
  /** Somebody may not do with the observed address what he asked for: he is told so, and no message of his comes here. */
  denied?(peer: PeerDescription, refusal: Refusal): void;
  /** The address does not take it. */
  refused(refusal: Refusal): void;
  /** It was stored before, by its id, and is not stored again. */
  repeated(): void;
  /** It has this number in this queue. Told without `arrived` where a message comes to an observed queue by a binding or a divert. */
  stored(message: Message, queue: StoredQueue, sequence: number): void;
  /** A subscriber of its topic that is there gets it at once, without a store and an outcome; not `taken`: it cannot just now, and misses it. */
  heard?(message: Message, subscriber: LivePort, taken: boolean): void;
  /** What there was to say of it while it arrived has been said. */
  over(): void;

  // ---- of stored messages

  /** To somebody who takes it, until it is settled. */
  delivered(message: Message, queue: StoredQueue, sequence: number, port: ConsumerPort): void;
  /** Somebody sees it who takes nothing away. */
  seen?(message: Message, queue: StoredQueue, sequence: number, port: ConsumerPort): void;
  settled(queue: StoredQueue, sequence: number, port: ConsumerPort, outcome: Outcome): void;
  /** Its way here is over for this cause: it goes to that address; to none: it is removed. */
  leaving(queue: StoredQueue, sequence: number, cause: Cause, to: string | undefined): void;
  /** It is moved now; what follows up to `over`, in this same call, is of it. `to` undefined: that address cannot take it. */
  moved(queue: StoredQueue, sequence: number, to: string | undefined): void;
  /** It is gone without having been delivered: removed by hand, pushed out, or unreadable. */
  discarded(queue: StoredQueue, sequence: number, why: string): void;

  // ---- of those of direct addresses

  /** Whether the message that is arriving, or the copy of one that waited, is followed: only then are its deliveries to several told apart. */
  follows(message: Message): boolean;
  /** It waits for credit, or for room, as this copy, which is the message that is told from now on. */
  waits(address: Address, message: Message, copy: Message): void;
  handed(address: Address, message: Message, port: ConsumerPort, source: DeliverySource, token: number): void;
  /** One consumer of several does not get it. */
  missed(address: Address, message: Message, port: ConsumerPort, why: string): void;
  /** Nobody gets it: its producer hears `released`, or it is dropped. */
  givenBack(address: Address, message: Message, why: string): void;
  /** The outcome of what was handed over. */
  outcome(source: DeliverySource, token: number, outcome: Outcome): void;
}
