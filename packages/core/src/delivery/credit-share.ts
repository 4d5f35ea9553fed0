import type { Task, Turn } from '../turn.ts';
import type { ProducerPort } from './delivery.ts';

/** The most credit that one producer holds at a time, in messages. */
export const PRODUCER_CREDIT_MAX = 1000;
/** How long producers keep credit after the last capacity was used up by others, in milliseconds. Shorter would send a flow to every idle producer for each message of a busy one. */
export const REVOKE_DELAY_MS = 100;

/** A producer as its credit is counted. */
export interface CreditHolder {
  readonly port: ProducerPort;
  /** Messages it may still send. */
  held: number;
  /** It is asked about again at or below this. */
  lowMark: number;
  /** Messages of it that wait for room at the address: it gets no credit before they have found some. */
  readonly inLine: number;
  /** It waits in the list of those to be asked about. */
  listed: boolean;
  /** When it last came to have none, in milliseconds since the epoch. */
  withoutCreditSinceMs: number;
}

/** Whose capacity is shared. */
export interface Creditor {
  /** How many messages could be taken now; Infinity for no limit. */
  capacity(): number;
  /** Producers want credit, and nothing can be taken: called at most once a turn. */
  exhausted?(): void;
}

/** What all shares have in common that have no producer; these stay empty. */
const NOBODY = new Set<CreditHolder>();
const NOBODY_NEEDING: CreditHolder[] = [];

/**
 * Shares the capacity of an address among its producers: none is given what would make their credit together exceed the capacity, but that
 * each may have one while there is any at all, so that idle ones cannot starve the others. What idle ones hold after others have used
 * up the capacity is taken back after `REVOKE_DELAY_MS`.
 *
 * The creditor is the address: it lowers its capacity with each message it takes and calls `changed` when it
 * grows otherwise; credit is told to producers once a turn.
 */
export class CreditShare implements Task {
  deferred = false;
  readonly #turn: Turn;
  readonly #creditor: Creditor;
  #holders = NOBODY;
  #needing = NOBODY_NEEDING;
  #granted = 0;
  #revocation: { cancel(): void } | undefined;

  constructor(turn: Turn, creditor: Creditor) {
    this.#turn = turn;
    this.#creditor = creditor;
  }

  get size(): number {
    return this.#holders.size;
  }

  /** Messages that could be taken now. */
  get capacity(): number {
    return this.#creditor.capacity();
  }

  get holders(): ReadonlySet<CreditHolder> {
    return this.#holders;
  }

  /** Holders on the list of those to be asked about, gone ones included. */
  get waiting(): number {
    return this.#needing.length;
  }

  add(holder: CreditHolder): void {
    // A set of one's own costs more than the rest of an address that nobody uses.
    if (this.#holders === NOBODY) this.#holders = new Set();
    this.#holders.add(holder);
    holder.withoutCreditSinceMs = this.#turn.nowMs;
    this.#need(holder);
  }

  remove(holder: CreditHolder): void {
    if (!this.#holders.delete(holder)) return;
    this.#granted -= holder.held;
    holder.held = 0;
    this.changed();
  }

  /** The holder sent one message. Beyond its credit (which had been taken back meanwhile) nothing is counted. */
  used(holder: CreditHolder): void {
    if (holder.held === 0) return;
    this.#granted--;
    if (--holder.held > holder.lowMark) return;
    if (holder.held === 0) holder.withoutCreditSinceMs = this.#turn.nowMs;
    if (!holder.listed) this.#need(holder);
    // It has waited for its share while others hold it; with nothing left it may have its one.
    else if (holder.held === 0) this.changed();
  }

  /** The capacity grew, or credit came back: those who need some are asked about at the end of this turn. */
  changed(): void {
    if (!this.deferred && this.#needing.length > 0) this.#turn.defer(this);
  }

  /** What the capacity depends on is another: all are asked about anew. */
  renew(): void {
    this.shrunk();
    for (const holder of this.#holders) if (!holder.listed) this.#need(holder);
    this.changed();
  }

  /** The capacity shrank otherwise than by messages: what is held beyond it is taken back. */
  shrunk(): void {
    if (this.#granted === 0) return;
    const capacity = Math.max(0, this.capacity);
    if (this.#granted <= capacity) return;
    const share = this.#share(capacity);
    for (const holder of this.#holders) {
      if (holder.held > share) this.#grant(holder, share);
      if (!holder.listed) this.#need(holder);
    }
  }

  run(): void {
    const capacity = Math.max(0, this.capacity);
    if (capacity > 0) this.#distribute(capacity);
    else this.#creditor.exhausted?.();
    if (this.#granted > this.#grantedMax(capacity)) this.#revokeLater();
    else {
      this.#revocation?.cancel();
      this.#revocation = undefined;
    }
  }

  #distribute(capacity: number): void {
    const share = this.#share(capacity);
    const waiting: CreditHolder[] = [];
    for (const holder of this.#needing) {
      holder.listed = false;
      if (!this.#holders.has(holder)) continue;
      if (holder.inLine > 0) {
        waiting.push(holder);
        continue;
      }
      const free = Math.max(0, capacity - this.#granted);
      const credit = Math.max(1, Math.min(share, holder.held + free));
      if (credit > holder.held) this.#grant(holder, credit);
      // One that got less than its share is asked about again when there is more.
      if (credit < share) waiting.push(holder);
    }
    for (const holder of waiting) holder.listed = true;
    this.#needing = waiting;
  }

  /** What may be held in the long run: the capacity, and the one of each. */
  #grantedMax(capacity: number): number {
    return capacity > 0 ? capacity + this.#holders.size : 0;
  }

  #share(capacity: number): number {
    if (capacity <= 0) return 0;
    return Math.max(1, Math.min(PRODUCER_CREDIT_MAX, Math.floor(capacity / this.#holders.size)));
  }

  #grant(holder: CreditHolder, credit: number): void {
    this.#granted += credit - holder.held;
    if (credit === 0) holder.withoutCreditSinceMs = this.#turn.nowMs;
    holder.held = credit;
    holder.lowMark = credit >> 1;
    holder.port.grant(credit);
  }

  #need(holder: CreditHolder): void {
    // Holders that came and went while there was nothing to share are on the list still.
    if (this.#needing.length > 2 * this.#holders.size) this.#needing = this.#needing.filter(each => this.#holders.has(each));
    holder.listed = true;
    if (this.#needing === NOBODY_NEEDING) this.#needing = [];
    this.#needing.push(holder);
    if (!this.deferred) this.#turn.defer(this);
  }

  #revokeLater(): void {
    if (this.#revocation) return;
    this.#revocation = this.#turn.after(REVOKE_DELAY_MS, () => {
      this.#revocation = undefined;
      this.shrunk();
      this.changed();
    });
  }

  /** No more credit for anybody; the address ends. */
  close(): void {
    this.#revocation?.cancel();
    this.#holders.clear();
    this.#needing = NOBODY_NEEDING;
    this.#granted = 0;
  }
}
