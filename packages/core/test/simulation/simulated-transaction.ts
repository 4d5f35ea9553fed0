import assert from 'node:assert/strict';
import type { Transaction } from '../../src/brokered/transaction.ts';
import type { Outcome } from '../../src/delivery/outcome.ts';
import { Refusal } from '../../src/delivery/refusal.ts';
import type { RecordedDelivery, RecordingConsumer } from '../support/recording-consumer.ts';
import type { RecordingProducer } from '../support/recording-producer.ts';
import type { RunningBroker } from '../support/running-broker.ts';
import { type MessageFields, textMessage } from '../support/text-message.ts';

/** What a simulated producer sends. */
export interface Draft {
  readonly text: string;
  readonly fields: MessageFields;
}

/** An open transaction, and what was put into it. */
export class SimulatedTransaction<Sent extends Draft, Kind> {
  readonly sent: Sent[] = [];
  readonly retired: { readonly delivery: RecordedDelivery; readonly kind: Kind }[] = [];
  readonly #transaction: Transaction;

  constructor({ space }: RunningBroker) {
    const transaction = space.transactions.begin();
    assert.ok(!(transaction instanceof Refusal));
    this.#transaction = transaction;
  }

  post(producer: RecordingProducer, draft: Sent): void {
    this.sent.push(draft);
    assert.equal(this.#transaction.post(producer.link, textMessage(draft.text, draft.fields)), undefined);
  }

  retire(consumer: RecordingConsumer, delivery: RecordedDelivery, kind: Kind, outcome: Outcome): void {
    delivery.settled = true;
    consumer.unsettled--;
    this.retired.push({ delivery, kind });
    this.#transaction.retire(delivery.source, delivery.token, outcome);
  }

  /** Answers whether it can be committed. */
  get possible(): boolean {
    return this.#transaction.refusal() === undefined;
  }

  commit(confirmed: () => void): void {
    this.#transaction.commit({ confirmed }, 0);
  }

  rollback(): void {
    this.#transaction.rollback();
  }
}
