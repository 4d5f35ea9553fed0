import type { Address, AddressOptions, AddressSpec, AddressStatus, ConsumerOptions } from '../address/address.ts';
import { BrokeredAddress } from '../brokered/brokered-address.ts';
import type { Consumer, ConsumerPort } from '../delivery/delivery.ts';
import { Refusal } from '../delivery/refusal.ts';
import type { Message } from '../message/message.ts';
import type { LogPosition } from '../store/log.ts';
import type { Shard } from '../store/shard.ts';
import type { StoredQueue } from '../store/stored-queue.ts';
import type { Audience } from '../topic/audience.ts';
import type { TopicMatch } from '../topic/topic-router.ts';
import { FILTERS_MAX, type Queue } from './queue.ts';
import { Browser } from './queue-browser.ts';
import { QueueConsumer } from './queue-consumer.ts';
import { keyPropertyOf } from './queue-owner.ts';

/** Stores each message until one of the competing consumers has it. */
export class QueueAddress extends BrokeredAddress {
  readonly #queue: Queue;
  readonly #queues: readonly Queue[];
  /** Those who subscribe to topics that its name matches get its messages as well; undefined: nobody does, as somebody wanted a queue. */
  audience: Audience | undefined;

  constructor(options: AddressOptions, shard: Shard, queue: Queue) {
    super(options, shard);
    this.#queue = queue;
    this.#queues = [queue];
    queue.own(this, !options.temporary);
  }

  /** For those who look into it, or move what it holds. */
  get queue(): Queue {
    return this.#queue;
  }

  protected get queues(): readonly Queue[] {
    return this.#queues;
  }

  get ids(): readonly number[] {
    return [this.#queue.id];
  }

  protected get consumers(): number {
    return this.#queue.consumers;
  }

  protected room(): number {
    return this.roomIn(this.#queue);
  }

  protected hasRoom(messages: number, bytes: number): boolean {
    return this.fits(this.#queue, messages, bytes);
  }

  queuesFor(message: Message): readonly StoredQueue[] {
    const match = this.audience?.of(this.name);
    return match?.subscribed ? this.audience!.queuesOf(match, message) : this.#queues;
  }

  protected override topicOf(message: Message): string {
    return this.audience?.of(this.name).subscribed ? this.name : message.topic;
  }

  store(message: Message, expiresAtMs: number): LogPosition {
    const match = this.audience?.of(this.name);
    if (match?.subscribed) return this.#publish(message, match, expiresAtMs);
    const position = this.shard.store(message, this.#queues, expiresAtMs);
    return message.durable && this.#queue.kept ? position : -1;
  }

  /** What goes to subscribers has a topic: that is the address's name. */
  #publish(message: Message, match: TopicMatch, expiresAtMs: number): LogPosition {
    const { topic } = message;
    message.topic = this.name;
    const position = this.shard.store(message, this.audience!.tell(match, message), expiresAtMs);
    message.topic = topic;
    return message.durable && this.#queue.kept ? position : -1;
  }

  override get nextSequence(): number {
    return this.#queue.nextSequence;
  }

  protected override get targetsMax(): number {
    return this.audience?.sizeMax ?? 1;
  }

  attachConsumer(port: ConsumerPort, options: ConsumerOptions): Consumer | Refusal {
    const queue = this.#queue;
    const refusal = this.refuseConsumer(queue) ?? refuseFilter(queue, this.name, options);
    if (refusal) return refusal;
    const onDetach = () => this.forget();
    if (options.browse || this.spec.nonDestructive) return new Browser(queue, port, options.filter, onDetach);
    return new QueueConsumer(queue, port, options, onDetach);
  }

  override status(): AddressStatus {
    const { pausedUntilMs } = this.#queue;
    return { ...super.status(), ...(pausedUntilMs > 0 && { pausedUntilMs }), ...(this.audience && { assumed: true }) };
  }

  override respec(spec: AddressSpec): void {
    const before = this.spec;
    super.respec(spec);
    const rekeys = before.lastValueKey !== spec.lastValueKey || keyPropertyOf(before) !== keyPropertyOf(spec);
    if (rekeys) this.#queue.rekey();
    if (rekeys || before.fairKey !== spec.fairKey) this.#queue.reorder();
    if (before.consumers !== spec.consumers) this.#queue.choose();
    if (!spec.breaker) this.#queue.dropBreaker();
  }
}

/** Nobody has said that it is to be a queue. */
export function isAssumed(address: Address): address is QueueAddress {
  return address instanceof QueueAddress && address.audience !== undefined;
}

function refuseFilter(queue: Queue, name: string, { filter }: ConsumerOptions): Refusal | undefined {
  if (queue.takesFilter(filter)) return undefined;
  return new Refusal(
    'links-exhausted',
    `The consumers of ${name} have ${FILTERS_MAX} different selectors already: use fewer, or another address.`,
  );
}
