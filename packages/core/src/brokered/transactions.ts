import { Refusal } from '../delivery/refusal.ts';
import { LateSet } from '../late-set.ts';
import type { Shard } from '../store/shard.ts';
import type { StoringAddress } from './brokered-producer.ts';
import { Transaction, type TransactionRoom } from './transaction.ts';

/** Open transactions of a space, at the most. */
export const TRANSACTIONS_MAX = 10_000;
/** Bytes of messages that all transactions of a space hold, at the most. */
export const TRANSACTIONS_BYTES_MAX = 256 * 1024 * 1024;
/** A transaction that holds something and is left alone for so long is rolled back, in milliseconds. One that holds nothing may wait for ever. */
export const TRANSACTION_IDLE_TIMEOUT_MS = 5 * 60_000;
const SWEEP_INTERVAL_MS = 10_000;

/** The open transactions of a space: what they may hold together, and how long. */
export class Transactions implements TransactionRoom {
  readonly shard: Shard;
  readonly exists: (address: StoringAddress) => boolean;
  readonly #space: string;
  #open = 0;
  #bytes = 0;
  /** Those that hold something, the one left alone for longest first. */
  readonly #holding = new LateSet<Transaction>();
  #sweeping = false;

  constructor(space: string, shard: Shard, exists: (address: StoringAddress) => boolean) {
    this.#space = space;
    this.shard = shard;
    this.exists = exists;
  }

  /** Open ones. */
  get size(): number {
    return this.#open;
  }

  /** Bytes of messages that they hold. */
  get bytes(): number {
    return this.#bytes;
  }

  begin(): Transaction | Refusal {
    if (this.#open >= TRANSACTIONS_MAX)
      return new Refusal(
        'transactions-exhausted',
        `The address space ${this.#space} has ${TRANSACTIONS_MAX} open transactions already: discharge some.`,
      );
    this.#open++;
    return new Transaction(this);
  }

  holdMore(transaction: Transaction, bytes: number): boolean {
    if (this.#bytes + bytes > TRANSACTIONS_BYTES_MAX) return false;
    this.#bytes += bytes;
    transaction.touchedMs = this.shard.turn.nowMs;
    this.#holding.delete(transaction);
    this.#holding.add(transaction);
    this.#sweepLater();
    return true;
  }

  gaveBack(transaction: Transaction): void {
    if (this.#holding.delete(transaction)) this.#bytes -= transaction.bytes;
  }

  ended(): void {
    this.#open--;
  }

  #sweepLater(): void {
    if (this.#sweeping || this.#holding.size === 0) return;
    this.#sweeping = true;
    this.shard.turn.after(SWEEP_INTERVAL_MS, () => {
      this.#sweeping = false;
      this.expire(this.shard.turn.nowMs);
      this.#sweepLater();
    });
  }

  /** Rolls back what has been left alone for too long by then. */
  expire(nowMs: number): void {
    const { report } = this.shard;
    for (const transaction of this.#holding) {
      if (nowMs - transaction.touchedMs < TRANSACTION_IDLE_TIMEOUT_MS) break;
      const what = `transaction rolled back: it was left alone for ${TRANSACTION_IDLE_TIMEOUT_MS} ms`;
      report({ level: 'warn', what, space: this.#space, parts: transaction.parts, bytes: transaction.bytes });
      transaction.doom(
        new Refusal('transaction-expired', `The transaction was left alone for ${TRANSACTION_IDLE_TIMEOUT_MS} ms, and was rolled back.`),
      );
    }
  }
}
