import {
  AmqpDecodeError,
  type AmqpError,
  type Declare,
  type DeliveryState,
  type Discharge,
  decodeTransactionRequest,
  STATE_ACCEPTED,
} from '@angarium/codec-amqp';
import { type Message, type Producer, Refusal } from '@angarium/core';
import type { IncomingLink } from './incoming-link.ts';
import type { OpenTransactions } from './open-transactions.ts';
import { refusalError } from './outcome-table.ts';

/** The largest request to a coordinator, in bytes: a discharge is much smaller. */
const REQUEST_BYTES_MAX = 4096;

/** Credit of a link to a coordinator, in requests. */
export const COORDINATOR_CREDIT = 100;

/** What can be done in transactions here (part 4, section 4.5.7). */
export const TRANSACTION_CAPABILITIES = ['amqp:local-transactions', 'amqp:multi-txns-per-ssn', 'amqp:multi-ssns-per-txn'];

/** Where the link of a transaction controller leads to (part 4, section 4.2): its messages are requests, which are answered with outcomes. */
export class Coordinator implements Producer {
  readonly brokered = true;
  readonly messageSizeBytesMax = REQUEST_BYTES_MAX;
  readonly #link: IncomingLink;
  readonly #transactions: OpenTransactions;
  /** The link's source takes rejected as an outcome; otherwise what is wrong ends the link. */
  readonly #rejects: boolean;
  #attached = true;

  constructor(link: IncomingLink, transactions: OpenTransactions, outcomes: readonly string[] | undefined) {
    this.#link = link;
    this.#transactions = transactions;
    this.#rejects = outcomes === undefined || outcomes.includes('amqp:rejected:list');
  }

  send(message: Message, token: number): undefined {
    const { settled } = message;
    try {
      const request = decodeTransactionRequest(message.bytes, message.start, message.end);
      if (request.kind === 'declare') this.#declare(request, token, settled);
      else this.#discharge(request, token, settled);
    } catch (error) {
      if (!(error instanceof AmqpDecodeError)) throw error;
      this.#refuse({ condition: error.condition, description: `The request cannot be decoded: ${error.message}.` }, token, settled);
    }
    return undefined;
  }

  #declare({ globalId }: Declare, token: number, settled: boolean): void {
    if (settled)
      return this.#end({
        condition: 'amqp:not-allowed',
        description: 'A declare must not be settled: its answer is the transaction’s id.',
      });
    if (globalId !== undefined && globalId !== null)
      return this.#refuse(
        { condition: 'amqp:not-implemented', description: 'Transactions are local: declare one without a global-id.' },
        token,
        settled,
      );
    const transaction = this.#transactions.declare(this);
    if (transaction instanceof Refusal) this.#refuse(refusalError(transaction), token, settled);
    else this.#answer({ kind: 'declared', txnId: transaction.id }, token, settled);
  }

  #discharge({ txnId, fail }: Discharge, token: number, settled: boolean): void {
    const transaction = this.#transactions.find(txnId);
    if (!transaction) return this.#refuse(UNKNOWN_TRANSACTION, token, settled);
    if (transaction.arriving > 0)
      return transaction.coordinator.#end(rollback('A message of the transaction has not come to its end: discharge it afterwards.'));
    this.#transactions.forget(transaction);
    if (fail) {
      transaction.rollback();
      return this.#answer(STATE_ACCEPTED, token, settled);
    }
    const error = transaction.commit(() => this.#answer(STATE_ACCEPTED, token, settled));
    if (error) this.#refuse(error, token, settled);
  }

  /** One of its transactions was used against the rules: all of them roll back, with the link (part 4, section 4.4.2). */
  violated(description: string): void {
    this.#end(rollback(description));
  }

  #answer(state: DeliveryState, token: number, settled: boolean): void {
    if (this.#attached && !settled) this.#link.settleWith(token, state);
  }

  #refuse(error: AmqpError, token: number, settled: boolean): void {
    if (this.#rejects && !settled) this.#answer({ kind: 'rejected', error }, token, settled);
    else this.#end(error);
  }

  #end(error: AmqpError): void {
    if (this.#attached) this.#link.session.detach(this.#link, error);
  }

  detach(): void {
    this.#attached = false;
    this.#transactions.rollbackAll(this);
  }
}

export const UNKNOWN_TRANSACTION: AmqpError = {
  condition: 'amqp:transaction:unknown-id',
  description: 'There is no open transaction of this id on this connection.',
};

function rollback(description: string): AmqpError {
  return { condition: 'amqp:transaction:rollback', description };
}
