import type { AddressOptions, AddressStatus, ConsumerOptions, SubscriptionOptions } from './address.ts';
import { BrokeredAddress } from './brokered-address.ts';
import type { SubscriptionDefinition } from './definition.ts';
import type { Consumer, ConsumerPort } from './delivery.ts';
import type { LogPosition } from './log.ts';
import type { Message } from './message.ts';
import type { Queue } from './queue.ts';
import { QueueConsumer } from './queue-consumer.ts';
import { Refusal } from './refusal.ts';
import type { Shard } from './shard.ts';

/** One reader's view of a topic: a queue of its own whose entries point at the messages that the topic stored once. */
interface Subscription {
  /** Absent: private to one consumer. */
  readonly name: string | undefined;
  readonly durable: boolean;
  readonly shared: boolean;
  readonly queue: Queue;
  /** Runs while nobody consumes; ends the subscription. */
  expiry: { cancel(): void } | undefined;
}

/** Stores each message once, and delivers it to every subscription. */
export class TopicAddress extends BrokeredAddress {
  readonly #space: string;
  readonly #subscriptions = new Set<Subscription>();
  readonly #named = new Map<string, Subscription>();
  #queues: Queue[] = [];
  /** Durable subscriptions: without any, nothing of a message has to outlive the server. */
  #durable = 0;

  constructor(options: AddressOptions, shard: Shard, space: string) {
    super(options, shard);
    this.#space = space;
  }

  protected get queues(): readonly Queue[] {
    return this.#queues;
  }

  get ids(): readonly number[] {
    return this.#queues.map(queue => queue.id);
  }

  protected get consumers(): number {
    let consumers = 0;
    for (const queue of this.#queues) consumers += queue.consumers;
    return consumers;
  }

  /** The fullest subscription decides. */
  protected room(): number {
    let room = Number.POSITIVE_INFINITY;
    for (const queue of this.#queues) room = Math.min(room, this.roomIn(queue));
    return room;
  }

  store(message: Message, expiresAtMs: number): LogPosition {
    if (this.#queues.length === 0) return -1;
    const position = this.shard.store(message, this.#queues, expiresAtMs);
    return message.durable && this.#durable > 0 ? position : -1;
  }

  /** The durable subscription was found in the log. */
  restore(definition: SubscriptionDefinition, queue: Queue): void {
    this.#add({ name: definition.name, durable: true, shared: definition.shared, queue, expiry: undefined });
  }

  hasSubscription(name: string): boolean {
    return this.#named.has(name);
  }

  attachConsumer(port: ConsumerPort, options: ConsumerOptions): Consumer | Refusal {
    const wanted = options.subscription;
    const existing = wanted && this.#named.get(wanted.name);
    if (existing && existing.shared !== wanted.shared) {
      const [is, asked] = existing.shared ? ['shared', 'unshared'] : ['unshared', 'shared'];
      return new Refusal(
        'subscription-mismatch',
        `The subscription ${wanted.name} of ${this.name} is ${is} and was asked for ${asked}: attach as it is, or end it first.`,
      );
    }
    if (existing && !existing.shared)
      existing.queue.end(new Refusal('subscription-taken-over', `Another consumer has attached to the subscription ${wanted.name}.`));
    const subscription = existing ?? this.#create(wanted);
    subscription.expiry?.cancel();
    subscription.expiry = undefined;
    return new QueueConsumer(subscription.queue, port, keepMs => this.#left(subscription, keepMs));
  }

  #create(wanted: SubscriptionOptions | undefined): Subscription {
    const queue = this.shard.newQueue();
    const subscription: Subscription = {
      name: wanted?.name,
      // Nothing of a temporary topic outlives the server.
      durable: (wanted?.durable ?? false) && !this.temporary,
      shared: wanted?.shared ?? false,
      queue,
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
      });
    this.#add(subscription);
    return subscription;
  }

  #add(subscription: Subscription): void {
    subscription.queue.own(this, subscription.durable);
    this.#subscriptions.add(subscription);
    if (subscription.durable) this.#durable++;
    if (subscription.name !== undefined) this.#named.set(subscription.name, subscription);
    this.#queues = [...this.#queues, subscription.queue];
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
    if (subscription.durable) this.#durable--;
    if (subscription.name !== undefined) this.#named.delete(subscription.name);
    this.#queues = this.#queues.filter(queue => queue !== subscription.queue);
    this.shard.remove(subscription.queue.id);
    // The fullest subscription may have been this one.
    this.credit.changed();
  }

  /** Ends a named subscription that nobody consumes from. */
  unsubscribe(name: string): boolean {
    const subscription = this.#named.get(name);
    if (!subscription || subscription.queue.consumers > 0) return false;
    subscription.expiry?.cancel();
    this.#end(subscription);
    return true;
  }

  override status(): AddressStatus {
    return { ...super.status(), subscriptions: this.#subscriptions.size };
  }

  override close(refusal: Refusal): void {
    for (const subscription of this.#subscriptions) subscription.expiry?.cancel();
    super.close(refusal);
  }
}
