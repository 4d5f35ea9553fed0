import type { Posting } from '../brokered/brokered-producer.ts';
import type {
  Consumer,
  ConsumerPort,
  DeliverySource,
  MessageStream,
  PeerDescription,
  Producer,
  ProducerPort,
} from '../delivery/delivery.ts';
import type { Outcome } from '../delivery/outcome.ts';
import type { Refusal } from '../delivery/refusal.ts';
import type { Standing } from '../delivery/standing.ts';
import type { Message } from '../message/message.ts';

/** All that are open to one address by one name. */
export type SharedGates = Set<ProducerGate | ConsumerGate>;

/**
 * Between a producer of one space and the address of another: the address sees a port, the head a producer. Each message goes straight through.
 *
 *     head ── Producer ──▶ gate ── Producer ──▶ address
 *     head ◀── ProducerPort ── gate ◀── ProducerPort ── address
 */
export class ProducerGate implements Producer, ProducerPort {
  readonly action = 'send';
  readonly #topic: string;
  readonly #port: ProducerPort;
  readonly #gates: SharedGates;
  #producer!: Producer;
  #closed = false;
  /** Absent as that of the address's own producer is. */
  post?: (message: Message) => Posting;
  /** Absent as the port's are. */
  waits?: (token: number, sizeBytes: number) => void;
  waited?: (token: number, sizeBytes: number) => void;

  /** `topic`: the address's name in its own space, which its messages have where they have a topic. */
  constructor(topic: string, port: ProducerPort, gates: SharedGates) {
    this.#topic = topic;
    this.#port = port;
    this.#gates = gates;
    if (port.waits) this.waits = (token, sizeBytes) => port.waits!(token, sizeBytes);
    if (port.waited) this.waited = (token, sizeBytes) => port.waited!(token, sizeBytes);
  }

  open(producer: Producer): void {
    this.#producer = producer;
    this.#gates.add(this);
    if (producer.post) this.post = message => this.#post(producer, message);
  }

  get brokered(): boolean {
    return this.#producer.brokered;
  }

  get messageSizeBytesMax(): number {
    return this.#producer.messageSizeBytesMax;
  }

  get standing(): Standing | undefined {
    return this.#producer.standing;
  }

  send(message: Message, token: number): MessageStream | undefined {
    const { topic } = message;
    if (topic === '') return this.#producer.send(message, token);
    // The message is its sender's scratch: it goes back as it came.
    message.topic = this.#topic;
    const stream = this.#producer.send(message, token);
    message.topic = topic;
    return stream;
  }

  #post(producer: Producer, message: Message): Posting {
    const { topic } = message;
    if (topic !== '') message.topic = this.#topic;
    const posting = producer.post!(message);
    message.topic = topic;
    return posting;
  }

  describePeer(): PeerDescription | undefined {
    return this.#port.describePeer?.();
  }

  grant(credit: number): void {
    this.#port.grant(credit);
  }

  settle(token: number, outcome: Outcome): void {
    this.#port.settle(token, outcome);
  }

  withdraw(token: number): boolean {
    return this.#producer.withdraw?.(token) ?? false;
  }

  /** The address is gone. */
  end(refusal: Refusal): void {
    if (this.#gates.delete(this)) this.#port.end(refusal);
  }

  detach(): void {
    if (this.#closed) return;
    this.#gates.delete(this);
    this.#producer.detach();
  }

  /** The address is shared no more. Some heads leave when they hear it, and some take it that they have left. */
  close(refusal: Refusal): void {
    this.#closed = true;
    this.end(refusal);
    this.#producer.detach();
  }
}

/** The same between a consumer of one space and the address of another. Outcomes go to the address without it. */
export class ConsumerGate implements Consumer, ConsumerPort {
  readonly action = 'receive';
  readonly peerName?: string;
  readonly #port: ConsumerPort;
  readonly #gates: SharedGates;
  readonly #durable: boolean;
  #consumer!: Consumer;
  #closed = false;

  /** `durable`: what it consumes from outlives it, and the end of sharing too. */
  constructor(port: ConsumerPort, gates: SharedGates, durable: boolean) {
    if (port.peerName !== undefined) this.peerName = port.peerName;
    this.#port = port;
    this.#gates = gates;
    this.#durable = durable;
  }

  open(consumer: Consumer): void {
    this.#consumer = consumer;
    this.#gates.add(this);
  }

  // ---- as the address sees it

  get unsettled(): number {
    return this.#port.unsettled;
  }

  deliver(message: Message, source: DeliverySource, token: number): MessageStream | undefined {
    return this.#port.deliver(message, source, token);
  }

  drained(): void {
    this.#port.drained();
  }

  describePeer(): PeerDescription | undefined {
    return this.#port.describePeer?.();
  }

  activated(active: boolean): void {
    this.#port.activated?.(active);
  }

  end(refusal: Refusal): void {
    if (this.#gates.delete(this)) this.#port.end(refusal);
  }

  // ---- as the head sees it

  grant(credit: number, drain: boolean): void {
    this.#consumer.grant(credit, drain);
  }

  pause(): void {
    this.#consumer.pause();
  }

  resume(): void {
    this.#consumer.resume();
  }

  get standing(): Standing {
    return this.#consumer.standing;
  }

  get available(): number {
    return this.#consumer.available;
  }

  detach(keepMs: number): void {
    if (this.#closed) return;
    this.#gates.delete(this);
    this.#consumer.detach(keepMs);
  }

  /** The address is shared no more. What heads make of that, each in its own way, does not decide what becomes of a subscription. */
  close(refusal: Refusal): void {
    this.#closed = true;
    // First: what is under way goes back before its consumer leaves.
    this.end(refusal);
    this.#consumer.detach(this.#durable ? Number.POSITIVE_INFINITY : 0);
  }
}
