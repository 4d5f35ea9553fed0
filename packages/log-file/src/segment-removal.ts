import { join } from 'node:path';
import type { LogPosition } from '@angarium/core';
import { type Disk, isDiskFull } from './disk.ts';
import type { LogClock } from './log-clock.ts';
import type { LogEvent } from './log-event.ts';
import type { Segment } from './segment.ts';
import { SPARE_NAME } from './segment-directory.ts';
import type { SegmentHolds } from './segment-holds.ts';
import type { SegmentMaker } from './segment-maker.ts';
import type { Segments } from './segments.ts';

/** How long after a failure it is tried again. */
const RETRY_MS = 1000;

/** What the removal tells. */
export interface SegmentRemovalOwner {
  /** Files of this size are kept to be used again, one at a time. */
  readonly sizeBytesUsual: number;
  /** The segment is not in the list any more; its file and what is cached of it are not needed. */
  removing(segment: Segment): void;
  removed(): void;
  failed(error: Error): void;
  report(event: LogEvent): void;
}

/**
 * Takes segments away, strictly the oldest first and one at a time: a record that says that another one is settled must never vanish
 * before that one. The file is unlinked, or becomes the spare one.
 */
export class SegmentRemoval {
  readonly #directory: string;
  readonly #disk: Disk;
  readonly #clock: LogClock;
  readonly #segments: Segments;
  readonly #maker: SegmentMaker;
  readonly #holds: SegmentHolds;
  readonly #owner: SegmentRemovalOwner;
  #segment: Segment | undefined;
  #retry: { cancel(): void } | undefined;
  #stopped: (() => void) | undefined;

  constructor(
    directory: string,
    disk: Disk,
    clock: LogClock,
    segments: Segments,
    maker: SegmentMaker,
    holds: SegmentHolds,
    owner: SegmentRemovalOwner,
  ) {
    this.#directory = directory;
    this.#disk = disk;
    this.#clock = clock;
    this.#segments = segments;
    this.#maker = maker;
    this.#holds = holds;
    this.#owner = owner;
  }

  /**
   * Begins to take the oldest segment away when nothing in it is retained and all that replaced it is durable. `current` is the one that
   * is appended to. Answers true when only a sync is missing.
   */
  consider(current: Segment, durableEnd: LogPosition): boolean {
    const { oldest } = this.#segments;
    if (this.#segment !== undefined || oldest === current || !oldest.made || oldest.liveRecords > 0 || oldest.relocating) return false;
    if (oldest.end > durableEnd || oldest.replacedEnd > durableEnd) return true;
    if (oldest.end > this.#holds.from) {
      const { failure } = this.#maker;
      if (failure === undefined || !isDiskFull(failure)) return false;
      this.#holds.endAll('the disk is full, and the segments that it kept are needed');
    }
    this.#segments.removeOldest();
    this.#segment = oldest;
    this.#owner.removing(oldest);
    this.#start();
    return false;
  }

  /** Waits for the step that is under way. */
  stop(done: () => void): void {
    this.#stopped = done;
    if (this.#segment === undefined || this.#retry !== undefined) {
      this.#retry?.cancel();
      done();
    }
  }

  #start(): void {
    this.#retry = undefined;
    const segment = this.#segment!;
    const path = join(this.#directory, segment.name);
    const recycled = segment.sizeBytes === this.#owner.sizeBytesUsual && this.#maker.spareWanted;
    const sync = (error: Error | null): void => {
      // A file that is gone was taken away by a try whose sync failed.
      if (error !== null && !('code' in error && error.code === 'ENOENT')) return this.#fail(error);
      this.#disk.syncDirectory(this.#directory, syncError => (syncError === null ? this.#finish(recycled) : this.#fail(syncError)));
    };
    if (recycled) this.#disk.rename(path, join(this.#directory, SPARE_NAME), sync);
    else this.#disk.remove(path, sync);
  }

  #finish(recycled: boolean): void {
    const segment = this.#segment!;
    this.#segment = undefined;
    if (recycled) this.#maker.spareSizeBytes = segment.sizeBytes;
    this.#owner.report({ kind: 'segment-removed', segment: segment.name, bytes: segment.sizeBytes, recycled });
    if (this.#stopped !== undefined) return this.#stopped();
    this.#maker.tryAgain();
    this.#owner.removed();
  }

  #fail(error: Error): void {
    if (this.#stopped !== undefined) return this.#stopped();
    this.#retry = this.#clock.after(RETRY_MS, () => this.#start());
    this.#owner.failed(error);
  }
}
