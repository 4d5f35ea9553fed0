import type { LogPosition } from '@angarium/core';
import type { LogClock } from './log-clock.ts';
import type { LogEvent } from './log-event.ts';

/** What the holds tell. */
export interface SegmentHoldsOwner {
  /** A hold has moved on or has ended: what it kept may go. */
  moved(): void;
  report(event: LogEvent): void;
}

/** Keeps the segments from a position on where they are, until it moves on, is released, or ends by itself. */
export class SegmentHold {
  /** Who holds, for the log book. */
  readonly name: string;
  /** Segments that end after this are kept. */
  from: LogPosition;
  /** Why the hold has ended by itself; what it kept may be gone since then. */
  ended: Error | undefined;
  /** Whether it was used since it was last looked at. */
  active = true;
  timer: { cancel(): void } | undefined;
  readonly #holds: SegmentHolds;

  constructor(name: string, from: LogPosition, holds: SegmentHolds) {
    this.name = name;
    this.from = from;
    this.#holds = holds;
  }

  /** What lies before `from` is not needed any more, and its holder is alive. */
  moveOn(from: LogPosition): void {
    if (this.ended === undefined) this.#holds.moveOn(this, from);
  }

  release(): void {
    this.#holds.release(this);
  }
}

/**
 * Those who read old segments while the log goes on. A holder that does nothing for some time, or whose segments a full disk needs, loses its hold: what is stored
 * next is worth more than a copy that can be made again.
 */
export class SegmentHolds {
  readonly #clock: LogClock;
  readonly #owner: SegmentHoldsOwner;
  readonly #holds = new Set<SegmentHold>();
  /** Segments that end after this are kept; infinite when nobody holds any. */
  from: LogPosition = Number.POSITIVE_INFINITY;

  constructor(clock: LogClock, owner: SegmentHoldsOwner) {
    this.#clock = clock;
    this.#owner = owner;
  }

  /** Keeps what ends after `from`. The hold ends when it has not moved on for `idleMs`. */
  hold(name: string, from: LogPosition, idleMs: number): SegmentHold {
    const hold = new SegmentHold(name, from, this);
    this.#holds.add(hold);
    this.#watch(hold, idleMs);
    this.#update();
    return hold;
  }

  moveOn(hold: SegmentHold, from: LogPosition): void {
    hold.active = true;
    if (from === hold.from) return;
    hold.from = from;
    this.#update();
    this.#owner.moved();
  }

  release(hold: SegmentHold): void {
    if (!this.#holds.delete(hold)) return;
    hold.timer?.cancel();
    this.#update();
    this.#owner.moved();
  }

  /** Ends all holds. */
  endAll(why: string): void {
    for (const hold of [...this.#holds]) this.#end(hold, why);
  }

  #watch(hold: SegmentHold, idleMs: number): void {
    hold.active = false;
    hold.timer = this.#clock.after(idleMs, () => {
      if (hold.active) this.#watch(hold, idleMs);
      else this.#end(hold, `it was not read for ${idleMs / 1000} seconds`);
    });
  }

  #end(hold: SegmentHold, why: string): void {
    hold.ended = new Error(`The log does not wait for the ${hold.name} any more: ${why}.`);
    this.#owner.report({ kind: 'hold-ended', name: hold.name, why });
    this.release(hold);
  }

  #update(): void {
    this.from = Number.POSITIVE_INFINITY;
    for (const { from } of this.#holds) this.from = Math.min(this.from, from);
  }
}
