import assert from 'node:assert/strict';
import type { MessageStream, Producer, ProducerPort } from '../../src/delivery/delivery.ts';
import type { Outcome } from '../../src/delivery/outcome.ts';
import { Refusal } from '../../src/delivery/refusal.ts';
import { type MessageFields, textMessage } from './text-message.ts';

/** A producer that writes down its credit and its outcomes. */
export class RecordingProducer implements ProducerPort {
  credit = 0;
  /** What it was granted, in order. */
  readonly grants: number[] = [];
  readonly outcomes = new Map<number, Outcome>();
  ended: Refusal | undefined;
  onSettle: ((token: number, outcome: Outcome) => void) | undefined;
  #producer: Producer | undefined;
  #token = 0;

  get link(): Producer {
    assert.ok(this.#producer, 'the producer is attached');
    return this.#producer;
  }

  attached(producer: Producer | Refusal): this {
    assert.ok(!(producer instanceof Refusal), producer instanceof Refusal ? producer.description : '');
    this.#producer = producer;
    return this;
  }

  /** Sends a text, with or without credit; answers its token. */
  send(text: string, fields: MessageFields = {}): number {
    const token = this.#token++;
    this.credit = Math.max(0, this.credit - 1);
    this.link.send(textMessage(text, fields), token);
    return token;
  }

  sendAll(texts: readonly string[], fields: MessageFields = {}): void {
    for (const text of texts) this.send(text, fields);
  }

  /** Sends the first bytes of a message; the stream takes the rest. */
  begin(text: string, fields: MessageFields = {}): { token: number; stream: MessageStream } {
    const token = this.#token++;
    this.credit = Math.max(0, this.credit - 1);
    const stream = this.link.send(textMessage(text, { ...fields, more: true }), token);
    assert.ok(stream, 'a message with more has a stream');
    return { token, stream };
  }

  /** The kind of the outcome, once there is one. */
  kind(token: number): Outcome['kind'] | undefined {
    return this.outcomes.get(token)?.kind;
  }

  /** The kinds of all outcomes by the order of sending. */
  get kinds(): (Outcome['kind'] | undefined)[] {
    return Array.from({ length: this.#token }, (_, token) => this.kind(token));
  }

  grant(credit: number): void {
    assert.ok(Number.isInteger(credit) && credit >= 0, `credit ${credit} counts messages`);
    this.credit = credit;
    this.grants.push(credit);
  }

  settle(token: number, outcome: Outcome): void {
    assert.ok(!this.outcomes.has(token), `message ${token} has one outcome`);
    this.outcomes.set(token, outcome);
    this.onSettle?.(token, outcome);
  }

  end(refusal: Refusal): void {
    assert.equal(this.ended, undefined, 'a producer is ended once');
    this.ended = refusal;
  }
}
