import {
  type Address,
  type AddressCounters,
  type AddressHome,
  type AddressOptions,
  type AddressSpec,
  type AddressStatus,
  zeroCounters,
} from '../address/address.ts';
import { type AddressFigures, putCounters } from '../address/address-figures.ts';
import { type Creditor, CreditShare } from '../delivery/credit-share.ts';
import type { Consumer, ConsumerPort, MessageStream, Producer, ProducerPort } from '../delivery/delivery.ts';
import { RELEASED } from '../delivery/outcome.ts';
import { CreditedConsumer } from '../delivery/ready-consumers.ts';
import type { Refusal } from '../delivery/refusal.ts';
import type { SpaceLimits } from '../limits/space-limits.ts';
import type { Message } from '../message/message.ts';
import type { Observers } from '../observe/observers.ts';
import { RateLimitedReport, type Report } from '../report.ts';
import type { Turn } from '../turn.ts';
import { DirectProducer, NO_STREAM } from './direct-producer.ts';
import type { WaitingMessages } from './waiting-messages.ts';

/** A direct address as its producers see it. */
export interface CreditedDirectAddress extends Address {
  readonly counters: AddressCounters;
  readonly credit: CreditShare;
  readonly messageSizeBytesMax: number;
  following: Observers | undefined;
  take(producer: DirectProducer, message: Message, token: number): MessageStream | undefined;
  /** A producer left. What it sent on good credit goes on: only its outcome has nobody to go to. */
  forget(): void;
}

export interface DirectAddressOptions extends AddressOptions {
  readonly turn: Turn;
  readonly report: Report;
}

/** How often one line says that messages are dropped, in milliseconds. */
const DROP_REPORT_INTERVAL_MS = 1000;

/** What anycast and multicast have in common: nothing is stored, and producers hold the consumers' credit and no more. */
export abstract class DirectAddress implements Address, CreditedDirectAddress, Creditor {
  readonly brokered = false;
  readonly stored = 0;
  readonly ids: readonly number[] = [];
  readonly name: string;
  spec: AddressSpec;
  readonly temporary: boolean;
  readonly counters = zeroCounters();
  observers: Observers | undefined;
  /** Those of them who follow the message that is arriving just now. */
  following: Observers | undefined;
  readonly credit: CreditShare;
  readonly turn: Turn;
  protected readonly consumers = new Set<DirectConsumer>();
  readonly #limits: SpaceLimits;
  readonly #home: AddressHome;
  readonly #drops: RateLimitedReport;

  constructor(options: DirectAddressOptions) {
    this.name = options.name;
    this.spec = options.spec;
    this.temporary = options.temporary;
    this.turn = options.turn;
    this.#limits = options.limits;
    this.#home = options.home;
    this.#drops = new RateLimitedReport(options.report, DROP_REPORT_INTERVAL_MS);
    this.credit = new CreditShare(options.turn, this);
  }

  /** Messages that could be taken now. */
  abstract capacity(): number;
  abstract take(producer: DirectProducer, message: Message, token: number): MessageStream | undefined;
  /** A consumer's credit, or whether it is paused, is changed by `change`. */
  abstract changed(consumer: DirectConsumer, change: () => void): void;
  /** A consumer has left `consumers`. */
  protected abstract left(consumer: DirectConsumer): void;

  get messageSizeBytesMax(): number {
    const most = Math.min(this.spec.messageSizeBytesMax ?? Number.POSITIVE_INFINITY, this.#limits.messageSizeBytesMax);
    return most === Number.POSITIVE_INFINITY ? 0 : most;
  }

  get links(): number {
    return this.credit.size + this.consumers.size;
  }

  respec(spec: AddressSpec): void {
    this.spec = spec;
  }

  attachProducer(port: ProducerPort): Producer {
    const producer = new DirectProducer(this, port);
    this.credit.add(producer);
    return producer;
  }

  attachConsumer(port: ConsumerPort): Consumer {
    const consumer = new DirectConsumer(this, port);
    this.consumers.add(consumer);
    return consumer;
  }

  leave(consumer: DirectConsumer): void {
    if (!this.consumers.delete(consumer)) return;
    this.changed(consumer, () => {
      consumer.credit = 0;
    });
    this.left(consumer);
    this.forget();
  }

  forget(): void {
    if (this.links === 0) this.#home.idle(this);
  }

  /** The message cannot be handed on: its producer hears `released`; one that does not wait for an outcome is counted and reported. */
  protected giveBack(producer: DirectProducer, message: Message, token: number, why: string): MessageStream | undefined {
    this.observers?.givenBack(this, message, why);
    if (message.settled) this.drop(why);
    else producer.settle(token, RELEASED);
    return message.more ? NO_STREAM : undefined;
  }

  protected drop(why: string): void {
    this.counters.dropped++;
    this.#drops.say(this.turn.nowMs, () => ({
      level: 'warn',
      what: `message dropped: ${why}`,
      address: this.name,
      addressSpace: this.#limits.space,
    }));
  }

  get withheld(): string | undefined {
    if (this.capacity() > 0) return undefined;
    const { size } = this.consumers;
    if (size === 0) return `nobody consumes from ${this.name}, and it stores nothing`;
    return size === 1 ? `the one consumer of ${this.name} gives no credit` : `none of the ${size} consumers of ${this.name} gives credit`;
  }

  get #unsettled(): number {
    let unsettled = 0;
    for (const consumer of this.consumers) unsettled += consumer.port.unsettled;
    return unsettled;
  }

  measure(into: AddressFigures): void {
    putCounters(into, this.counters);
    into.stored = into.bytes = into.scheduled = into.redelivering = 0;
    into.unsettled = this.#unsettled;
    into.consumers = this.consumers.size;
    into.producers = this.credit.size;
  }

  status(): AddressStatus {
    const unsettled = this.#unsettled;
    return {
      phase: 'Active',
      type: this.spec.type,
      temporary: this.temporary,
      producers: this.credit.size,
      consumers: this.consumers.size,
      stored: 0,
      storedBytes: 0,
      unsettled,
      depth: { ready: 0, unsettled, scheduled: 0, redelivering: 0, bytes: 0 },
      counters: this.counters,
    };
  }

  close(refusal: Refusal): void {
    const producers = [...this.credit.holders] as DirectProducer[];
    const consumers = [...this.consumers];
    for (const consumer of consumers) this.leave(consumer);
    this.credit.close();
    for (const producer of producers) producer.end(refusal);
    for (const consumer of consumers) consumer.port.end(refusal);
  }
}

export class DirectConsumer extends CreditedConsumer implements Consumer {
  readonly #address: DirectAddress;
  /** multicast: retained messages that wait for this consumer's credit. */
  backlog: WaitingMessages | undefined;

  constructor(address: DirectAddress, port: ConsumerPort) {
    super(port);
    this.#address = address;
    this.ranOut();
  }

  ranOut(): void {
    this.ranOutAtMs = this.#address.turn.nowMs;
  }

  get available(): number {
    return this.backlog?.size ?? 0;
  }

  grant(credit: number, drain: boolean): void {
    this.#address.changed(this, () => {
      this.credit = credit;
    });
    // Nothing is stored, so nothing more can come of this credit than what was handed over just now.
    if (!drain) return;
    this.#address.changed(this, () => {
      this.credit = 0;
    });
    this.port.drained();
  }

  pause(): void {
    if (this.paused) return;
    this.#address.changed(this, () => {
      this.paused = true;
    });
  }

  resume(): void {
    if (!this.paused) return;
    this.#address.changed(this, () => {
      this.paused = false;
    });
  }

  detach(): void {
    this.#address.leave(this);
  }
}
