import type { AmqpError, DeliveryState } from '@angarium/codec-amqp';
import { ACCEPTED, type Confirmation, type Outcome, type Refusal, rejected, type Transaction } from '@angarium/core';
import type { Coordinator } from './coordinator.ts';
import { refusalError, stateOf } from './outcome-table.ts';
import type { Session } from './session.ts';

/**
 * A transaction between its declare and its discharge (part 4, section 4.3): the core's, and what only AMQP knows of it.
 *
 * Deliveries whose outcome was given and settled are the core's. Those whose receiver has not settled stay in their session's window, so that they
 * are still the receiver's when the transaction rolls back.
 */
export class OpenTransaction implements Confirmation {
  readonly id: Uint8Array;
  readonly work: Transaction;
  /** Which declared it: when its link ends, the transaction does. */
  readonly coordinator: Coordinator;
  /** Messages that have begun to arrive in it. */
  arriving = 0;
  /** Discharged, or gone with its coordinator's link. */
  over = false;
  /** What a message that it holds will come to (part 4, section 4.4.1). */
  readonly accepted: DeliveryState;
  /** Outcomes of deliveries that are not settled, by session and delivery-id. */
  readonly #retired = new Map<Session, Map<number, Outcome>>();
  #committed: (() => void) | undefined;

  constructor(id: Uint8Array, work: Transaction, coordinator: Coordinator) {
    this.id = id;
    this.work = work;
    this.coordinator = coordinator;
    this.accepted = this.#provisional(ACCEPTED);
  }

  /** What is said of a message that cannot be part of it. */
  refused(refusal: Refusal): DeliveryState {
    return this.#provisional(rejected(refusal));
  }

  #provisional(outcome: Outcome): DeliveryState {
    return { kind: 'transactional-state', txnId: this.id, outcome: stateOf(outcome) };
  }

  /** The outcome of a delivery that its receiver has not settled: it counts when the transaction commits (part 4, section 4.4.2). */
  retire(session: Session, deliveryId: number, outcome: Outcome): void {
    const deliveries = this.#retired.get(session) ?? new Map<number, Outcome>();
    this.#retired.set(session, deliveries.set(deliveryId, outcome));
    session.retiring.set(deliveryId, this);
  }

  /** The receiver has settled it after all. */
  unretire(session: Session, deliveryId: number): void {
    this.#retired.get(session)?.delete(deliveryId);
    session.retiring.delete(deliveryId);
  }

  /** Commits, and calls `committed` when that is on disk; or rolls back, and answers why. */
  commit(committed: () => void): AmqpError | undefined {
    const error = this.#refusal();
    if (error) {
      this.rollback();
      return error;
    }
    for (const [session, deliveries] of this.#retired)
      for (const [deliveryId, outcome] of deliveries) {
        session.retiring.delete(deliveryId);
        session.unsettledWindow.take(deliveryId, deliveryId, (_link, source, token) => this.work.retire(source, token, outcome));
      }
    this.over = true;
    this.#committed = committed;
    this.work.commit(this, 0);
    return undefined;
  }

  #refusal(): AmqpError | undefined {
    let parts = 0;
    for (const [session, deliveries] of this.#retired)
      for (const deliveryId of deliveries.keys()) {
        parts++;
        if (!session.unsettledWindow.has(deliveryId))
          return {
            condition: 'amqp:transaction:rollback',
            description: 'A delivery whose outcome is part of the transaction was settled outside of it, or its link has ended.',
          };
      }
    const refusal = this.work.refusal(parts);
    if (refusal === undefined) return undefined;
    if (refusal.code === 'transaction-expired') return refusalError(refusal);
    return { condition: 'amqp:transaction:rollback', description: refusal.description };
  }

  /** What was committed is on disk: deliveries that their receivers had not settled are settled now, with the outcome that they know. */
  confirmed(): void {
    for (const [session, deliveries] of this.#retired) for (const deliveryId of deliveries.keys()) session.settleAsSender(deliveryId);
    this.#committed!();
  }

  rollback(): void {
    this.over = true;
    for (const [session, deliveries] of this.#retired) for (const deliveryId of deliveries.keys()) session.retiring.delete(deliveryId);
    this.#retired.clear();
    this.work.rollback();
  }
}
