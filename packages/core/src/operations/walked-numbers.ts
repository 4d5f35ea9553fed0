import type { MessageSelection } from './message-selection.ts';
import type { WalkedIndex } from './walked-place.ts';

/** The numbers that a walk comes to, in order: all that are there at its beginning, or those that were named. */
export class WalkedNumbers {
  /** Where a next walk would begin. */
  next: number;
  readonly total: number;
  /** Those that were named, and are not there; undefined: none were named. */
  readonly gone: number[] | undefined;
  readonly #index: WalkedIndex;
  readonly #end: number;
  readonly #named: readonly number[] | undefined;
  #at = 0;

  constructor(index: WalkedIndex, { from = 0, sequences }: MessageSelection) {
    this.#index = index;
    this.#end = index.tail;
    this.next = Math.max(from, index.head);
    this.#named = sequences && [...new Set(sequences)].filter(sequence => sequence >= from).sort((one, other) => one - other);
    this.total = this.#named?.length ?? index.live;
    this.gone = this.#named && [];
  }

  /** The one that is to be looked at now; undefined: there are no more. */
  current(): number | undefined {
    if (this.#named) return this.#nextNamed(this.#named);
    const sequence = this.#index.next(this.next);
    return sequence < this.#end ? sequence : undefined;
  }

  #nextNamed(named: readonly number[]): number | undefined {
    for (; this.#at < named.length; this.#at++) {
      const sequence = named[this.#at]!;
      const there = sequence >= this.#index.head && sequence < this.#end && this.#index.next(sequence) === sequence;
      if (there) return sequence;
      this.gone?.push(sequence);
    }
    return undefined;
  }

  /** It was looked at, or passed over. */
  passed(sequence: number): void {
    this.#at++;
    this.next = sequence + 1;
  }
}
