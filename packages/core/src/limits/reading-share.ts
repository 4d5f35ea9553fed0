import type { Task, Turn } from '../turn.ts';

/** What one message costs beside its bytes, so that small ones count as what they are: work. */
const MESSAGE_COST_BYTES = 128;
/** What the connections of one space may bring in a turn while other spaces have something to say too, in bytes: about half a millisecond of work. */
const TURN_BYTES_MAX = 65_536;
/** How long after its last word a space counts as one that has something to say, in milliseconds. */
const ACTIVE_MS = 1000;

/** Something that reads, and rests when told. */
export interface Reading {
  /** It may take what waits, and read on until it is told to rest again. */
  readOn(): void;
}

/** Which address spaces have had something to say of late: the last one, and the last one before it. */
export class ReadingShares {
  readonly turn: Turn;
  #latest: ReadingShare | undefined;
  #latestMs = 0;
  #otherMs = Number.NEGATIVE_INFINITY;

  constructor(turn: Turn) {
    this.turn = turn;
  }

  /** The space has something to say; answers whether others have, too. */
  contended(share: ReadingShare): boolean {
    const { nowMs } = this.turn;
    if (this.#latest !== share) {
      this.#otherMs = this.#latest === undefined ? this.#otherMs : this.#latestMs;
      this.#latest = share;
    }
    this.#latestMs = nowMs;
    return nowMs - this.#otherMs < ACTIVE_MS;
  }
}

/**
 * What one address space may read in a turn. Alone it reads what there is; beside others each has its share, and what comes beyond it waits, one
 * connection after the other, for the next turn. So the flood of one costs the others a share of a turn, and not its whole flood.
 */
export class ReadingShare implements Task {
  deferred = false;
  readonly #shares: ReadingShares;
  #used = 0;
  #waiting: Reading[] = [];
  readonly #goOn: Task = { deferred: false, run: () => this.#readOn() };

  constructor(shares: ReadingShares) {
    this.#shares = shares;
  }

  /** Whether the reader has to rest; it is told when it may go on, and must not ask before. */
  rests(reading: Reading): boolean {
    if (this.#used < TURN_BYTES_MAX || !this.#shares.contended(this)) return false;
    this.#waiting.push(reading);
    return true;
  }

  charge(messages: number, bytes: number): void {
    this.#shares.contended(this);
    this.#used += bytes + messages * MESSAGE_COST_BYTES;
    this.#shares.turn.defer(this);
  }

  /** The end of a turn: all that it had to read has been read. Only who waits is a reason for another one. */
  run(): void {
    this.#used = 0;
    if (this.#waiting.length > 0) this.#shares.turn.deferNext(this.#goOn);
  }

  #readOn(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    let next = 0;
    // Each takes what it has; who comes after the share is used up stays in front of those that come meanwhile.
    while (next < waiting.length && this.#used < TURN_BYTES_MAX) waiting[next++]!.readOn();
    if (next < waiting.length) this.#waiting = [...waiting.slice(next), ...this.#waiting];
    if (this.#waiting.length > 0) this.#shares.turn.deferNext(this.#goOn);
  }
}
