import type { AuditEvent } from './audit-entry.ts';

/** Events that are the same within this time are one, in milliseconds. */
export const EQUAL_MS = 1000;
/** Different events of one second; further ones are counted alone. */
export const DIFFERENT_MAX = 1000;

interface Counted {
  readonly event: AuditEvent;
  readonly sinceMs: number;
  /** Those after the first one. */
  further: number;
}

/** Makes a flood of events few: the first of equal ones is given on at once, those of the next second as one when it is over. */
export class EqualEvents {
  readonly #give: (event: AuditEvent, count: number, atMs: number) => void;
  /** Oldest first. */
  readonly #counted = new Map<string, Counted>();
  #leftOut = 0;

  constructor(give: (event: AuditEvent, count: number, atMs: number) => void) {
    this.#give = give;
  }

  /** Seconds that are not over. */
  get waiting(): boolean {
    return this.#counted.size > 0;
  }

  take(event: AuditEvent, nowMs: number): void {
    this.end(nowMs);
    const key = JSON.stringify(event);
    const counted = this.#counted.get(key);
    if (counted) {
      counted.further++;
    } else if (this.#counted.size < DIFFERENT_MAX) {
      this.#counted.set(key, { event, sinceMs: nowMs, further: 0 });
      this.#give(event, 1, nowMs);
    } else {
      this.#leftOut++;
    }
  }

  /** Gives on what a second that is over has brought. */
  end(nowMs: number): void {
    for (const [key, counted] of this.#counted) {
      if (nowMs - counted.sinceMs < EQUAL_MS) return;
      this.#counted.delete(key);
      if (counted.further > 0) this.#give(counted.event, counted.further, Math.min(nowMs, counted.sinceMs + EQUAL_MS));
    }
  }

  endAll(): void {
    this.end(Number.POSITIVE_INFINITY);
  }

  /** How many there was no room for since the last time. */
  takeLeftOut(): number {
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    return leftOut;
  }
}
