import type { Turn } from '@angarium/core';

interface Answer {
  readonly dueMs: number;
  readonly run: () => void;
}

/** Answers that wait. One timer for all of them: those with the same delay are due in the order in which they came. */
export class DelayedAnswers {
  readonly #turn: Turn;
  readonly #byDelay = new Map<number, Answer[]>();
  #timer: { cancel(): void } | undefined;
  #size = 0;
  #closed = false;

  constructor(turn: Turn) {
    this.#turn = turn;
  }

  get size(): number {
    return this.#size;
  }

  /** `delayMs` should be one of a few: there is a line for each. */
  add(delayMs: number, run: () => void): void {
    if (this.#closed) return run();
    const answer = { dueMs: this.#turn.nowMs + delayMs, run };
    const line = this.#byDelay.get(delayMs);
    if (line === undefined) this.#byDelay.set(delayMs, [answer]);
    else line.push(answer);
    this.#size++;
    this.#wait();
  }

  #wait(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    let firstMs = Number.POSITIVE_INFINITY;
    for (const [first] of this.#byDelay.values()) if (first && first.dueMs < firstMs) firstMs = first.dueMs;
    if (firstMs === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#turn.after(Math.max(1, firstMs - this.#turn.nowMs), () => {
      this.#timer = undefined;
      this.#giveUntil(this.#turn.nowMs);
      this.#wait();
    });
  }

  #giveUntil(nowMs: number): void {
    for (const [delayMs, line] of [...this.#byDelay]) {
      const notYet = line.findIndex(({ dueMs }) => dueMs > nowMs);
      const due = notYet === -1 ? line : line.slice(0, notYet);
      if (notYet === -1) this.#byDelay.delete(delayMs);
      else this.#byDelay.set(delayMs, line.slice(notYet));
      this.#size -= due.length;
      for (const { run } of due) run();
    }
  }

  /** Gives all that wait, at once. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#giveUntil(Number.POSITIVE_INFINITY);
  }
}
