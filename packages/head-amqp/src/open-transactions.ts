import type { DeliveryState, DispositionReader } from '@angarium/codec-amqp';
import { type AddressSpace, Refusal } from '@angarium/core';
import { type Coordinator, UNKNOWN_TRANSACTION } from './coordinator.ts';
import type { Link } from './link.ts';
import { OpenTransaction } from './open-transaction.ts';
import { outcomeOf } from './outcome-table.ts';
import type { Session } from './session.ts';

const ID_BYTES = 4;

type TransactionalState = DeliveryState & { readonly kind: 'transactional-state' };

/** The open transactions of a connection, by their ids: any of its sessions may have part in any of them. */
export class OpenTransactions {
  readonly #space: AddressSpace;
  readonly #most: number;
  readonly #open = new Map<number, OpenTransaction>();
  #nextId = 0;

  constructor(space: AddressSpace, most: number) {
    this.#space = space;
    this.#most = most;
  }

  declare(coordinator: Coordinator): OpenTransaction | Refusal {
    if (this.#open.size >= this.#most)
      return new Refusal(
        'transactions-exhausted',
        `This connection has ${this.#most} open transactions already: discharge some, or raise amqpTransactionsPerConnectionMax.`,
      );
    const work = this.#space.transactions.begin();
    if (work instanceof Refusal) return work;
    const id = this.#newId();
    const bytes = new Uint8Array(ID_BYTES);
    new DataView(bytes.buffer).setUint32(0, id);
    const transaction = new OpenTransaction(bytes, work, coordinator);
    this.#open.set(id, transaction);
    return transaction;
  }

  #newId(): number {
    do this.#nextId = (this.#nextId + 1) >>> 0;
    while (this.#open.has(this.#nextId));
    return this.#nextId;
  }

  find(id: Uint8Array): OpenTransaction | undefined {
    return id.length === ID_BYTES ? this.#open.get(numberOf(id)) : undefined;
  }

  /** Its id is unknown from now on. */
  forget(transaction: OpenTransaction): void {
    this.#open.delete(numberOf(transaction.id));
  }

  /** Outcomes of deliveries of a session, which count when their transaction commits (part 4, section 4.4.2). */
  retire(session: Session, { first, last, settled }: DispositionReader, { txnId, outcome: state }: TransactionalState): void {
    const transaction = this.find(txnId);
    const elsewhere = retiringElsewhere(session, first, last, transaction);
    if (elsewhere) return elsewhere.coordinator.violated('The outcome of a delivery was given in two transactions.');
    if (!transaction) {
      const links = new Set<Link>();
      session.unsettledWindow.each(first, last, link => links.add(link));
      for (const link of links) session.detach(link, UNKNOWN_TRANSACTION);
      return;
    }
    const outcome = outcomeOf(state);
    if (settled)
      session.unsettledWindow.take(first, last, (link, source, token, deliveryId) => {
        transaction.unretire(session, deliveryId);
        transaction.work.retire(source, token, link.outcomeWhenSettled(outcome));
      });
    else if (outcome) session.unsettledWindow.each(first, last, (_link, deliveryId) => transaction.retire(session, deliveryId, outcome));
  }

  /** The coordinator's link has ended (part 4, section 4.3). */
  rollbackAll(coordinator: Coordinator): void {
    for (const transaction of this.#open.values()) {
      if (transaction.coordinator !== coordinator) continue;
      this.forget(transaction);
      transaction.rollback();
    }
  }
}

/** The other transaction that the outcome of one of these deliveries is part of already. */
function retiringElsewhere(
  { retiring, unsettledWindow }: Session,
  first: number,
  last: number,
  transaction: OpenTransaction | undefined,
): OpenTransaction | undefined {
  let elsewhere: OpenTransaction | undefined;
  if (retiring.size === 0) return undefined;
  unsettledWindow.each(first, last, (_link, deliveryId) => {
    const other = retiring.get(deliveryId);
    if (other !== transaction) elsewhere ??= other;
  });
  return elsewhere;
}

function numberOf(id: Uint8Array): number {
  return new DataView(id.buffer, id.byteOffset).getUint32(0);
}
