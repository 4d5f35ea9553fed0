import type { LogClock } from './log-clock.ts';

/** A piece of memory, shown as bytes and as words. Extents share it, and the last of them gives it back. */
export class Slab {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  /** Counts the extents (and reads under way) that lie in this slab; moved by `SlabPool.take`, `share` and `release`. */
  references = 1;

  constructor(sizeBytes: number) {
    const buffer = new ArrayBuffer(sizeBytes);
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
  }
}

/** Slabs kept for the next use, at most. */
const FREE_SLABS_MAX = 16;

/**
 * Memory of one size, used again and again. A slab that was given back rests until the turn in which somebody may still look at
 * a record in it has surely ended.
 */
export class SlabPool {
  readonly slabSizeBytes: number;
  readonly #clock: LogClock;
  readonly #free: Slab[] = [];
  #resting: Slab[] = [];
  #rested: Slab[] = [];
  #deferred = false;

  constructor(slabSizeBytes: number, clock: LogClock) {
    this.slabSizeBytes = slabSizeBytes;
    this.#clock = clock;
  }

  /** A slab of at least `sizeBytes`; larger ones than usual are made for the purpose. */
  take(sizeBytes: number): Slab {
    if (sizeBytes > this.slabSizeBytes) return new Slab((sizeBytes + 7) & ~7);
    const slab = this.#free.pop();
    if (slab === undefined) return new Slab(this.slabSizeBytes);
    slab.references = 1;
    return slab;
  }

  share(slab: Slab): void {
    slab.references++;
  }

  release(slab: Slab): void {
    if (--slab.references > 0 || slab.bytes.length !== this.slabSizeBytes) return;
    this.#resting.push(slab);
    if (!this.#deferred) {
      this.#deferred = true;
      this.#clock.defer(this.#rest);
    }
  }

  /** Two ends of turns must pass: the first one may be that of the turn before the look. */
  readonly #rest = (): void => {
    for (const slab of this.#rested) if (this.#free.length < FREE_SLABS_MAX) this.#free.push(slab);
    this.#rested = this.#resting;
    this.#resting = [];
    this.#deferred = this.#rested.length > 0;
    if (this.#deferred) this.#clock.defer(this.#rest);
  };
}
