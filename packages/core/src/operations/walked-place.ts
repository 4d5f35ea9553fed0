import type { Queue } from '../queue/queue.ts';
import { ENTRY_READY } from '../queue/queue-index.ts';
import type { Stream } from '../stream/stream.ts';

/** What a walk asks of entries by their number; the index of a queue is such a one. */
export interface WalkedIndex {
  readonly head: number;
  readonly tail: number;
  readonly live: number;
  next(from: number): number;
  state(sequence: number): number;
  position(sequence: number): number;
  sizeBytes(sequence: number): number;
  attempts(sequence: number): number;
  acquiredBefore(sequence: number): boolean;
  expiresAtMs(sequence: number): number;
  dueAtMs(sequence: number): number;
}

/** The messages of a stream as those of a queue: all that are on disk are ready, and stay so. */
export class StreamEntries implements WalkedIndex {
  readonly #stream: Stream;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  get head(): number {
    return this.#stream.index.head;
  }

  get tail(): number {
    return this.#stream.readableTo();
  }

  get live(): number {
    return this.#stream.index.live;
  }

  next(from: number): number {
    return this.#stream.index.next(from);
  }

  state(): number {
    return ENTRY_READY;
  }

  position(offset: number): number {
    return this.#stream.index.position(offset);
  }

  sizeBytes(offset: number): number {
    return this.#stream.index.sizeBytes(offset);
  }

  attempts(): number {
    return 0;
  }

  acquiredBefore(): boolean {
    return false;
  }

  expiresAtMs(): number {
    return 0;
  }

  dueAtMs(): number {
    return 0;
  }
}

/** What a walk goes through, by the id under which the shard has it. */
export interface WalkedPlace {
  readonly stored: Queue | Stream;
  readonly index: WalkedIndex;
}
