import { NO_ACCOUNT, type StoredAccount } from '../limits/stored-account.ts';
import { PRIORITY_DEFAULT } from '../message/message.ts';

/**
 * What memory holds of a queue: a row of entries by sequence number, a message's place in the log and its state, 13 bytes each.
 * Bodies are in the log.
 *
 * Entries lie in blocks of 512 in typed arrays; a block with nothing live in it is dropped, so that an empty queue holds none.
 */
export const ENTRY_NONE = 0;
export const ENTRY_READY = 1;
/** Handed to a consumer, not settled. */
export const ENTRY_ACQUIRED = 2;
/** Waits for its time. */
export const ENTRY_SCHEDULED = 3;
/** On its way to another address. */
export const ENTRY_LEAVING = 4;
export type EntryState = typeof ENTRY_READY | typeof ENTRY_ACQUIRED | typeof ENTRY_SCHEDULED | typeof ENTRY_LEAVING;

const BLOCK_BITS = 9;
const BLOCK_ENTRIES = 1 << BLOCK_BITS;
const BLOCK_MASK = BLOCK_ENTRIES - 1;

class Block {
  readonly positions = new Float64Array(BLOCK_ENTRIES);
  readonly sizes = new Uint32Array(BLOCK_ENTRIES);
  /** Low bits the state, then flags. */
  readonly states = new Uint8Array(BLOCK_ENTRIES);
  /** Made when an entry needs them. */
  attempts: Uint32Array | undefined;
  expiries: Float64Array | undefined;
  dues: Float64Array | undefined;
  priorities: Uint8Array | undefined;
  keys: Uint32Array | undefined;
  /** Acquisitions but the first. */
  repeats: Uint16Array | undefined;
  live = 0;
}

const STATE_MASK = 0x0f;
const FLAG_DURABLE = 0x10;
/** Somebody may have had it before: handed out earlier, or before a restart. */
const FLAG_ACQUIRED_BEFORE = 0x20;
const FLAG_GROUPED = 0x40;
/** It has a place of its own in the order, where a walk along the sequence does not look. */
const FLAG_APART = 0x80;
const REPEATS_MAX = 0xffff;
/** No sequence lies in a block that begins here. */
const NOWHERE = -2 * BLOCK_ENTRIES;

/** What all empty queues have in common; it stays empty. */
const NO_BLOCKS: (Block | undefined)[] = [];

export class QueueIndex {
  /** Blocks from `#first` on; gaps are undefined. */
  #blocks = NO_BLOCKS;
  #first = 0;
  /** The last block used: most accesses are to the same one. */
  #blockStart = NOWHERE;
  #block: Block | undefined;
  #apart = 0;
  /** Sequence of the next entry. */
  tail = 0;
  live = 0;
  liveBytes = 0;
  /** Where what is here is counted too. */
  account: StoredAccount = NO_ACCOUNT;
  /** Entries that expire some day. */
  expiring = 0;

