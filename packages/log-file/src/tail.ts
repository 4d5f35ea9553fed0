import { Extent, ExtentList } from './extent.ts';
import type { Segment } from './segment.ts';
import type { Slab, SlabPool } from './slab-pool.ts';

/** Records larger than this, that do not fit in the open slab, get memory of their own. */
const SHARED_SIZE_BYTES_MAX = 64 * 1024;

/**
 * The newest part of the log, as it was appended: what is not durable, and of the rest as much as the limit allows.
 * A row of extents; the last one is being filled.
 */
export class Tail {
  readonly list = new ExtentList();
  readonly #pool: SlabPool;
  readonly #bytesMax: number;
  /** The slab that small records go to, and where its free part begins. */
  #open: Slab | undefined;
  #openIndex = 0;

  constructor(pool: SlabPool, bytesMax: number) {
    this.#pool = pool;
    this.#bytesMax = bytesMax;
  }

  /** A new extent at `position` with room for `sizeBytes` at the least; `index` is where the extent before it stopped. */
  startExtent(segment: Segment, position: number, sizeBytes: number, index: number): Extent {
    const extents = this.list.extents;
    const before = extents[extents.length - 1];
    if (before !== undefined && before.slab === this.#open) this.#openIndex = index;
    let extent: Extent;
    if (this.#open !== undefined && this.#openIndex + sizeBytes <= this.#open.bytes.length) {
      this.#pool.share(this.#open);
      extent = new Extent(this.#open, segment, position, position, this.#openIndex);
    } else if (sizeBytes > SHARED_SIZE_BYTES_MAX) {
      extent = new Extent(this.#pool.take(sizeBytes), segment, position, position, 0);
    } else {
      if (this.#open !== undefined) this.#pool.release(this.#open);
      this.#open = this.#pool.take(sizeBytes);
      this.#openIndex = 0;
      this.#pool.share(this.#open);
      extent = new Extent(this.#open, segment, position, position, 0);
    }
    extents.push(extent);
    return extent;
  }

  /** Bytes that are appended and not durable. */
  unsyncedBytes(durableEnd: number): number {
    const extents = this.list.extents;
    let bytes = 0;
    for (let at = extents.length - 1; at >= 0 && extents[at]!.end > durableEnd; at--) {
      bytes += extents[at]!.end - Math.max(extents[at]!.start, durableEnd);
    }
    return bytes;
  }

  /** Forgets the oldest extents that are durable, down to the limit; never the one being filled. Answers whether there were any. */
  evict(durableEnd: number): boolean {
    const extents = this.list.extents;
    const end = extents[extents.length - 1]?.end ?? 0;
    let count = 0;
    while (count < extents.length - 1 && extents[count]!.end <= durableEnd && end - extents[count]!.start > this.#bytesMax) {
      this.#pool.release(extents[count]!.slab);
      count++;
    }
    if (count > 0) extents.splice(0, count);
    return count > 0;
  }
}
