import { Histogram, type LogPosition } from '@angarium/core';
import type { Extent } from './extent.ts';
import type { LogClock } from './log-clock.ts';
import { DISTANCE_UNKNOWN, sealRecord } from './record-layout.ts';
import type { Segment } from './segment.ts';
import type { Tail } from './tail.ts';

/** Bytes that one write takes, at the most: what is appended meanwhile waits for it. */
const BATCH_BYTES_MAX = 8 * 1024 * 1024;
/** When nobody asks for a sync, records are written after this time. */
const LAZY_WRITE_MS = 4;
/** Bounds of what is told of how long syncs take, in seconds: from a disk with a cache of its own to one that is in trouble. */
const SYNC_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
/** How long after a failure it is tried again. */
const RETRY_MS = 1000;

/** What the group commit needs to know, and tells. */
export interface GroupCommitOwner {
  readonly end: LogPosition;
  durable(end: LogPosition): void;
  /** A write or a sync failed; everything after the durable end will be written again. */
  failed(error: Error): void;
  /** It works again. */
  recovered(): void;
}

/**
 * Writes what was appended: one write for all that gathered, durable when somebody asked for it, and what is appended meanwhile gathers for
 * the next one.
 *
 * Of the ways to make a batch durable, the asynchronous write through a descriptor with O_DSYNC was the quickest of those that never block
 * the loop (`bench/sync-ways.ts` compares them): it goes through the thread pool once, where a write followed by fdatasync does so twice and
 * takes up to a third longer. A blocking write before an asynchronous fdatasync is as quick, but holds the loop whenever the kernel holds
 * the writer, on a slow disk just when the loop is needed most. O_DSYNC covers its own bytes only: when earlier batches were written
 * without it, fdatasync follows.
 */
export class GroupCommit {
  /** Everything before this is on disk. */
  durableEnd: LogPosition;
  /** Everything before this was handed to the operating system. */
  writtenEnd: LogPosition;
  failure: Error | undefined;
  /** Counts syncs that succeeded, durable writes included. */
  syncs = 0;
  lastSyncMs = 0;
  /** How long each of them took, in seconds. */
  readonly syncSeconds = new Histogram(SYNC_SECONDS);

  readonly #tail: Tail;
  readonly #clock: LogClock;
  readonly #owner: GroupCommitOwner;
  /** Written bytes without a sync beyond this are synced unasked: memory holds them until then. */
  readonly #unsyncedWrittenMax: number;
  #syncWantedEnd: LogPosition = -1;
  #running = false;
  #scheduled = false;
  #lazy: { cancel(): void } | undefined;
  #retry: { cancel(): void } | undefined;
  #unsynced: Segment[] = [];
  #stopped: (() => void) | undefined;
  #startedAtMs = 0;
  #batchEnd: LogPosition = 0;
  #batchDurable = false;

  constructor(tail: Tail, clock: LogClock, owner: GroupCommitOwner, end: LogPosition, unsyncedWrittenMax: number) {
    this.#tail = tail;
    this.#clock = clock;
    this.#owner = owner;
    this.durableEnd = end;
    this.writtenEnd = end;
    this.#unsyncedWrittenMax = unsyncedWrittenMax;
  }

  get running(): boolean {
    return this.#running;
  }

  /** Whether a lazy write is under way already; asked for each record. */
  lazyPending = false;

  /** Something was appended: it is written soon, asked or not. */
  writeLazily(): void {
    this.lazyPending = true;
    this.#lazy = this.#clock.after(LAZY_WRITE_MS, this.#lazyDue);
  }

