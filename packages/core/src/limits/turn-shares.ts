import type { Task, Turn } from '../turn.ts';
import type { TurnShare } from './turn-share.ts';

/** How long after its last word a space counts as one that has something to say, in milliseconds. */
const ACTIVE_MS = 1000;
/** So many turns leave somebody waiting, then those who wait rest. */
export const TURNS_UNTIL_REST = 4;
/** How long they rest, in milliseconds. */
export const REST_MS = 2;
/** They rest only if a modest space has spoken within this time, in milliseconds. */
export const MODEST_MS = 10;
/** How long a space that wanted more than its share is not modest, in milliseconds. */
const GREEDY_MS = 20;

/** Which address spaces have had something to say of late, the last one and the last one before it; and which of them wait for more than their share. */
export class TurnShares {
  readonly turn: Turn;
  #latest: TurnShare | undefined;
  #latestMs = 0;
  #otherMs = Number.NEGATIVE_INFINITY;
  #modestMs = Number.NEGATIVE_INFINITY;
  #waiting: TurnShare[] = [];
  #turnsSinceRest = 0;
  readonly #goOn: Task = { deferred: false, run: () => this.#refill() };

  constructor(turn: Turn) {
    this.turn = turn;
  }

  /** The space has something to say. */
  spoke(share: TurnShare): void {
    const { nowMs } = this.turn;
    if (this.#latest !== share) {
      this.#otherMs = this.#latest === undefined ? this.#otherMs : this.#latestMs;
      this.#latest = share;
    }
    this.#latestMs = nowMs;
    if (nowMs - share.cutMs > GREEDY_MS) this.#modestMs = nowMs;
  }

  /** Whether others than this one have had something to say. */
  contended(share: TurnShare): boolean {
    return this.turn.nowMs - (this.#latest === share ? this.#otherMs : this.#latestMs) < ACTIVE_MS;
  }

  /**
   * The space wants more than its share of this turn: it goes on in the next one. Where modest spaces speak at the same time, it rests now and
   * then, so that they find the loop asleep: one that never sleeps is late for everybody, and has to wait for its core whenever the disk's
   * threads or the collector's want it.
   */
  wait(share: TurnShare): void {
    if (this.#waiting.push(share) > 1) return;
    const { turn } = this;
    if (++this.#turnsSinceRest < TURNS_UNTIL_REST || turn.nowMs - this.#modestMs > MODEST_MS) return turn.deferNext(this.#goOn);
    this.#turnsSinceRest = 0;
    turn.after(REST_MS, () => this.#refill());
  }

  #refill(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const share of waiting) share.refill();
  }
}
