import type { AddressCounters, Retention } from '../address/address.ts';
import type { Confirmation } from '../delivery/delivery.ts';
import type { Refusal } from '../delivery/refusal.ts';
import { moveAccount, NO_ACCOUNT } from '../limits/stored-account.ts';
import type { TurnShare } from '../limits/turn-share.ts';
import { emptyMessage, type Message } from '../message/message.ts';
import type { Observers } from '../observe/observers.ts';
import { NOBODY, type QueueOwner } from '../queue/queue-owner.ts';
import type { Log, LogPosition } from '../store/log.ts';
import { readStored, storeStoredAtMs } from '../store/records.ts';
import type { Shard } from '../store/shard.ts';
import type { StoredQueue } from '../store/stored-queue.ts';
import type { Task } from '../turn.ts';
import type { ReadFrom } from './read-from.ts';
import { StreamIndex } from './stream-index.ts';
import type { StreamReader } from './stream-reader.ts';

/** Messages that one stream gives up in a turn before others have the loop. */
export const TRIMMED_PER_TURN_MAX = 20_000;
/** The stream's own mark in the log: everything below this offset is given up. */
const MARK_HEAD = 0;

/**
 * Stored messages that are read and not taken, each with its offset: 0 for the first that ever came, and never given to another. They go from the front
 * only, when there are more, or older ones, than are kept. Readers see what is on disk, so that no offset is seen that a crash could undo.
 */
export class Stream implements StoredQueue, Task, Confirmation {
  deferred = false;
  readonly id: number;
  readonly index = new StreamIndex();
  readonly shard: Shard;
  observers: Observers | undefined;
  readonly readers = new Set<StreamReader>();
  /** Readers that have seen everything there is for now. */
  readonly #waiting = new Set<StreamReader>();
  #owner = NOBODY;
  #kept = true;
  #retention: Retention = {};
  /** Offsets below are on disk. */
  #readableEnd = 0;
  /** Up to here it was asked to be on disk. */
  #askedEnd = 0;
  /** Of what has to be on disk for the newest message to count; −1: its unit has not ended yet. */
  #lastPosition: LogPosition = -1;
  #latestMs = 0;
  #closed = false;

  constructor(id: number, shard: Shard) {
    this.id = id;
    this.shard = shard;
  }

  /** `kept`: the stream and its messages outlive a restart. */
  own(owner: QueueOwner, kept: boolean, retention: Retention | undefined): void {
    this.#owner = owner;
    this.#kept = kept;
    moveAccount(this.index, owner.limits?.account ?? NO_ACCOUNT);
    this.#retention = retention ?? {};
    this.wake();
  }

  get kept(): boolean {
    return this.#kept;
  }

  /** Of a turn, for its deliveries; undefined: all of it. */
  get share(): TurnShare | undefined {
    return this.#owner.limits?.share;
  }

  get name(): string {
    return this.#owner.name;
  }

  get counters(): AddressCounters {
    return this.#owner.counters;
  }

  get nextSequence(): number {
    return this.index.tail;
  }

  get unsettled(): number {
    let unsettled = 0;
    for (const reader of this.readers) unsettled += reader.unsettled;
    return unsettled;
  }

