import type { Confirmation, DeliverySource, MessageStream } from '../delivery/delivery.ts';
import { ACCEPTED, type Outcome, RELEASED } from '../delivery/outcome.ts';
import { type Message, retainMessage } from '../message/message.ts';
import { observedDelivery } from '../observe/observed-delivery.ts';
import type { Observers } from '../observe/observers.ts';
import { DirectAddress, type DirectConsumer } from './direct-address.ts';
import { type DirectProducer, NO_SOURCE } from './direct-producer.ts';
import { WaitingMessages } from './waiting-messages.ts';

/** Messages and bytes that may wait for one slow consumer while others are served; beyond, this consumer misses messages. */
export const BACKLOG_MESSAGES_MAX = 1000;
export const BACKLOG_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Hands each message to every consumer that is there. A producer may send while at least one consumer has credit; one without gets
 * a bounded backlog, and misses what is beyond it, so that it does not hold the others.
 */
export class MulticastAddress extends DirectAddress {
  capacity(): number {
    let most = 0;
    for (const consumer of this.consumers) if (!consumer.paused && consumer.credit > most) most = consumer.credit;
    return most;
  }

  take(producer: DirectProducer, message: Message, token: number): MessageStream | undefined {
    if (this.consumers.size === 0) return this.giveBack(producer, message, token, 'nobody consumes from the address');
    const delivery = message.settled ? undefined : new MulticastDelivery(producer, token);
    const source = delivery ?? NO_SOURCE;
    const sizeBytes = message.end - message.start;
    const streams: MessageStream[] | undefined = message.more ? [] : undefined;
    let retained: Message | undefined;
    for (const consumer of this.consumers) {
      const backlog = consumer.backlog;
      delivery?.expect();
      if (consumer.credit > 0 && !consumer.paused && (backlog === undefined || backlog.size === 0)) {
        this.#hand(consumer, message, source, streams, this.following);
      } else if (message.more) {
        this.#miss(consumer, message, source, 'a slow consumer cannot take a message while it arrives');
      } else if ((backlog?.size ?? 0) >= BACKLOG_MESSAGES_MAX || (backlog?.sizeBytes ?? 0) + sizeBytes > BACKLOG_BYTES_MAX) {
        this.#miss(consumer, message, source, 'the backlog of a slow consumer is full');
      } else {
        retained ??= retainMessage(message);
        consumer.backlog ??= new WaitingMessages();
        consumer.backlog.push({ message: retained, source, token: 0 });
        this.following?.waits(this, message, retained);
      }
    }
    delivery?.settle(0, RELEASED);
    return streams && new MulticastStream(streams);
  }

  /** `observers`: who follows the message. */
  #hand(
    consumer: DirectConsumer,
    message: Message,
    source: DeliverySource,
    streams: MessageStream[] | undefined,
    observers: Observers | undefined,
  ): void {
    if (--consumer.credit === 0) consumer.ranOut();
    this.counters.out++;
    const { port } = consumer;
    const from = observers === undefined ? source : observedDelivery(observers, this, message, port, source);
    const stream = port.deliver(message, from, 0);
    if (stream) streams?.push(stream);
  }

  #miss({ port }: DirectConsumer, message: Message, source: DeliverySource, why: string): void {
    this.following?.missed(this, message, port, why);
    this.drop(why);
    source.settle(0, RELEASED);
  }

  changed(consumer: DirectConsumer, change: () => void): void {
    // One consumer's credit before and after, not the most of all: that would make a round of grants the square of their number.
    const before = consumer.paused ? 0 : consumer.credit;
    const credit = consumer.credit;
    change();
    if (credit > 0 && consumer.credit === 0) consumer.ranOut();
    const backlog = consumer.backlog;
    while (backlog && backlog.size > 0 && consumer.credit > 0 && !consumer.paused) {
      const { message, source } = backlog.shift();
      const { observers } = this;
      this.#hand(consumer, message, source, undefined, observers?.follows(message) ? observers : undefined);
    }
    const after = consumer.paused ? 0 : consumer.credit;
    if (after > before) this.credit.changed();
    else if (after < before) this.credit.shrunk();
  }

  protected left(consumer: DirectConsumer): void {
    while (consumer.backlog && consumer.backlog.size > 0) consumer.backlog.shift().source.settle(0, RELEASED);
  }
}

/** Which outcome of several is the producer's: a refusal is the most telling, then that anybody has it. The rule of Qpid Dispatch Router. */
const PRECEDENCE = { released: 0, modified: 1, accepted: 2, rejected: 3 } as const satisfies Record<Outcome['kind'], number>;

/**
 * One message under way to several consumers: its outcome is known when the last of them has settled. Whoever hands it out counts as one
 * of them, until all have it.
 */
class MulticastDelivery implements DeliverySource {
  readonly #producer: DirectProducer;
  readonly #token: number;
  #remaining = 1;
  #outcome: Outcome = RELEASED;

  constructor(producer: DirectProducer, token: number) {
    this.#producer = producer;
    this.#token = token;
  }

  /** One more consumer will settle it. */
  expect(): void {
    this.#remaining++;
  }

  settle(_token: number, outcome: Outcome): void {
    if (PRECEDENCE[outcome.kind] > PRECEDENCE[this.#outcome.kind]) this.#outcome = outcome.kind === 'accepted' ? ACCEPTED : outcome;
    if (--this.#remaining === 0) this.#producer.settle(this.#token, this.#outcome);
  }

  settleConfirmed(token: number, outcome: Outcome, confirm: Confirmation, confirmToken: number): void {
    this.settle(token, outcome);
    confirm.confirmed(confirmToken);
  }
}

class MulticastStream implements MessageStream {
  readonly #streams: readonly MessageStream[];
  #onUnblocked: (() => void) | undefined;

  constructor(streams: readonly MessageStream[]) {
    this.#streams = streams;
  }

  push(bytes: Uint8Array, start: number, end: number, more: boolean): void {
    for (const stream of this.#streams) stream.push(bytes, start, end, more);
  }

  abort(): void {
    for (const stream of this.#streams) stream.abort();
  }

  get onUnblocked(): (() => void) | undefined {
    return this.#onUnblocked;
  }

  set onUnblocked(run: (() => void) | undefined) {
    this.#onUnblocked = run;
    const unblocked = run && (() => this.#unblocked());
    for (const stream of this.#streams) stream.onUnblocked = unblocked;
  }

  /** The first of them that goes on is enough. */
  #unblocked(): void {
    const run = this.#onUnblocked;
    this.onUnblocked = undefined;
    run?.();
  }

  /** One slow consumer does not hold the others: its own connection gives the message up when too much is unsent. */
  get blocked(): boolean {
    return this.#streams.length > 0 && this.#streams.every(stream => stream.blocked);
  }
}
