import { PRIORITY_DEFAULT } from '../message/message.ts';
import { ENTRY_READY, type QueueIndex } from './queue-index.ts';
import { SequenceHeap } from './sequence-heap.ts';

/** In which order the ready entries of a queue are given out. */
export interface EntryOrder {
  /** A new entry is ready. */
  added(sequence: number): void;
  /** An entry that was given out, or waited for its time, is ready. */
  returned(sequence: number): void;
  /** The next entry, which stays where it is; -1: none. */
  peek(): number;
  /** The entry that `peek` has just answered is given out; where it is not `served`, it is passed over, and takes no turn from others. */
  pop(served: boolean): void;
}

/** Places in a heap beyond the live entries of the queue, from which on those that are taken by now are dropped. */
const STALE_MAX = 64;
const PRIORITIES = 10;

/**
 * By priority, and in the order of arrival. Entries of the default priority that were never given out are found by a cursor, at no cost in
 * memory; what came back, and what has another priority, lies in heaps.
 */
export class PriorityOrder implements EntryOrder {
  readonly #index: QueueIndex;
  #cursor: number;
  readonly #returned = new SequenceHeap();
  /** Made when an entry of another priority comes. */
  #others: SequenceHeap[] | undefined;
  /** Where the entry that `peek` answered lies; undefined: at the cursor. */
  #from: SequenceHeap | undefined;

  /** Begins at the queue's first entry; those that are apart have to be added. */
  constructor(index: QueueIndex) {
    this.#index = index;
    this.#cursor = index.head;
  }

  added(sequence: number): void {
    const priority = this.#index.priority(sequence);
    if (priority !== PRIORITY_DEFAULT) this.#push(this.#heap(priority), sequence);
  }

  returned(sequence: number): void {
    const priority = this.#index.priority(sequence);
    if (priority !== PRIORITY_DEFAULT) this.#push(this.#heap(priority), sequence);
    else if (sequence < this.#cursor) this.#push(this.#returned, sequence);
  }

  #heap(priority: number): SequenceHeap {
    this.#others ??= Array.from({ length: PRIORITIES }, () => new SequenceHeap());
    return this.#others[Math.min(priority, PRIORITIES - 1)]!;
  }

  #push(heap: SequenceHeap, sequence: number): void {
    // Others take what lies here, too: nobody looks while nobody consumes, and it must not grow without end.
    if (heap.size > 2 * this.#index.live + STALE_MAX) heap.keep(each => this.#index.state(each) === ENTRY_READY);
    heap.push(sequence);
  }

  peek(): number {
    const others = this.#others;
    if (others) {
      for (let priority = PRIORITIES - 1; priority > PRIORITY_DEFAULT; priority--) {
        const sequence = this.#top(others[priority]!);
        if (sequence >= 0) return sequence;
      }
    }
    const sequence = this.#returned.size > 0 ? this.#top(this.#returned) : -1;
    if (sequence >= 0) return sequence;
    this.#from = undefined;
    this.#cursor = this.#index.nextReady(this.#cursor);
    if (this.#cursor < this.#index.tail) return this.#cursor;
    if (others) {
      for (let priority = PRIORITY_DEFAULT - 1; priority >= 0; priority--) {
        const low = this.#top(others[priority]!);
        if (low >= 0) return low;
      }
    }
    return -1;
  }

  /** The first of the heap that is ready still. */
  #top(heap: SequenceHeap): number {
    while (heap.size > 0) {
      const sequence = heap.peek();
      if (this.#index.state(sequence) === ENTRY_READY) {
        this.#from = heap;
        return sequence;
      }
      heap.pop();
    }
    return -1;
  }

  pop(): void {
    if (this.#from) this.#from.pop();
    else this.#cursor++;
  }
}
