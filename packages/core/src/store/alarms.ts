import { DueEntries } from '../queue/due-entries.ts';
import type { Turn } from '../turn.ts';

/** Somebody who wants to be woken at a time. */
export interface Sleeper {
  /** A number of its own. */
  readonly id: number;
  /** The time that it asked for has come, or a time that it asked for before. */
  wake(): void;
}

/** Wakes many sleepers with one timer. */
export class Alarms {
  readonly #turn: Turn;
  readonly #due = new DueEntries();
  readonly #sleepers = new Map<number, Sleeper>();
  /** What each has asked for that is still to come, the earliest. */
  readonly #asked = new Map<number, number>();
  #timer: { cancel(): void } | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;

  constructor(turn: Turn) {
    this.#turn = turn;
  }

  /** Wakes the sleeper at this time, or earlier when it has asked for that; in milliseconds since the epoch. */
  at(timeMs: number, sleeper: Sleeper): void {
    if ((this.#asked.get(sleeper.id) ?? Number.POSITIVE_INFINITY) <= timeMs) return;
    this.#asked.set(sleeper.id, timeMs);
    this.#sleepers.set(sleeper.id, sleeper);
    this.#due.push(timeMs, sleeper.id);
    this.#set();
  }

  forget(sleeper: Sleeper): void {
    this.#asked.delete(sleeper.id);
    this.#sleepers.delete(sleeper.id);
  }

  #set(): void {
    if (this.#due.nextMs >= this.#timerAtMs) return;
    this.#timer?.cancel();
    this.#timerAtMs = this.#due.nextMs;
    this.#timer = this.#turn.after(Math.min(DELAY_MS_MAX, Math.max(0, this.#timerAtMs - this.#turn.nowMs)), () => this.#ring());
  }

  #ring(): void {
    this.#timer = undefined;
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#turn.nowMs;
    while (this.#due.nextMs <= nowMs) {
      const timeMs = this.#due.nextMs;
      const id = this.#due.pop();
      // One that has asked for an earlier time since then was woken.
      if (this.#asked.get(id) !== timeMs) continue;
      this.#asked.delete(id);
      this.#sleepers.get(id)?.wake();
    }
    if (this.#due.size > 0) this.#set();
  }
}

/** The longest delay of a timer, in milliseconds: a little less than 2^31. What is later is set again then. */
const DELAY_MS_MAX = 2_000_000_000;