  sync(): void {
    this.#syncWantedEnd = this.#owner.end;
    if (this.#syncWantedEnd > this.durableEnd) this.schedule();
  }

  /** Writes at the end of this turn. */
  schedule(): void {
    if (this.#scheduled || this.#running) return;
    this.#scheduled = true;
    this.#clock.defer(this.#flush);
  }

  /** Tries at once again what waits after a failure. */
  tryAgain(): void {
    if (this.#retry === undefined) return;
    this.#retry.cancel();
    this.#retry = undefined;
    this.schedule();
  }

  /** Waits for the write that is under way; nothing is written after it. */
  stop(done: () => void): void {
    this.#stopped = done;
    this.#lazy?.cancel();
    this.#retry?.cancel();
    if (!this.#running) done();
  }

  readonly #lazyDue = (): void => {
    this.lazyPending = false;
    if (this.writtenEnd < this.#owner.end) this.#flush();
  };

  readonly #flush = (): void => {
    this.#scheduled = false;
    if (this.#running || this.#retry !== undefined || this.#stopped !== undefined) return;
    const extents = this.#tail.list.extents;
    let at = extents.length;
    while (at > 0 && extents[at - 1]!.end > this.writtenEnd) at--;
    if (at === extents.length) {
      if (this.#syncWantedEnd > this.durableEnd && this.writtenEnd > this.durableEnd) this.#syncFiles();
      return;
    }
    const { segment } = extents[at]!;
    if (segment.file === undefined) {
      // The segment is being made. What was written before it can be durable already.
      if (this.#syncWantedEnd > this.durableEnd && this.writtenEnd > this.durableEnd) this.#syncFiles();
      return;
    }
    this.#write(extents, at, segment);
  };

  #write(extents: readonly Extent[], first: number, segment: Segment): void {
    const from = Math.max(extents[first]!.start, this.writtenEnd);
    const buffers: Uint8Array[] = [];
    let end = from;
    for (let at = first; at < extents.length && extents[at]!.segment === segment && end - from < BATCH_BYTES_MAX; at++) {
      const extent = extents[at]!;
      this.#seal(extent);
      buffers.push(extent.slab.bytes.subarray(end + extent.shift, extent.end + extent.shift));
      end = extent.end;
    }
    this.#batchDurable = this.#syncWantedEnd > this.durableEnd && this.durableEnd >= this.writtenEnd && this.#unsynced.length === 0;
    this.#batchEnd = end;
    this.#begin();
    if (!this.#batchDurable && !segment.unsynced) {
      segment.unsynced = true;
      this.#unsynced.push(segment);
    }
    segment.file!.file.write(buffers, from - segment.base, this.#batchDurable, this.#written);
  }

  #seal(extent: Extent): void {
    const { bytes, words } = extent.slab;
    for (let position = extent.sealedEnd; position < extent.end; ) {
      const distance = (position - this.durableEnd) / 8;
      position += sealRecord(bytes, words, position + extent.shift, Math.min(distance, DISTANCE_UNKNOWN), extent.segment);
    }
    extent.sealedEnd = extent.end;
  }

  readonly #written = (error: Error | null): void => {
    if (error !== null) return this.#fail(error);
    this.writtenEnd = this.#batchEnd;
    if (this.#batchDurable) return this.#synced(this.#batchEnd);
    if (this.#stopped !== undefined) return this.#finish();
    const unsyncedBytes = this.writtenEnd - this.durableEnd;
    if (unsyncedBytes > this.#unsyncedWrittenMax && this.#syncWantedEnd < this.writtenEnd) this.#syncWantedEnd = this.writtenEnd;
    if (this.#syncWantedEnd > this.durableEnd && (this.writtenEnd >= this.#syncWantedEnd || unsyncedBytes > this.#unsyncedWrittenMax)) {
      this.#running = false;
      return this.#syncFiles();
    }
    this.#finish();
  };

  /** Makes durable what was written without a sync, oldest first. */
  #syncFiles(): void {
    this.#batchEnd = this.writtenEnd;
    this.#begin();
    this.#syncNext(0);
  }

  #syncNext(at: number): void {
    const segment = this.#unsynced[at];
    if (segment === undefined) {
      for (const synced of this.#unsynced) synced.unsynced = false;
      this.#unsynced = [];
      return this.#synced(this.#batchEnd);
    }
    segment.file!.file.sync(error => (error === null ? this.#syncNext(at + 1) : this.#fail(error)));
  }

  #begin(): void {
    this.#running = true;
    this.#startedAtMs = this.#clock.nowMs();
  }

  #synced(end: LogPosition): void {
    this.syncs++;
    this.lastSyncMs = this.#clock.nowMs() - this.#startedAtMs;
    this.syncSeconds.add(this.lastSyncMs / 1000);
    this.durableEnd = end;
    this.#finish();
    this.#owner.durable(end);
  }

  #finish(): void {
    this.#running = false;
    if (this.#stopped !== undefined) return this.#stopped();
    if (this.failure !== undefined) {
      this.failure = undefined;
      this.#owner.recovered();
    }
    if (
      this.writtenEnd < this.#owner.end ? this.#syncWantedEnd > this.durableEnd || !this.lazyPending : this.#syncWantedEnd > this.durableEnd
    ) {
      this.schedule();
    }
  }

  /**
   * After a failed sync the kernel may have dropped what it could not write and call the next sync a success: so all that is not durable
   * is written again, from memory, which still has it.
   */
  #fail(error: Error): void {
    this.#running = false;
    if (this.#stopped !== undefined) return this.#stopped();
    this.failure = error;
    this.writtenEnd = this.durableEnd;
    this.#retry = this.#clock.after(RETRY_MS, () => {
      this.#retry = undefined;
      this.#flush();
    });
    this.#owner.failed(error);
  }
}
