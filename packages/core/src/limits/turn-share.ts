import type { Task, Turn } from '../turn.ts';

/** What one message costs beside its bytes, so that small ones count as what they are: work. */
const MESSAGE_COST_BYTES = 128;
/** What the connections of one space may bring in a turn while other spaces have something to say too, in bytes; and what they may be given. Each is about a tenth of a millisecond of work. */
export const TURN_BYTES_MAX = 4_096;
/** How long after its last word a space counts as one that has something to say, in milliseconds. */
const ACTIVE_MS = 1000;
/** Deliveries that a queue or a reader makes in a turn before others have the loop; messages that a filter passes over count as well. */
export const DELIVERIES_PER_TURN_MAX = 512;

/** Something that reads, and rests when told. */
export interface Reading {
  /** It may take what waits, and read on until it is told to rest again. */
  readOn(): void;
}

/** Which address spaces have had something to say of late: the last one, and the last one before it. */
export class TurnShares {
  readonly turn: Turn;
  #latest: TurnShare | undefined;
  #latestMs = 0;
  #otherMs = Number.NEGATIVE_INFINITY;

  constructor(turn: Turn) {
    this.turn = turn;
  }

  /** The space has something to say. */
  spoke(share: TurnShare): void {
    if (this.#latest !== share) {
      this.#otherMs = this.#latest === undefined ? this.#otherMs : this.#latestMs;
      this.#latest = share;
    }
    this.#latestMs = this.turn.nowMs;
  }

  /** Whether others than this one have had something to say. */
  contended(share: TurnShare): boolean {
    return this.turn.nowMs - (this.#latest === share ? this.#otherMs : this.#latestMs) < ACTIVE_MS;
  }
}

/**
 * What one address space may read and deliver in a turn. Alone it takes what there is; beside others each has its share, and what is beyond it
 * waits, one connection after the other, for the next turn. So the flood of one costs the others a share of a turn, and not its whole flood.
 */
export class TurnShare implements Task {
  deferred = false;
  readonly #shares: TurnShares;
  #read = 0;
  #delivered = 0;
  #waiting: Reading[] = [];
  readonly #goOn: Task = { deferred: false, run: () => this.#readOn() };

  constructor(shares: TurnShares) {
    this.#shares = shares;
  }

  /** Bytes that may be read in this turn; Infinity while the space is alone. */
  get readable(): number {
    return this.#shares.contended(this) ? Math.max(0, TURN_BYTES_MAX - this.#read) : Number.POSITIVE_INFINITY;
  }

  /** Deliveries that a queue or a reader may make now; 0: not before the next turn. */
  get deliverable(): number {
    if (!this.#shares.contended(this)) return DELIVERIES_PER_TURN_MAX;
    return Math.max(0, Math.ceil((TURN_BYTES_MAX - this.#delivered) / MESSAGE_COST_BYTES));
  }

  /** Whether the reader has to rest; it is told when it may go on, and must not ask before. */
  rests(reading: Reading): boolean {
    if (this.#read < TURN_BYTES_MAX || !this.#shares.contended(this)) return false;
    this.#waiting.push(reading);
    return true;
  }

  /** So much has been read. */
  charge(messages: number, bytes: number): void {
    this.#shares.spoke(this);
    this.#read += bytes + messages * MESSAGE_COST_BYTES;
    this.#shares.turn.deferLast(this);
  }

  /** So much has been delivered, of what was stored. */
  delivered(messages: number, bytes: number): void {
    this.#delivered += bytes + messages * MESSAGE_COST_BYTES;
    this.#shares.turn.deferLast(this);
  }

  /** The end of a turn. Only who waits is a reason for another one. */
  run(): void {
    this.#read = 0;
    this.#delivered = 0;
    if (this.#waiting.length > 0) this.#shares.turn.deferNext(this.#goOn);
  }

  #readOn(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    let next = 0;
    // Each takes what it has; who comes after the share is used up stays in front of those that come meanwhile.
    while (next < waiting.length && this.#read < TURN_BYTES_MAX) waiting[next++]!.readOn();
    if (next < waiting.length) this.#waiting = [...waiting.slice(next), ...this.#waiting];
    if (this.#waiting.length > 0) this.#shares.turn.deferNext(this.#goOn);
  }
}
