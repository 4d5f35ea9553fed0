import assert from 'node:assert/strict';
import { isReady, isWanted, type QueueEntry } from './queue-entry.ts';

/**
 * What somebody sees who takes nothing, such as a browser: each message once, in the order of arrival, or when its time has come. What a consumer has meanwhile
 * need not be seen.
 */
export class OnlookerRules {
  readonly colour: string | undefined;
  credit = 0;
  paused = false;
  /** The arrivals of what it has seen. */
  readonly #seen = new Set<number>();
  readonly #attachedAt: number;
  /** It has seen, or passed over, what arrived before this. */
  #from = 0;
  /** The moment up to which it is known where it was. */
  #moment: number;

  constructor(colour: string | undefined, moment: number) {
    this.colour = colour;
    this.#moment = moment;
    this.#attachedAt = moment;
  }

  saw(entry: QueueEntry, entries: Iterable<QueueEntry>, moment: number, nowMs: number): void {
    const { id } = entry.message;
    assert.ok(this.credit > 0 && !this.paused, `${id} is shown to one that wants to see it`);
    assert.ok(isWanted(entry, this), `${id} is one of those that it looks for`);
    assert.ok(
      entry.dueFromMs <= nowMs && isReady({ ...entry, dueAtMs: entry.dueFromMs }, nowMs),
      `${id} can be seen: it is with nobody, in time`,
    );
    assert.ok(!this.#seen.has(entry.arrival), `${id} is seen once`);
    assert.ok(entry.arrival >= this.#from || entry.waited, `${id} is seen in its place`);
    for (const other of entries)
      if (!entry.waited && other.arrival < entry.arrival && this.#misses(other, nowMs))
        assert.fail(`${other.message.id} is seen before ${id}`);
    this.credit--;
    this.#seen.add(entry.arrival);
    // One whose time has come later does not tell how far it is.
    if (entry.waited) return;
    this.#from = entry.arrival + 1;
    this.#moment = moment;
  }

  /** It would have been seen, since it could be all the time. */
  #misses(entry: QueueEntry, nowMs: number): boolean {
    return (
      !this.#seen.has(entry.arrival) &&
      entry.arrival >= this.#from &&
      entry.visibleSince <= this.#moment &&
      isReady(entry, nowMs) &&
      isWanted(entry, this)
    );
  }

  /** Everything that can be shown has been. */
  atRest(entries: Iterable<QueueEntry>, arrivals: number, moment: number, nowMs: number): void {
    if (this.credit === 0 || this.paused) return;
    for (const entry of entries) {
      const isDue = entry.returnedAt <= this.#attachedAt && isReady(entry, nowMs) && isWanted(entry, this);
      const missed = (isDue && !this.#seen.has(entry.arrival)) || this.#misses(entry, nowMs);
      assert.ok(!missed, `${entry.message.id} is seen by all who look on`);
    }
    this.#from = arrivals;
    this.#moment = moment;
  }
}
