import type { AddressOptions, AddressSpec, AddressStatus, ConsumerOptions, SubscriptionOptions } from '../address/address.ts';
import { refusePattern } from '../address/address-name.ts';
import type { SubscriptionDefinition } from '../address/definition.ts';
import { BrokeredAddress } from '../brokered/brokered-address.ts';
import type { Consumer, ConsumerPort } from '../delivery/delivery.ts';
import { Refusal } from '../delivery/refusal.ts';
import { LateMap } from '../late-map.ts';
import { LateSet } from '../late-set.ts';
import type { SpaceLimits } from '../limits/space-limits.ts';
import { filterOfText } from '../message/filter-of-text.ts';
import type { Message } from '../message/message.ts';
import type { MessageFilter } from '../message/message-filter.ts';
import type { Queue } from '../queue/queue.ts';
import { QueueConsumer } from '../queue/queue-consumer.ts';
import type { LogPosition } from '../store/log.ts';
import type { Shard } from '../store/shard.ts';
import type { StoredQueue } from '../store/stored-queue.ts';
import { Audience } from './audience.ts';
import type { RetainedMessages } from './retained-messages.ts';
import { type Pattern, queuePattern, type TopicMatch, type TopicRouter } from './topic-router.ts';

/** One reader's view of a topic: a queue of its own whose entries point at the messages that the topic stored once. */
export interface Subscription {
  /** Absent: private to one consumer. */
  readonly name: string | undefined;
  /** Which of the address's topics; absent: all. */
  readonly pattern: Pattern | undefined;
  readonly durable: boolean;
  readonly shared: boolean;
  /** Which messages; absent: all. */
  readonly filter: MessageFilter | undefined;
  /** Whose messages it does not get: another one's each time that its consumer comes back. */
  notFrom: object | undefined;
  readonly queue: Queue;
  /** How often it was taken over: consumers of before do not count any more. */
  takeovers: number;
  /** Runs while nobody consumes; ends the subscription. */
  expiry: { cancel(): void } | undefined;
}

/** Subscriptions of one topic address, at the most: each is named in the record of each message that it gets. */
const SUBSCRIPTIONS_MAX = 100_000;

/** What the topics of a space have in common. */
export interface SpaceTopics {
  readonly space: string;
  readonly router: TopicRouter;
  readonly limits: SpaceLimits;
  /** Made when first asked for. */
  readonly retained: () => RetainedMessages;
}

/** Stores each message once, and delivers it to every subscription. */
export class TopicAddress extends BrokeredAddress {
  readonly #space: string;
  readonly #subscriptions = new LateSet<Subscription>();
  readonly #named = new LateMap<string, Subscription>();
  /** Queues of the subscriptions to all of the address's topics; those with a pattern are found by it. */
  readonly #wholeQueues = new LateSet<Queue>();
  #consumers = 0;
  readonly #router: TopicRouter;
  readonly #retained: () => RetainedMessages;
  readonly #audience: Audience;

  constructor(options: AddressOptions, shard: Shard, topics: SpaceTopics) {
    super(options, shard);
    this.#space = topics.space;
    this.#router = topics.router;
    this.#retained = topics.retained;
    this.#audience = new Audience(topics.router, shard, () => [...this.#wholeQueues]);
  }

