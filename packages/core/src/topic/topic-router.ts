import { RESERVED_PREFIX } from '../address/address-name.ts';
import type { PeerDescription } from '../delivery/delivery.ts';
import { LateMap } from '../late-map.ts';
import type { Message } from '../message/message.ts';
import type { MessageFilter } from '../message/message-filter.ts';
import type { Observers } from '../observe/observers.ts';
import type { StoredQueue } from '../store/stored-queue.ts';
import { TopicTree } from './topic-tree.ts';

/** What a subscriber that is connected takes at once, without a store: messages that nobody waits for an outcome of. */
export interface LivePort {
  /** Takes the message, or counts it as missed when it cannot just now: false. The bytes are valid during the call. */
  deliverLive(message: Message): boolean;
  /** Asked for those who observe messages alone. */
  describePeer?(): PeerDescription | undefined;
}

/** Somebody who gets messages of topics. */
export interface TopicSubscriber {
  /** Stored messages go here; undefined: only live ones are wanted. */
  readonly queue: StoredQueue | undefined;
  /** Messages that need no store go here while it is set, and nowhere else when `prefersLive`. */
  readonly live: LivePort | undefined;
  /** Messages that need no store are not stored for it, connected or not. */
  readonly prefersLive: boolean;
  /** Whose own messages a subscription without local ones leaves out. */
  readonly origin: object | undefined;
}

/** A subscriber's wish for the topics that a pattern matches: levels between slashes, `+` for one, `#` for all further ones. */
export interface Pattern {
  readonly pattern: string;
  readonly subscriber: TopicSubscriber;
  /** Messages with an outcome are stored for it; otherwise it takes all of them live. */
  readonly stored: boolean;
  readonly noLocal: boolean;
}

/** Of what its pattern matches, a subscription does not take all. */
export interface Choice {
  /** Which messages; absent: all. */
  readonly filter: MessageFilter | undefined;
  /** Whose messages it does not get. */
  readonly notFrom: object | undefined;
}

/** The wish of a queue: it gets what is stored, whether anybody consumes it or not. */
export function queuePattern(pattern: string, queue: StoredQueue): Pattern {
  return queuePatterns([pattern], queue)[0]!;
}

/** The same for several patterns: what more than one of them matches comes once. */
export function queuePatterns(patterns: readonly string[], queue: StoredQueue): Pattern[] {
  const subscriber: TopicSubscriber = { queue, live: undefined, prefersLive: false, origin: undefined };
  return patterns.map(pattern => ({ pattern, subscriber, stored: true, noLocal: false }));
}

/** A subscriber of one topic, its patterns put together. */
interface Matched {
  readonly subscriber: TopicSubscriber;
  stored: boolean;
  noLocal: boolean;
}

/** Who gets the messages of one topic. A message comes once, however many patterns of a subscriber match. */
export class TopicMatch {
  /** Of messages that want an outcome. */
  readonly stored: readonly StoredQueue[];
  readonly storedLive: readonly TopicSubscriber[];
  /** Of messages that do not. */
  readonly settled: readonly StoredQueue[];
  readonly settledLive: readonly TopicSubscriber[];
  /** Subscribers that do not want their own messages; undefined: there are none. */
  readonly noLocal: readonly TopicSubscriber[] | undefined;
  /** Somebody's pattern matches. */
  readonly subscribed: boolean;

  constructor(queues: readonly StoredQueue[], matched: readonly Matched[]) {
    this.subscribed = matched.length > 0;
    const takesStored = matched.filter(({ stored, subscriber }) => stored && subscriber.queue !== undefined);
    this.stored = [...queues, ...takesStored.map(({ subscriber }) => subscriber.queue!)];
    this.storedLive = matched.filter(({ stored }) => !stored).map(({ subscriber }) => subscriber);
    const queued = matched.filter(({ subscriber }) => !subscriber.prefersLive && subscriber.queue !== undefined);
    this.settled = [...queues, ...queued.map(({ subscriber }) => subscriber.queue!)];
    this.settledLive = matched.filter(({ subscriber }) => subscriber.prefersLive).map(({ subscriber }) => subscriber);
    const noLocal = matched.filter(matching => matching.noLocal).map(({ subscriber }) => subscriber);
    this.noLocal = noLocal.length > 0 ? noLocal : undefined;
  }

  /** The queues that get this message. */
  queuesFor(message: Message): readonly StoredQueue[] {
    const queues = message.settled && !message.durable ? this.settled : this.stored;
    const { origin } = message;
    if (this.noLocal === undefined || origin === undefined) return queues;
    const own = this.noLocal.find(subscriber => subscriber.origin === origin);
    return own ? queues.filter(queue => queue !== own.queue) : queues;
  }

  /** `observers`: who follows the message. */
  deliverLive(message: Message, observers: Observers | undefined): void {
    const subscribers = message.settled && !message.durable ? this.settledLive : this.storedLive;
    for (let i = 0; i < subscribers.length; i++) {
      const subscriber = subscribers[i]!;
      if (
        this.noLocal !== undefined &&
        message.origin !== undefined &&
        message.origin === subscriber.origin &&
        this.noLocal.includes(subscriber)
      )
        continue;
      const { live } = subscriber;
      const taken = live?.deliverLive(message);
      if (observers !== undefined && live !== undefined) observers.heard?.(message, live, taken === true);
    }
  }
}

/** The patterns of a space, for all of its topics. */
export class TopicRouter {
  readonly #patterns = new TopicTree<Pattern>();
  /** The subscriptions that do not take all messages, by their queues. */
  readonly choices = new LateMap<StoredQueue, Choice>();
  /** Grows with each change: what was matched before is no longer true. */
  version = 0;
  /** How many patterns there are for the topics of the server's own, by their first level. */
  readonly #reserved = new LateMap<string, number>();

  get size(): number {
    return this.#patterns.size;
  }

  add(pattern: Pattern): void {
    if (this.#patterns.add(pattern.pattern, pattern)) this.#count(pattern.pattern, 1);
    this.version++;
  }

  remove(pattern: Pattern): void {
    if (this.#patterns.remove(pattern.pattern, pattern)) this.#count(pattern.pattern, -1);
    this.version++;
  }

  #count(pattern: string, change: number): void {
    if (!pattern.startsWith(RESERVED_PREFIX)) return;
    const first = pattern.split('/', 1)[0]!;
    const count = this.below(first) + change;
    if (count === 0) this.#reserved.delete(first);
    else this.#reserved.set(first, count);
  }

  /** How many patterns begin with this level, which is one of the server's own: no wildcard stands for it [MQTT-4.7.2-1]. */
  below(first: string): number {
    return this.#reserved.get(first) ?? 0;
  }

  /** Somebody subscribes to this topic by name: with a pattern whose first level is no wildcard, so that it is not just one of all that there are. */
  isNamed(topic: string): boolean {
    let named = false;
    this.#patterns.match(topic, ({ pattern }) => {
      named ||= pattern[0] !== '+' && pattern[0] !== '#';
    });
    return named;
  }

  /** Who gets messages of this topic; `queues` get them besides. */
  match(topic: string, queues: readonly StoredQueue[]): TopicMatch {
    const matched = new Map<TopicSubscriber, Matched>();
    this.#patterns.match(topic, ({ subscriber, stored, noLocal }) => {
      const before = matched.get(subscriber);
      if (!before) matched.set(subscriber, { subscriber, stored, noLocal });
      else {
        before.stored ||= stored;
        before.noLocal &&= noLocal;
      }
    });
    return new TopicMatch(queues, [...matched.values()]);
  }
}
