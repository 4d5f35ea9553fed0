import { NO_ACCOUNT, type StoredAccount } from '../limits/stored-account.ts';
import { NearNumbers } from './near-numbers.ts';

const BLOCK_ENTRIES = 1024;
const BLOCK_MASK = BLOCK_ENTRIES - 1;

class Block {
  readonly positions = new NearNumbers(BLOCK_ENTRIES);
  readonly times = new NearNumbers(BLOCK_ENTRIES);
  /** 0: there is no entry. */
  readonly sizes = new Uint32Array(BLOCK_ENTRIES);
}

/**
 * What memory holds of a stream: for each offset the message's place in the log, its size, and when it was stored, 12 bytes together. Bodies are in the
 * log. Entries lie in blocks of 1,024; they come at the end and go at the front, and in between one is missing only where the log was damaged.
 */
export class StreamIndex {
  /** By their number, which is that of their offsets but for the lowest bits. */
  readonly #blocks = new Map<number, Block>();
  /** The last block used: most accesses are to the same one. */
  #at = -1;
  #block: Block | undefined;
  /** The first offset that may have an entry, and the one of the next entry. */
  head = 0;
  tail = 0;
  live = 0;
  liveBytes = 0;
  /** Where what is here is counted too. */
  account: StoredAccount = NO_ACCOUNT;

  #find(offset: number): Block | undefined {
    const number = Math.floor(offset / BLOCK_ENTRIES);
    if (number !== this.#at) {
      this.#at = number;
      this.#block = this.#blocks.get(number);
    }
    return this.#block;
  }

  #make(offset: number): Block {
    const block = new Block();
    this.#at = Math.floor(offset / BLOCK_ENTRIES);
    this.#block = block;
    this.#blocks.set(this.#at, block);
    return block;
  }

  /** An entry at the end; in a replay anywhere, in place of the one that may be there. */
  put(offset: number, position: number, sizeBytes: number, storedAtMs: number): void {
    const block = this.#find(offset) ?? this.#make(offset);
    const at = offset & BLOCK_MASK;
    const another = block.sizes[at] === 0 ? 1 : 0;
    const more = sizeBytes - block.sizes[at]!;
    this.live += another;
    this.liveBytes += more;
    this.account.add(another, more);
    block.positions.set(at, position);
    block.sizes[at] = sizeBytes;
    block.times.set(at, storedAtMs);
    if (offset >= this.tail) this.tail = offset + 1;
  }

  has(offset: number): boolean {
    return this.sizeBytes(offset) > 0;
  }

  position(offset: number): number {
    return this.#find(offset)!.positions.get(offset & BLOCK_MASK);
  }

  sizeBytes(offset: number): number {
    return this.#find(offset)?.sizes[offset & BLOCK_MASK] ?? 0;
  }

  /** Milliseconds since the epoch; never less than of an earlier offset. */
  storedAtMs(offset: number): number {
    return this.#find(offset)!.times.get(offset & BLOCK_MASK);
  }

  moved(offset: number, position: number, sizeBytes: number): void {
    const block = this.#find(offset)!;
    const at = offset & BLOCK_MASK;
    const more = sizeBytes - block.sizes[at]!;
    this.liveBytes += more;
    this.account.add(0, more);
    block.positions.set(at, position);
    block.sizes[at] = sizeBytes;
  }

  /** The message is lost; its offset stays taken. */
  remove(offset: number): void {
    const block = this.#find(offset)!;
    this.live--;
    this.liveBytes -= block.sizes[offset & BLOCK_MASK]!;
    this.account.add(-1, -block.sizes[offset & BLOCK_MASK]!);
    block.sizes[offset & BLOCK_MASK] = 0;
  }

  /** The first offset from `from` on that has an entry; `tail` where there is none. */
  next(from: number): number {
    let offset = Math.max(from, this.head);
    while (offset < this.tail && this.sizeBytes(offset) === 0) offset++;
    return offset;
  }

  /** Forgets all entries below `end`, which becomes the head. */
  dropBefore(end: number): void {
    for (let offset = this.next(0); offset < Math.min(end, this.tail); offset = this.next(offset + 1)) this.remove(offset);
    const last = Math.floor(Math.max(this.head, end) / BLOCK_ENTRIES);
    for (let number = Math.floor(this.head / BLOCK_ENTRIES); number < last; number++) this.#blocks.delete(number);
    this.#at = -1;
    this.#block = undefined;
    this.head = Math.max(this.head, end);
    this.tail = Math.max(this.tail, end);
  }

  /**
   * The replay is over: entries below `front` are forgotten, and times are made to rise with the offsets, where the clock was set back or a message
   * was lost, so that they can be searched.
   */
  settle(front: number): void {
    let lowest = Number.POSITIVE_INFINITY;
    for (const number of this.#blocks.keys()) lowest = Math.min(lowest, number);
    this.head = this.#blocks.size === 0 ? front : lowest * BLOCK_ENTRIES;
    this.dropBefore(front);
    this.dropBefore(this.next(front));
    let latestMs = 0;
    for (let offset = this.head; offset < this.tail; offset++) {
      const block = this.#find(offset) ?? this.#make(offset);
      const at = offset & BLOCK_MASK;
      if (block.sizes[at]! > 0) latestMs = Math.max(latestMs, block.times.get(at));
      block.times.set(at, latestMs);
    }
  }

  /** The first offset that was stored at this time or later; `tail` where there is none yet. */
  firstSince(timeMs: number): number {
    let low = this.head;
    let high = this.tail;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.storedAtMs(middle) < timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