  #find(sequence: number): Block | undefined {
    const offset = sequence - this.#blockStart;
    if (offset >= 0 && offset < BLOCK_ENTRIES) return this.#block;
    const number = Math.floor(sequence / BLOCK_ENTRIES);
    this.#blockStart = number * BLOCK_ENTRIES;
    this.#block = this.#blocks[number - this.#first];
    return this.#block;
  }

  #make(sequence: number): Block {
    const number = Math.floor(sequence / BLOCK_ENTRIES);
    if (this.#blocks === NO_BLOCKS) this.#blocks = [];
    if (this.#blocks.length === 0) this.#first = number;
    while (number < this.#first) {
      // Only a replay after compaction comes here, where old entries follow newer ones.
      this.#blocks.unshift(undefined);
      this.#first--;
    }
    while (this.#blocks.length <= number - this.#first) this.#blocks.push(undefined);
    const block = new Block();
    this.#blocks[number - this.#first] = block;
    this.#blockStart = number * BLOCK_ENTRIES;
    this.#block = block;
    return block;
  }

  /** The first sequence that may have an entry. */
  get head(): number {
    return this.#blocks.length === 0 ? this.tail : this.#first * BLOCK_ENTRIES;
  }

  put(sequence: number, position: number, sizeBytes: number, durable: boolean, expiresAtMs: number): void {
    const block = this.#find(sequence) ?? this.#make(sequence);
    const at = sequence & BLOCK_MASK;
    block.positions[at] = position;
    block.sizes[at] = sizeBytes;
    block.states[at] = durable ? ENTRY_READY | FLAG_DURABLE : ENTRY_READY;
    block.live++;
    if (expiresAtMs > 0) {
      block.expiries ??= new Float64Array(BLOCK_ENTRIES);
      block.expiries[at] = expiresAtMs;
      this.expiring++;
    }
    this.live++;
    this.liveBytes += sizeBytes;
    this.account.add(1, sizeBytes);
    if (sequence === this.tail) this.tail++;
    else this.skip(sequence);
  }

  state(sequence: number): number {
    const block = this.#find(sequence);
    return block === undefined ? ENTRY_NONE : block.states[sequence & BLOCK_MASK]! & STATE_MASK;
  }

  setState(sequence: number, state: EntryState): void {
    const block = this.#find(sequence)!;
    const at = sequence & BLOCK_MASK;
    block.states[at] = (block.states[at]! & ~STATE_MASK) | state;
  }

  acquire(sequence: number): void {
    const block = this.#find(sequence)!;
    const at = sequence & BLOCK_MASK;
    const before = block.states[at]!;
    block.states[at] = (before & ~STATE_MASK) | ENTRY_ACQUIRED | FLAG_ACQUIRED_BEFORE;
    if ((before & FLAG_ACQUIRED_BEFORE) === 0) return;
    block.repeats ??= new Uint16Array(BLOCK_ENTRIES);
    if (block.repeats[at]! < REPEATS_MAX) block.repeats[at]!++;
  }

  /** How often somebody acquired it, as far as this process knows. */
  acquisitions(sequence: number): number {
    const block = this.#find(sequence)!;
    const at = sequence & BLOCK_MASK;
    return ((block.states[at]! & FLAG_ACQUIRED_BEFORE) === 0 ? 0 : 1) + (block.repeats?.[at] ?? 0);
  }

  grouped(sequence: number): boolean {
    return (this.#find(sequence)!.states[sequence & BLOCK_MASK]! & FLAG_GROUPED) !== 0;
  }

  markGrouped(sequence: number): void {
    this.#find(sequence)!.states[sequence & BLOCK_MASK]! |= FLAG_GROUPED;
  }

  /** 0 to 9. */
  priority(sequence: number): number {
    return this.#find(sequence)?.priorities?.[sequence & BLOCK_MASK] ?? PRIORITY_DEFAULT;
  }

  setPriority(sequence: number, priority: number): void {
    const block = this.#find(sequence)!;
    block.priorities ??= new Uint8Array(BLOCK_ENTRIES).fill(PRIORITY_DEFAULT);
    block.priorities[sequence & BLOCK_MASK] = priority;
  }

  /** Something has a place of its own. */
  get hasApart(): boolean {
    return this.#apart > 0;
  }

  /** `next` and `nextReady` differ in this: the latter passes over what is apart. */
  markApart(sequence: number): void {
    this.#apart++;
    this.#find(sequence)!.states[sequence & BLOCK_MASK]! |= FLAG_APART;
  }

  /** By priority, and then by the order of arrival. */
  isBefore(sequence: number, other: number): boolean {
    const [one, two] = [this.priority(sequence), this.priority(other)];
    return one > two || (one === two && sequence < other);
  }

  /** 0: none. */
  key(sequence: number): number {
    return this.#find(sequence)?.keys?.[sequence & BLOCK_MASK] ?? 0;
  }

  setKey(sequence: number, key: number): void {
    const block = this.#find(sequence)!;
    block.keys ??= new Uint32Array(BLOCK_ENTRIES);
    block.keys[sequence & BLOCK_MASK] = key;
  }

  /** When it may be delivered, in milliseconds since the epoch; 0: at once. */
  dueAtMs(sequence: number): number {
    return this.#find(sequence)?.dues?.[sequence & BLOCK_MASK] ?? 0;
  }

  setDueAtMs(sequence: number, dueAtMs: number): void {
    const block = this.#find(sequence)!;
    if (dueAtMs === 0 && !block.dues) return;
    block.dues ??= new Float64Array(BLOCK_ENTRIES);
    block.dues[sequence & BLOCK_MASK] = dueAtMs;
  }

  position(sequence: number): number {
    return this.#find(sequence)!.positions[sequence & BLOCK_MASK]!;
  }

  moved(sequence: number, position: number, sizeBytes: number): void {
    const block = this.#find(sequence)!;
    const at = sequence & BLOCK_MASK;
    const more = sizeBytes - block.sizes[at]!;
    this.liveBytes += more;
    this.account.add(0, more);
    block.positions[at] = position;
    block.sizes[at] = sizeBytes;
  }

  /** The sequence is taken, with no entry. */
  skip(sequence: number): void {
    if (sequence < this.tail) return;
    const before = this.tail;
    this.tail = sequence + 1;
    // An empty block was kept for the entries that are not coming now.
    if (this.#find(before)?.live === 0) this.#drop(before);
  }

  sizeBytes(sequence: number): number {
    return this.#find(sequence)!.sizes[sequence & BLOCK_MASK]!;
  }

  durable(sequence: number): boolean {
    return (this.#find(sequence)!.states[sequence & BLOCK_MASK]! & FLAG_DURABLE) !== 0;
  }

  acquiredBefore(sequence: number): boolean {
    return (this.#find(sequence)!.states[sequence & BLOCK_MASK]! & FLAG_ACQUIRED_BEFORE) !== 0;
  }

  markAcquiredBefore(sequence: number): void {
    this.#find(sequence)!.states[sequence & BLOCK_MASK]! |= FLAG_ACQUIRED_BEFORE;
  }

  /** Failed attempts. */
  attempts(sequence: number): number {
    return this.#find(sequence)?.attempts?.[sequence & BLOCK_MASK] ?? 0;
  }

  setAttempts(sequence: number, attempts: number): void {
    const block = this.#find(sequence)!;
    block.attempts ??= new Uint32Array(BLOCK_ENTRIES);
    block.attempts[sequence & BLOCK_MASK] = attempts;
  }

  /** Milliseconds since the epoch; 0: never. */
  expiresAtMs(sequence: number): number {
    return this.#find(sequence)?.expiries?.[sequence & BLOCK_MASK] ?? 0;
  }

  remove(sequence: number): void {
    const block = this.#find(sequence)!;
    const at = sequence & BLOCK_MASK;
    this.live--;
    this.liveBytes -= block.sizes[at]!;
    this.account.add(-1, -block.sizes[at]!);
    if ((block.states[at]! & FLAG_APART) !== 0) this.#apart--;
    block.states[at] = ENTRY_NONE;
    if (block.attempts) block.attempts[at] = 0;
    if (block.repeats) block.repeats[at] = 0;
    if (block.dues) block.dues[at] = 0;
    if (block.priorities) block.priorities[at] = PRIORITY_DEFAULT;
    if (block.keys) block.keys[at] = 0;
    if (block.expiries && block.expiries[at]! > 0) {
      block.expiries[at] = 0;
      this.expiring--;
    }
    if (--block.live === 0) this.#drop(sequence);
  }

  #drop(sequence: number): void {
    const number = Math.floor(sequence / BLOCK_ENTRIES);
    // New entries go to this one next: a queue that is always nearly empty must not make a block for each message.
    if (number === Math.floor(this.tail / BLOCK_ENTRIES)) return;
    this.#blocks[number - this.#first] = undefined;
    while (this.#blocks.length > 0 && this.#blocks[0] === undefined) {
      this.#blocks.shift();
      this.#first++;
    }
    this.#blockStart = NOWHERE;
    this.#block = undefined;
  }

  /** Nobody uses the queue for now: an empty one gives its last block back. */
  shrink(): void {
    if (this.live > 0) return;
    this.#blocks = NO_BLOCKS;
    this.#blockStart = NOWHERE;
    this.#block = undefined;
  }

  /** The next sequence at or after `from` that has an entry; `tail` when there is none. Skips whole blocks. */
  next(from: number): number {
    return this.#seek(from, STATE_MASK, ENTRY_NONE, false);
  }

  /** The next sequence at or after `from` that is ready and not apart; `tail` when there is none. */
  nextReady(from: number): number {
    // Nearly always it is this very one.
    const block = this.#find(from);
    if (block !== undefined && (block.states[from & BLOCK_MASK]! & (STATE_MASK | FLAG_APART)) === ENTRY_READY) return from;
    return this.#seek(from, STATE_MASK | FLAG_APART, ENTRY_READY, true);
  }

  #seek(from: number, mask: number, state: number, equal: boolean): number {
    let sequence = Math.max(from, this.head);
    while (sequence < this.tail) {
      const block = this.#find(sequence);
      if (block === undefined || block.live === 0) {
        sequence = (Math.floor(sequence / BLOCK_ENTRIES) + 1) * BLOCK_ENTRIES;
        continue;
      }
      if (((block.states[sequence & BLOCK_MASK]! & mask) === state) === equal) return sequence;
      sequence++;
    }
    return this.tail;
  }
}