  protected get queues(): Iterable<Queue> {
    return [...this.#subscriptions].map(({ queue }) => queue);
  }

  get ids(): readonly number[] {
    return [...this.#subscriptions].map(({ queue }) => queue.id);
  }

  protected get consumers(): number {
    return this.#consumers;
  }

  protected override get targetsMax(): number {
    return this.#audience.sizeMax;
  }

  /** The fullest subscription decides. */
  protected room(): number {
    let room = Number.POSITIVE_INFINITY;
    if (!this.limited) return room;
    for (const { queue } of this.#subscriptions) room = Math.min(room, this.roomIn(queue));
    return room;
  }

  protected hasRoom(messages: number, bytes: number): boolean {
    for (const { queue } of this.#subscriptions) if (!this.fits(queue, messages, bytes)) return false;
    return true;
  }

  queuesFor(message: Message): readonly StoredQueue[] {
    const queues = this.#audience.queuesOf(this.#matchOf(message), message);
    return message.retained && !message.retainedEmpty ? [...queues, this.#retained().queue] : queues;
  }

  protected override topicOf(message: Message): string {
    return message.topic === '' && (message.retained || this.#matchOf(message).subscribed) ? this.name : message.topic;
  }

  #matchOf({ topic }: Message): TopicMatch {
    return this.#audience.of(topic === '' ? this.name : topic);
  }

  store(message: Message, expiresAtMs: number): LogPosition {
    const match = this.#matchOf(message);
    if (message.retained) return this.#retain(message, match, expiresAtMs);
    const { topic } = message;
    // Those who subscribe by pattern are told which topic it is, and an MQTT client hears none without a name [MQTT-4.7.3-1].
    if (topic === '' && match.subscribed) message.topic = this.name;
    const queues = this.#audience.tell(match, message);
    const position = queues.length === 0 ? -1 : this.shard.store(message, queues, expiresAtMs);
    message.topic = topic;
    return message.durable && queues.some(queue => queue.kept) ? position : -1;
  }

  /** The message takes the place of its topic's retained one; an empty one leaves none. */
  #retain(message: Message, match: TopicMatch, expiresAtMs: number): LogPosition {
    const topic = message.topic === '' ? this.name : message.topic;
    message.topic = topic;
    const retained = this.#retained();
    const queues = [...this.#audience.tell(match, message)];
    let cleared: LogPosition = -1;
    if (message.retainedEmpty) cleared = retained.clear(topic);
    else if (retained.replace(topic, retained.queue.nextSequence, expiresAtMs > 0)) queues.push(retained.queue);
    else retained.queue.leaveOut();
    if (queues.length === 0) return cleared;
    const { durable } = message;
    // What is kept outlives a restart, whatever its sender asked for the way.
    message.durable = true;
    const position = this.shard.store(message, queues, expiresAtMs);
    message.durable = durable;
    return Math.max(position, cleared);
  }

  /** The durable subscription was found in the log. */
  restore(definition: SubscriptionDefinition, queue: Queue): void {
    const pattern = definition.pattern === undefined ? undefined : queuePattern(definition.pattern, queue);
    const filter = definition.filter === undefined ? undefined : filterOfText(definition.filter);
    const { name, shared } = definition;
    this.#add({ name, pattern, durable: true, shared, filter, notFrom: undefined, queue, takeovers: 0, expiry: undefined });
  }

  get subscriptions(): Iterable<Subscription> {
    return this.#subscriptions;
  }

  hasSubscription(name: string): boolean {
    return this.#named.has(name);
  }

  /** The subscription of this name, as those see it that come back to it. */
  subscriptionNamed(name: string): { readonly shared: boolean; readonly filter: MessageFilter | undefined } | undefined {
    return this.#named.get(name);
  }

  attachConsumer(port: ConsumerPort, options: ConsumerOptions): Consumer | Refusal {
    const wanted = options.subscription;
    let existing = wanted && this.#named.get(wanted.name);
    if (wanted && existing && existing.shared !== wanted.shared) {
      const [is, asked] = existing.shared ? ['shared', 'unshared'] : ['unshared', 'shared'];
      return new Refusal(
        'subscription-mismatch',
        `The subscription ${wanted.name} of ${this.name} is ${is} and was asked for ${asked}: attach as it is, or end it first.`,
      );
    }
    if (wanted && existing && existing.filter?.text !== options.filter?.text) {
      // One that wants other messages is another one, as JMS has it (section 8.3.3): the old one ends, with what waits in it.
      if (existing.queue.consumers > 0 && existing.shared)
        return new Refusal(
          'subscription-mismatch',
          `The subscription ${wanted.name} of ${this.name} has consumers with another selector: use theirs, or another name.`,
        );
      this.#replace(existing);
      existing = undefined;
    }
    if (existing && !existing.shared) this.#endConsumers(existing, takenOver(existing));
    if (!existing && this.#subscriptions.size >= SUBSCRIPTIONS_MAX)
      return new Refusal(
        'links-exhausted',
        `The topic ${this.name} has ${SUBSCRIPTIONS_MAX} subscriptions already: end some, or share one.`,
      );
    const refusal = existing && this.refuseConsumer(existing.queue);
    if (refusal) return refusal;
    const subscription = existing ?? this.#create(wanted, options);
    if (subscription.notFrom !== options.notFrom) {
      subscription.notFrom = options.notFrom;
      this.#choose(subscription);
    }
    subscription.expiry?.cancel();
    subscription.expiry = undefined;
    this.#consumers++;
    const { takeovers } = subscription;
    let attached = true;
    return new QueueConsumer(subscription.queue, port, { priority: options.priority }, keepMs => {
      // A link that was detached may leave again, when its session ends and the time it is kept for begins.
      if (attached && takeovers === subscription.takeovers) this.#consumers--;
      attached = false;
      this.#left(subscription, keepMs);
    });
  }

  #endConsumers(subscription: Subscription, refusal: Refusal): void {
    this.#consumers -= subscription.queue.consumers;
    subscription.takeovers++;
    subscription.queue.end(refusal);
  }

  #replace(subscription: Subscription): void {
    this.#endConsumers(subscription, takenOver(subscription));
    subscription.expiry?.cancel();
    this.#end(subscription);
  }

  #create(wanted: SubscriptionOptions | undefined, { pattern, filter, notFrom }: ConsumerOptions): Subscription {
    const queue = this.shard.newQueue();
    const subscription: Subscription = {
      name: wanted?.name,
      pattern: pattern === undefined ? undefined : queuePattern(pattern, queue),
      // Nothing of a temporary topic outlives the server.
      durable: (wanted?.durable ?? false) && !this.temporary,
      shared: wanted?.shared ?? false,
      filter,
      notFrom,
      queue,
      takeovers: 0,
      expiry: undefined,
    };
    if (subscription.durable && wanted)
      this.shard.define({
        id: queue.id,
        kind: 'subscription',
        space: this.#space,
        address: this.name,
        name: wanted.name,
        shared: wanted.shared,
        ...(pattern !== undefined && { pattern }),
        ...(filter && { filter: filter.text }),
      });
    this.#add(subscription);
    this.subscribed(subscription);
    return subscription;
  }

  /** There is a new subscription. */
  protected subscribed(_subscription: Subscription): void {}

  /** Why nobody can read what this pattern matches. */
  refusePattern(pattern: string): Refusal | undefined {
    return refusePattern(pattern);
  }

  #add(subscription: Subscription): void {
    subscription.queue.own(this, subscription.durable);
    this.#subscriptions.add(subscription);
    if (subscription.name !== undefined) this.#named.set(subscription.name, subscription);
    if (subscription.pattern) this.#router.add(subscription.pattern);
    else this.#wholeQueues.add(subscription.queue);
    this.#audience.changed();
    this.#choose(subscription);
  }

  #choose(subscription: Subscription): void {
    if (subscription.filter || subscription.notFrom) this.#router.choices.set(subscription.queue, subscription);
    else this.#router.choices.delete(subscription.queue);
  }

  #left(subscription: Subscription, keepMs: number): void {
    if (subscription.queue.consumers === 0 && this.#subscriptions.has(subscription)) {
      subscription.expiry?.cancel();
      // To a private one nobody can come back.
      if (keepMs <= 0 || subscription.name === undefined) this.#end(subscription);
      else if (keepMs !== Number.POSITIVE_INFINITY) subscription.expiry = this.shard.turn.after(keepMs, () => this.#end(subscription));
    }
    this.forget();
  }

  #end(subscription: Subscription): void {
    this.#subscriptions.delete(subscription);
    this.#router.choices.delete(subscription.queue);
    if (subscription.name !== undefined) this.#named.delete(subscription.name);
    if (subscription.pattern) this.#router.remove(subscription.pattern);
    else this.#wholeQueues.delete(subscription.queue);
    this.#audience.changed();
    this.shard.remove(subscription.queue.id);
    // The fullest subscription may have been this one.
    this.roomMayHaveCome();
  }

