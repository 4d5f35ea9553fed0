import { type AddressCounters, zeroCounters } from '../address/address.ts';
import type { ConsumerPort } from '../delivery/delivery.ts';
import type { SpaceLimits } from '../limits/space-limits.ts';
import type { Message } from '../message/message.ts';
import type { Queue } from '../queue/queue.ts';
import { QueueConsumer } from '../queue/queue-consumer.ts';
import { NO_POLICY, type QueueOwner } from '../queue/queue-owner.ts';
import type { LogPosition } from '../store/log.ts';
import type { Mark } from '../store/marks.ts';
import type { Shard } from '../store/shard.ts';
import type { LivePort, Pattern, TopicRouter, TopicSubscriber } from './topic-router.ts';

/** What a head keeps beside an inbox or one of its patterns; anything that JSON can say. */
export type Details = Readonly<Record<string, unknown>>;

/** A pattern of an inbox. */
export interface InboxPattern extends Pattern {
  readonly details: Details;
  /** Under which it is defined in the log; 0: it is not kept. */
  readonly id: number;
}

/** Messages that wait in one inbox, at the most; beyond, further ones are left out, counted and reported. */
export const INBOX_MESSAGES_MAX = 100_000;

/**
 * A named queue that gets what its patterns match, from all topics of a space: a client's session, or a group of consumers that share one. With
 * its details, its patterns and its marks it outlives a restart when it is kept.
 */
export class Inbox implements QueueOwner, TopicSubscriber {
  readonly name: string;
  readonly spec = NO_POLICY;
  readonly kept: boolean;
  readonly queue: Queue;
  readonly prefersLive: boolean;
  readonly limits: SpaceLimits;
  readonly counters: AddressCounters = zeroCounters();
  readonly patterns = new Map<string, InboxPattern>();
  readonly origin: object = this;
  live: LivePort | undefined;
  details: Details;
  readonly #shard: Shard;
  readonly #router: TopicRouter;
  readonly #space: string;

  constructor(
    options: { name: string; space: string; limits: SpaceLimits; kept: boolean; prefersLive: boolean; details: Details },
    queue: Queue,
    shard: Shard,
    router: TopicRouter,
  ) {
    this.name = options.name;
    this.limits = options.limits;
    this.kept = options.kept;
    this.prefersLive = options.prefersLive;
    this.details = options.details;
    this.#space = options.space;
    this.queue = queue;
    this.#shard = shard;
    this.#router = router;
    queue.own(this, options.kept);
    queue.messagesMax = INBOX_MESSAGES_MAX;
  }

  /** Writes the inbox's definition: when it is made, and when its details change. */
  define(details: Details = this.details): void {
    this.details = details;
    if (this.kept)
      this.#shard.define({ id: this.queue.id, kind: 'inbox', space: this.#space, name: this.name, prefersLive: this.prefersLive, details });
  }

  /** Adds the pattern, or replaces the one of the same text; answers whether it was there. */
  subscribe(pattern: string, options: { stored: boolean; noLocal: boolean; details: Details }): boolean {
    const existed = this.unsubscribe(pattern);
    const id = this.kept ? this.#shard.newId() : 0;
    this.#add({ pattern, subscriber: this, id, ...options });
    if (this.kept) this.#shard.define({ id, kind: 'pattern', space: this.#space, inbox: this.queue.id, pattern, ...options });
    return existed;
  }

  #add(pattern: InboxPattern): void {
    this.patterns.set(pattern.pattern, pattern);
    this.#router.add(pattern);
  }

  /** The pattern was found in the log. */
  restore(pattern: Omit<InboxPattern, 'subscriber'>): void {
    this.#add({ ...pattern, subscriber: this });
  }

  unsubscribe(text: string): boolean {
    const pattern = this.patterns.get(text);
    if (!pattern) return false;
    this.patterns.delete(text);
    this.#router.remove(pattern);
    if (pattern.id > 0) this.#shard.remove(pattern.id);
    return true;
  }

  consume(port: ConsumerPort): QueueConsumer {
    return new QueueConsumer(this.queue, port, {}, () => {});
  }

  /** Stores a message for this inbox alone, such as a retained one that a new subscription gets. */
  store(message: Message): LogPosition {
    return this.#shard.store(message, [this.queue], message.ttlMs > 0 ? this.#shard.turn.nowMs + message.ttlMs : 0);
  }

  // ---- marks

  get marks(): ReadonlyMap<number, Mark> {
    return this.#shard.marks.of(this.queue.id) ?? NO_MARKS;
  }

  /** Notes a number with a value, over a restart when the inbox is kept; it goes to disk with the next sync. */
  mark(number: number, value: number): void {
    if (this.kept) this.#shard.marks.put(this.queue.id, number, value);
  }

  /** From here to `endUnit`, in this same call, what is written, marks and messages alike, counts together: after a crash all of it is there, or nothing. */
  beginUnit(): void {
    if (this.kept) this.#shard.beginUnit();
  }

  endUnit(): void {
    if (this.kept) this.#shard.endUnit();
  }

  unmark(number: number): void {
    if (this.kept) this.#shard.marks.remove(this.queue.id, number);
  }

  /** `done` is called when everything that was written for this inbox so far is on disk. */
  whenDurable(done: () => void): void {
    if (this.kept) this.#shard.whenDurable({ confirmed: done }, 0);
    else done();
  }

  roomier(): void {}

  target(): undefined {}

  /** The inbox ends, with all that waits in it. */
  end(): void {
    for (const pattern of [...this.patterns.keys()]) this.unsubscribe(pattern);
    this.#shard.remove(this.queue.id);
  }
}

const NO_MARKS: ReadonlyMap<number, Mark> = new Map();
