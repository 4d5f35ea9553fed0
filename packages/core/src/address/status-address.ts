import { Refusal } from '../delivery/refusal.ts';
import { ENCODING_MQTT, emptyMessage, type Message } from '../message/message.ts';
import type { Shard } from '../store/shard.ts';
import { type SpaceTopics, type Subscription, TopicAddress } from '../topic/topic-address.ts';
import { hasWildcard, TopicTree } from '../topic/topic-tree.ts';
import type { AddressHome } from './address.ts';
import { refusePattern } from './address-name.ts';

/** The topics by which a server tells about itself lie below this name. */
export const STATUS_NAME = '$angarium';
/** How long a value waits for a reader that does not take it, in milliseconds: by then there are newer ones. */
const VALUE_TTL_MS = 60_000;
/** Values are looked up anew for a new reader when they are older, in milliseconds: one that subscribes without pause does not make each time a walk through all addresses. */
const VALUES_AGE_MS_MAX = 1000;

/** What there is to tell. */
export interface StatusSource {
  /** Topics below `$angarium/`, without it, and their present values. The same topics each time, as far as what they are about is still there. */
  values(): Iterable<readonly [topic: string, value: string]>;
}

/** It ends with its space only, and no message leaves it for another address. */
const NO_HOME: AddressHome = { idle() {}, target: () => undefined };

const encoder = new TextEncoder();

/**
 * The topics by which a server tells about itself: a topic address that is not listed, to which nobody sends. A new reader gets the present values
 * first; then those that have changed, with each `publish`. Nothing of it is on disk.
 */
export class StatusAddress extends TopicAddress {
  readonly #source: StatusSource;
  readonly #topics: SpaceTopics;
  #values: ReadonlyMap<string, string> = new Map();
  #valuesAtMs = 0;
  /** What readers have been told last; undefined: not all of them the same. */
  #told = new Map<string, string | undefined>();
  readonly #message: Message = emptyMessage();

  constructor(source: StatusSource, shard: Shard, topics: SpaceTopics) {
    // Temporary: nothing of it, such as a durable subscription, outlives the server.
    const { limits } = topics;
    super({ name: STATUS_NAME, spec: { type: 'topic' }, temporary: true, limits, home: NO_HOME }, shard, topics);
    this.#source = source;
    this.#topics = topics;
  }

  /** Somebody reads it. */
  get wanted(): boolean {
    return this.consumers > 0 || this.#topics.router.below(STATUS_NAME) > 0;
  }

  /** Tells those who read it what has changed since the last time. */
  publish(): void {
    const told = this.#told;
    if (!this.wanted) return told.clear();
    if (this.shard.log.pressure !== 'none') return;
    this.#look();
    this.#told = new Map(this.#values);
    for (const [topic, value] of this.#values) if (told.get(topic) !== value) this.store(this.#filled(topic, value), this.#expiresAtMs);
  }

  /** The present values of the topics that the filter matches; a message is valid during the call. */
  visit(filter: string, visit: (message: Message) => void): void {
    if (filter !== STATUS_NAME && !filter.startsWith(`${STATUS_NAME}/`)) return;
    if (this.shard.turn.nowMs - this.#valuesAtMs > VALUES_AGE_MS_MAX) this.#look();
    if (!hasWildcard(filter)) {
      const value = this.#values.get(filter);
      if (value !== undefined) this.#tell(filter, value, visit);
      return;
    }
    const tree = new TopicTree<boolean>();
    tree.add(filter, true);
    for (const [topic, value] of this.#values) tree.match(topic, () => this.#tell(topic, value, visit));
  }

  #tell(topic: string, value: string, visit: (message: Message) => void): void {
    if (!this.#told.has(topic)) this.#told.set(topic, value);
    else if (this.#told.get(topic) !== value) this.#told.set(topic, undefined);
    const message = this.#filled(topic, value);
    message.fromRetained = true;
    visit(message);
  }

  #look(): void {
    const values = new Map<string, string>();
    for (const [topic, value] of this.#source.values()) values.set(`${STATUS_NAME}/${topic}`, value);
    this.#values = values;
    this.#valuesAtMs = this.shard.turn.nowMs;
  }

  /** In MQTT's encoding, since most who read these topics speak it. */
  #filled(topic: string, value: string): Message {
    const message = this.#message;
    this.shard.encodings.of(ENCODING_MQTT)?.write({ body: encoder.encode(value), text: true, properties: [] }, message);
    message.topic = topic;
    message.durable = false;
    message.settled = true;
    message.fromRetained = false;
    message.ttlMs = VALUE_TTL_MS;
    return message;
  }

  get #expiresAtMs(): number {
    return this.shard.turn.nowMs + VALUE_TTL_MS;
  }

  protected override subscribed({ pattern, queue }: Subscription): void {
    const filter = pattern?.pattern ?? `${STATUS_NAME}/#`;
    this.visit(filter, message => this.shard.store(message, [queue], this.#expiresAtMs));
  }

  override refusePattern(pattern: string): Refusal | undefined {
    return refusePattern(pattern.slice(1));
  }
}

/** Why nobody sends there: it is the server's own. */
export function refuseStatusTopic(name: string): Refusal | undefined {
  if (name !== STATUS_NAME && !name.startsWith(`${STATUS_NAME}/`)) return undefined;
  return new Refusal('unauthorized', `The topics ${STATUS_NAME}/… are the server's own: they are for reading.`);
}