  wake(): void {
    if (!this.deferred && !this.#closed) this.shard.turn.defer(this);
  }

  get oldestPosition(): LogPosition {
    const oldest = this.#closed ? this.index.tail : this.index.next(0);
    return oldest < this.index.tail ? this.index.position(oldest) : -1;
  }

  stored(position: LogPosition, sizeBytes: number): void {
    this.#latestMs = Math.max(this.#latestMs, this.shard.turn.nowMs);
    this.index.put(this.index.tail, position, sizeBytes, this.#latestMs);
    this.#lastPosition = this.shard.inUnit ? -1 : position;
    if (this.#waiting.size > 0 || this.#overLimits()) this.wake();
  }

  run(): void {
    if (this.#closed) return;
    this.#trim();
    if (this.#waiting.size > 0) this.readableTo();
  }

  // ---- what can be read

  /** Offsets below can be read. What follows is asked to be on disk, and readers that wait go on then. */
  readableTo(): number {
    const { tail } = this.index;
    const { log } = this.shard;
    if (this.#readableEnd === tail) return tail;
    // At the end of the turn, where this is asked, no unit is under way.
    if (this.#lastPosition < 0) this.#lastPosition = log.end - 1;
    if (!this.#kept || this.#lastPosition < log.durableEnd) this.confirmed(tail);
    else if (this.#askedEnd < tail) {
      this.#askedEnd = tail;
      this.shard.whenDurable(this, tail, this.#lastPosition);
    }
    return this.#readableEnd;
  }

  /** What lies below this offset is on disk. */
  confirmed(end: number): void {
    this.#readableEnd = Math.max(this.#readableEnd, end);
    for (const reader of this.#waiting) this.shard.turn.defer(reader);
    this.#waiting.clear();
  }

  /** The reader has seen what can be read, and runs when there is more. */
  waits(reader: StreamReader): void {
    this.#waiting.add(reader);
  }

  leave(reader: StreamReader): void {
    this.#waiting.delete(reader);
    this.readers.delete(reader);
  }

  /** The offset where reading begins. */
  offsetOf(from: ReadFrom): number {
    const { head, tail } = this.index;
    if (from === 'first') return head;
    if (from === 'last') return Math.max(head, tail - 1);
    if (from === 'next') return tail;
    if ('offset' in from) return Math.min(Math.max(from.offset, head), tail);
    return this.index.firstSince('sinceMs' in from ? from.sinceMs : this.shard.turn.nowMs - from.agoMs);
  }

  /**
   * Shows at most `max` messages from this offset on, and calls `done` with the offset that follows them, perhaps in a later turn. The message is
   * valid during the call. One that cannot be read is passed over, since the log has reported it.
   */
  read(
    from: number,
    max: number,
    visit: (message: Message, offset: number, storedAtMs: number) => void,
    done: (next: number) => void,
  ): void {
    const { log } = this.shard;
    const message = emptyMessage();
    let left = max;
    let offset = this.index.next(from);
    while (left > 0 && offset < this.readableTo() && !this.#closed) {
      const view = log.view(this.index.position(offset));
      if (view === undefined) {
        const [at, rest] = [offset, left];
        log.load(this.index.position(at), error => this.read(error ? at + 1 : at, rest, visit, done));
        return;
      }
      readStored(message, view.bytes, view.start, view.end);
      message.offset = offset;
      visit(message, offset, storeStoredAtMs(view.bytes, view.start));
      left--;
      offset = this.index.next(offset + 1);
    }
    done(offset);
  }

  /** The message of this offset is lost. */
  lost(offset: number, error: Error): void {
    this.#owner.counters.dropped++;
    this.shard.report({ level: 'error', what: `message lost: ${error.message}`, address: this.name, offset });
    this.shard.release(this.index.position(offset), this.index.sizeBytes(offset));
    this.index.remove(offset);
  }

  // ---- retention

  #overLimits(): boolean {
    const { messagesMax, bytesMax } = this.#retention;
    return this.index.live > (messagesMax ?? Number.POSITIVE_INFINITY) || this.index.liveBytes > (bytesMax ?? Number.POSITIVE_INFINITY);
  }

  /** Gives up what is beyond the limits; the newest message stays, however large, until it is too old. */
  #trim(): void {
    const { index } = this;
    const { messagesMax = Number.POSITIVE_INFINITY, bytesMax = Number.POSITIVE_INFINITY, ageMs } = this.#retention;
    const oldestMs = ageMs === undefined ? Number.NEGATIVE_INFINITY : this.shard.turn.nowMs - ageMs;
    let { live, liveBytes } = index;
    let end = index.head;
    const most = Math.min(index.tail, end + TRIMMED_PER_TURN_MAX);
    while (end < most) {
      const sizeBytes = index.sizeBytes(end);
      const beyond = end < index.tail - 1 && (live > messagesMax || liveBytes > bytesMax);
      if (sizeBytes > 0 && !beyond && index.storedAtMs(end) >= oldestMs) break;
      if (sizeBytes > 0) live--;
      liveBytes -= sizeBytes;
      end++;
    }
    if (end === index.head) return;
    this.trimTo(end);
    if (end === most && most < index.tail) this.shard.turn.deferNext(this);
  }

  /** Gives up all messages below this offset; one record says so. */
  trimTo(end: number): void {
    // Before the messages' segments are let go: they wait until this is on disk.
    if (this.#kept) this.shard.marks.put(this.id, MARK_HEAD, end);
    this.#release(end);
    this.index.dropBefore(end);
    // Room on a full disk waits for the mark, and nobody else may ask for it.
    if (this.shard.log.pressure !== 'none') this.shard.log.sync();
    this.#owner.roomier();
  }

  #release(end: number): void {
    const { index } = this;
    for (let offset = index.next(0); offset < end; offset = index.next(offset + 1))
      this.shard.release(index.position(offset), index.sizeBytes(offset));
  }

  purge(): number {
    const { live, tail } = this.index;
    this.trimTo(tail);
    return live;
  }

  sweep(): void {
    const { index } = this;
    const { ageMs } = this.#retention;
    if (ageMs !== undefined && index.live > 0 && index.storedAtMs(index.head) < this.shard.turn.nowMs - ageMs) this.wake();
  }

  // ---- the log's side

  holds(offset: number, position: LogPosition): boolean {
    return this.index.has(offset) && this.index.position(offset) === position;
  }

  /** Who has tried to read a message is each reader's own matter. */
  attempts(): number {
    return 0;
  }

  moved(offset: number, position: LogPosition, sizeBytes: number): void {
    this.shard.release(this.index.position(offset), this.index.sizeBytes(offset));
    this.index.moved(offset, position, sizeBytes);
  }

  restore(offset: number, position: LogPosition, sizeBytes: number, bytes: Uint8Array, at: number): void {
    this.index.put(offset, position, sizeBytes, storeStoredAtMs(bytes, at));
  }

  /** What is too much goes at the front. */
  readonly full = false;
  lacksRoomFor(): boolean {
    return false;
  }

  leaveOut(): void {}

  readonly keyProperty = undefined;
  readonly scheduled = 0;
  readonly redelivering = 0;

  keyOf(): string {
    return '';
  }

  recordSettled(): void {}
  restoreSettled(): void {}
  restoreAttempts(): void {}

  restoreLeaving(): void {}

  relocating(): void {}

  restored(log: Log): void {
    const { index } = this;
    index.settle(this.shard.marks.of(this.id)?.get(MARK_HEAD)?.value ?? 0);
    for (let offset = index.next(0); offset < index.tail; offset = index.next(offset + 1)) {
      log.retain(index.position(offset), index.sizeBytes(offset));
      this.#latestMs = index.storedAtMs(offset);
    }
    this.#readableEnd = index.tail;
    this.#askedEnd = index.tail;
    for (const reader of this.readers) reader.restored();
  }

  // ---- the end

  end(refusal: Refusal): void {
    for (const reader of [...this.readers]) reader.end(refusal);
  }

  forget(): void {
    this.#closed = true;
    moveAccount(this.index, NO_ACCOUNT);
    this.#release(this.index.tail);
  }
}
