import type { Segment } from './segment.ts';
import type { Slab } from './slab-pool.ts';

/** A stretch of the log in memory: whole records of one segment. */
export class Extent {
  readonly slab: Slab;
  readonly segment: Segment;
  /** The position of the first record. */
  readonly start: number;
  /** The position after the last record. */
  end: number;
  /** A position plus `shift` is its index in the slab. */
  readonly shift: number;
  /** Everything before has its checksum and may be written. */
  sealedEnd: number;
  /** When it was last looked up, as a count of look-ups: the least recent goes first. */
  usedAt = 0;

  constructor(slab: Slab, segment: Segment, start: number, end: number, index: number) {
    this.slab = slab;
    this.segment = segment;
    this.start = start;
    this.end = end;
    this.shift = index - start;
    this.sealedEnd = start;
  }
}

/** Extents in the order of their positions; none lies within another. */
export class ExtentList {
  readonly extents: Extent[] = [];

  /** The extent that holds this position. */
  find(position: number): Extent | undefined {
    const at = this.#before(position);
    const extent = this.extents[at];
    return extent !== undefined && position < extent.end ? extent : undefined;
  }

  /** The index of the last extent that starts at or before `position`, or −1. */
  #before(position: number): number {
    let low = 0;
    let high = this.extents.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.extents[middle]!.start <= position) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Adds an extent whose start no other one holds, and cuts its end where the next one begins. */
  insert(extent: Extent): void {
    const at = this.#before(extent.start) + 1;
    const next = this.extents[at];
    if (next !== undefined && next.start < extent.end) extent.end = next.start;
    this.extents.splice(at, 0, extent);
  }

  remove(extent: Extent): void {
    const at = this.extents.indexOf(extent);
    if (at >= 0) this.extents.splice(at, 1);
  }
}
