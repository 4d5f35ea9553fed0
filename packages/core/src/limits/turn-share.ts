import type { Task } from '../turn.ts';
import type { TurnShares } from './turn-shares.ts';
import { UsedShare } from './used-share.ts';

/** Deliveries that a queue or a reader makes in a turn before others have the loop; messages that a filter passes over count as well. */
export const DELIVERIES_PER_TURN_MAX = 512;

/** Something that reads, and rests when told. */
export interface Reading {
  /** It may take what waits, and read on until it is told to rest again. */
  readOn(): void;
}

/**
 * What one address space may read and deliver in a turn. Alone it takes what there is; beside others each has its share, and what is beyond it
 * waits, one connection after the other, for the next turn. So the flood of one costs the others a share of a turn, and not its whole flood.
 */
export class TurnShare implements Task {
  deferred = false;
  /** When it has last wanted more than its share. */
  cutMs = Number.NEGATIVE_INFINITY;
  readonly #shares: TurnShares;
  readonly #read = new UsedShare();
  readonly #delivered = new UsedShare();
  #readers: Reading[] = [];
  readonly #deliverers = new Set<Task>();
  /** It has been told of as one that waits. */
  #waits = false;

  constructor(shares: TurnShares) {
    this.#shares = shares;
  }

  /** Bytes that may be read in this turn; Infinity while the space is alone. */
  get readable(): number {
    return this.#shares.contended(this) ? this.#read.bytesLeft : Number.POSITIVE_INFINITY;
  }

  /** Deliveries that a queue or a reader may make now; 0: it is told when it may make more, see `deliverLater`. */
  get deliverable(): number {
    return this.#shares.contended(this) ? this.#delivered.messagesLeft : DELIVERIES_PER_TURN_MAX;
  }

  /** Whether the reader has to rest; it is told when it may go on, and must not ask before. */
  rests(reading: Reading): boolean {
    if (!this.#read.up || !this.#shares.contended(this)) return false;
    this.#readers.push(reading);
    return true;
  }

  /** What has more to deliver than it might is run again when it may. */
  deliverLater(deliverer: Task): void {
    if (!this.#shares.contended(this)) return this.#shares.turn.deferNext(deliverer);
    this.#deliverers.add(deliverer);
    this.#shares.turn.deferLast(this);
  }

  /** So much has been read. */
  charge(messages: number, bytes: number): void {
    this.#shares.spoke(this);
    this.#read.add(messages, bytes);
    this.#shares.turn.deferLast(this);
  }

  /** So much has been delivered, of what was stored. */
  delivered(messages: number, bytes: number): void {
    this.#delivered.add(messages, bytes);
    this.#shares.turn.deferLast(this);
  }

  /** The end of a turn. Only who waits is a reason for another one. */
  run(): void {
    if (this.#waits) return;
    if (this.#readers.length + this.#deliverers.size === 0) return this.#clear();
    this.#waits = true;
    this.cutMs = this.#shares.turn.nowMs;
    this.#shares.wait(this);
  }

  /** Those who wait have a new share. */
  refill(): void {
    this.#waits = false;
    this.#clear();
    for (const deliverer of this.#deliverers) this.#shares.turn.defer(deliverer);
    this.#deliverers.clear();
    const readers = this.#readers;
    this.#readers = [];
    let next = 0;
    // Each takes what it has; who comes after the share is used up stays in front of those that come meanwhile.
    while (next < readers.length && !this.#read.up) readers[next++]!.readOn();
    if (next < readers.length) this.#readers = [...readers.slice(next), ...this.#readers];
  }

  #clear(): void {
    this.#read.clear();
    this.#delivered.clear();
  }
}
