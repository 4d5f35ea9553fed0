import type { EntryOrder } from './entry-order.ts';
import { ENTRY_READY, type QueueIndex } from './queue-index.ts';
import { SequenceHeap } from './sequence-heap.ts';

interface Lane {
  readonly key: number;
  readonly entries: SequenceHeap;
}

/** In turn from each key's entries, which are in the order of arrival among themselves: one that floods waits behind its own. */
export class FairOrder implements EntryOrder {
  readonly #index: QueueIndex;
  readonly #lanes = new Map<number, Lane>();
  /** Lanes with entries, and the one whose turn it is. */
  readonly #ring: Lane[] = [];
  #turn = 0;

  constructor(index: QueueIndex) {
    this.#index = index;
  }

  added(sequence: number): void {
    const key = this.#index.key(sequence);
    let lane = this.#lanes.get(key);
    if (!lane) {
      lane = { key, entries: new SequenceHeap() };
      this.#lanes.set(key, lane);
      this.#ring.push(lane);
    }
    lane.entries.push(sequence);
  }

  returned(sequence: number): void {
    this.added(sequence);
  }

  peek(): number {
    while (this.#ring.length > 0) {
      if (this.#turn >= this.#ring.length) this.#turn = 0;
      const lane = this.#ring[this.#turn]!;
      while (lane.entries.size > 0) {
        const sequence = lane.entries.peek();
        // A number of a key that is used again belongs to another lane's entries by now, which are ready under their own.
        if (this.#index.state(sequence) === ENTRY_READY && this.#index.key(sequence) === lane.key) return sequence;
        lane.entries.pop();
      }
      this.#lanes.delete(lane.key);
      this.#ring.splice(this.#turn, 1);
    }
    return -1;
  }

  pop(served: boolean): void {
    this.#ring[this.#turn]!.entries.pop();
    if (served) this.#turn++;
  }
}