  /** Ends a named subscription that nobody consumes from; with `force`, also one with consumers, who are told. */
  unsubscribe(name: string, force = false): boolean {
    const subscription = this.#named.get(name);
    if (!subscription || (subscription.queue.consumers > 0 && !force)) return false;
    this.#endConsumers(subscription, new Refusal('subscription-not-found', `The subscription ${name} of ${this.name} was deleted.`));
    subscription.expiry?.cancel();
    this.#end(subscription);
    return true;
  }

  override respec(spec: AddressSpec): void {
    const before = this.spec;
    super.respec(spec);
    for (const { queue } of this.#subscriptions) {
      if (before.consumers !== spec.consumers) queue.choose();
      if (!spec.breaker) queue.dropBreaker();
    }
  }

  override status(): AddressStatus {
    return { ...super.status(), subscriptions: this.#subscriptions.size };
  }

  override close(refusal: Refusal): void {
    for (const { expiry, pattern, queue } of this.#subscriptions) {
      expiry?.cancel();
      this.#router.choices.delete(queue);
      if (!pattern) continue;
      this.#router.remove(pattern);
      queue.end(refusal);
    }
    super.close(refusal);
  }
}

function takenOver({ name }: Subscription): Refusal {
  return new Refusal('subscription-taken-over', `Another consumer has attached to the subscription ${name}.`);
}
