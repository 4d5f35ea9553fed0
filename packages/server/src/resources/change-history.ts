import type { Change, Revisions } from '@angarium/core';

/** Changes that are remembered for watches, of all kinds together: about as many as a client may be behind. */
export const HISTORY_CHANGES_MAX = 10_000;

/** The last changes of documents, each at a place that goes up by one. */
export class ChangeHistory {
  readonly #revisions: Revisions;
  readonly #changes: Change[] = [];
  readonly #max: number;
  readonly #listeners = new Set<() => void>();
  readonly #stopListening: () => void;
  #end = 0;
  /** Changes up to this revision were before, and are not here. */
  #forgotten = Number.POSITIVE_INFINITY;

  constructor(revisions: Revisions, changesMax = HISTORY_CHANGES_MAX) {
    this.#revisions = revisions;
    this.#max = changesMax;
    this.#stopListening = revisions.listen(change => {
      const old = this.#changes[this.#end % changesMax];
      if (old) this.#forgotten = old.revision;
      this.#changes[this.#end % changesMax] = change;
      this.#end++;
      for (const listener of this.#listeners) listener();
    });
  }

  /** The log was read: whoever knows what there is now has missed nothing. */
  start(): void {
    this.#forgotten = this.#revisions.last;
  }

  /** The place of the next change to come. */
  get end(): number {
    return this.#end;
  }

  /** The revision of the last change that there was. */
  get revision(): number {
    return this.#revisions.last;
  }

  /** The place of the first change that is remembered. */
  get first(): number {
    return Math.max(0, this.#end - this.#max);
  }

  /** The change at a place before the end; undefined: it is not remembered any more. */
  at(place: number): Change | undefined {
    return place < this.first ? undefined : this.#changes[place % this.#max];
  }

  /** The place of the first change after this revision; undefined: some of those are not remembered any more, or it is one that nobody was told. */
  placeAfter(revision: number): number | undefined {
    if (revision < this.#forgotten || revision > this.#revisions.last) return undefined;
    let low = this.first;
    let high = this.#end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.at(middle)!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Calls `listener` after each change, until the answer is called. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  stop(): void {
    this.#stopListening();
  }
}
