import assert from 'node:assert/strict';
import type { Consumer, ConsumerPort, DeliverySource, MessageStream } from '../../src/delivery/delivery.ts';
import { ACCEPTED, IN_DOUBT, type Outcome } from '../../src/delivery/outcome.ts';
import { Refusal } from '../../src/delivery/refusal.ts';
import type { Message } from '../../src/message/message.ts';
import { RecordingStream } from './recording-stream.ts';
import { textOf } from './text-message.ts';

export interface RecordedDelivery {
  readonly text: string;
  readonly message: Message;
  readonly source: DeliverySource;
  readonly token: number;
  readonly stream: RecordingStream | undefined;
  settled: boolean;
}

/** A consumer that writes down what it gets, and settles when the test says so. */
export class RecordingConsumer implements ConsumerPort {
  unsettled = 0;
  readonly deliveries: RecordedDelivery[] = [];
  /** How often it heard that there is nothing more for its credit. */
  drains = 0;
  ended: Refusal | undefined;
  /** Called in each delivery: for ports that settle, grant or leave at once. */
  onDeliver: ((delivery: RecordedDelivery) => void) | undefined;
  onEnd: (() => void) | undefined;
  onDrained: (() => void) | undefined;
  #consumer: Consumer | undefined;

  /** What it got, as texts. */
  get texts(): string[] {
    return this.deliveries.map(({ text }) => text);
  }

  /** The address's side. */
  get link(): Consumer {
    assert.ok(this.#consumer, 'the consumer is attached');
    return this.#consumer;
  }

  attached(consumer: Consumer | Refusal): this {
    assert.ok(!(consumer instanceof Refusal), consumer instanceof Refusal ? consumer.description : '');
    this.#consumer = consumer;
    return this;
  }

  grant(credit: number, drain = false): this {
    this.link.grant(credit, drain);
    return this;
  }

  deliver(message: Message, source: DeliverySource, token: number): MessageStream | undefined {
    const stream = message.more ? new RecordingStream() : undefined;
    const delivery = { text: textOf(message), message: { ...message, bytes: new Uint8Array(0) }, source, token, stream, settled: false };
    this.deliveries.push(delivery);
    this.unsettled++;
    this.onDeliver?.(delivery);
    return stream;
  }

  drained(): void {
    this.drains++;
    this.onDrained?.();
  }

  end(refusal: Refusal): void {
    assert.equal(this.ended, undefined, 'a consumer is ended once');
    this.ended = refusal;
    this.onEnd?.();
  }

  settle(delivery: RecordedDelivery, outcome: Outcome): void {
    this.#settled(delivery);
    delivery.source.settle(delivery.token, outcome);
  }

  /** Calls `confirmed` when the outcome is safe. */
  settleConfirmed(delivery: RecordedDelivery, outcome: Outcome, confirmed: () => void): void {
    this.#settled(delivery);
    delivery.source.settleConfirmed(delivery.token, outcome, { confirmed }, delivery.token);
  }

  #settled(delivery: RecordedDelivery): void {
    assert.ok(!delivery.settled, 'a port settles each delivery once');
    delivery.settled = true;
    this.unsettled--;
  }

  /** Settles the one delivery of this text that is not settled. */
  settleText(text: string, outcome: Outcome = ACCEPTED): void {
    const delivery = this.deliveries.find(one => one.text === text && !one.settled);
    assert.ok(delivery, `${text} is with this consumer`);
    this.settle(delivery, outcome);
  }

  settleAll(outcome: Outcome = ACCEPTED): void {
    for (const delivery of this.deliveries) if (!delivery.settled) this.settle(delivery, outcome);
  }

  /** What a head does for a consumer that goes: its deliveries are settled, and it leaves. */
  leave(outcome: Outcome = IN_DOUBT, keepMs = 0): void {
    this.settleAll(outcome);
    this.link.detach(keepMs);
  }
}
