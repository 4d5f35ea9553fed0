import type { ConsumerPort, MessageObserver } from '@angarium/core';
import { observe, unobserve } from '@angarium/core';
import type { Span, SpanParent } from './span.ts';

/** Stored messages with spans that are followed at one time; beyond, the oldest has no further spans. */
const FOLLOWED_MAX = 10_000;

/** A power of two. */
const COUNTS = 4096;

/** A queue or a stream. */
export type StoredIn = Parameters<MessageObserver['stored']>[1];

/** A message with spans in one queue or stream. */
export interface Followed {
  readonly queue: StoredIn;
  readonly sequence: number;
  readonly parent: SpanParent;
  /** The address by whose name its spans go. */
  readonly destination: string;
  /** Deliveries that have no outcome yet: of a stream, one for each reader. */
  readonly deliveries: Map<ConsumerPort, Span>;
}

/** Stored messages that are sampled, by queue and number. Their queues are observed as long as there are such. */
export class FollowedMessages {
  readonly #observer: MessageObserver;
  readonly #queues = new Map<StoredIn, Map<number, Followed>>();
  /** How many of the followed messages have a number with these last bits: all that an observed queue delivers is asked for, and most of it is none of them. */
  readonly #counts = new Uint16Array(COUNTS);
  /** In the order in which they came. */
  readonly #all = new Set<Followed>();

  constructor(observer: MessageObserver) {
    this.#observer = observer;
  }

  follow(queue: StoredIn, sequence: number, parent: SpanParent, destination: string): void {
    let entries = this.#queues.get(queue);
    if (entries === undefined) {
      entries = new Map();
      this.#queues.set(queue, entries);
      observe(queue, this.#observer);
    }
    const followed = { queue, sequence, parent, destination, deliveries: new Map() };
    entries.set(sequence, followed);
    this.#all.add(followed);
    this.#counts[sequence % COUNTS]!++;
    if (this.#all.size <= FOLLOWED_MAX) return;
    const [oldest] = this.#all;
    this.forget(oldest!);
  }

  find(queue: StoredIn, sequence: number): Followed | undefined {
    return this.#counts[sequence % COUNTS] === 0 ? undefined : this.#queues.get(queue)?.get(sequence);
  }

  forget(followed: Followed): void {
    const { queue, sequence } = followed;
    if (!this.#all.delete(followed)) return;
    this.#counts[sequence % COUNTS]!--;
    const entries = this.#queues.get(queue);
    if (entries?.get(sequence) === followed) entries.delete(sequence);
    if (entries?.size !== 0) return;
    this.#queues.delete(queue);
    unobserve(queue, this.#observer);
  }

  forgetAll(): void {
    for (const followed of [...this.#all]) this.forget(followed);
  }
}
