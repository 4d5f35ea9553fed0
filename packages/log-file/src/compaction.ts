import type { LogOwner, LogPosition, RecordView } from '@angarium/core';
import { waitFor } from './disk.ts';
import type { LogEvent } from './log-event.ts';
import type { ReadFiles } from './read-files.ts';
import { RecordCursor } from './record-cursor.ts';
import { OWNER_KIND_MAX } from './record-layout.ts';
import type { Segment } from './segment.ts';
import type { Segments } from './segments.ts';

/** Bytes walked between two turns of the event loop. */
const SLICE_BYTES = 256 * 1024;
/** The share of a new segment that small records of older ones may take. */
const GATHERED_SHARE_MAX = 1 / 64;

/** What the compaction needs of the log. */
export interface CompactionOwner {
  readonly owner: LogOwner;
  /** The segment that is appended to. */
  readonly current: Segment;
  readonly durableEnd: LogPosition;
  /** Bytes that may be appended before the current segment is full. */
  readonly room: number;
  /** The next segment cannot be made for want of room on disk. */
  readonly diskFull: boolean;
  /** Appended bytes wait for the disk: no more of them now. */
  readonly behind: boolean;
  sync(): void;
  /** The walk is over; what is empty now may be removed. */
  walked(): void;
  report(event: LogEvent): void;
}

/**
 * Empties the oldest segment when too much of the log is garbage: its live records are handed to the owner, which appends them again.
 *
 * Segments go from the front only, so a single live record at the front holds all garbage behind it. As long as the garbage of the whole
 * log stays under the limit, nothing is moved: a deep queue costs nothing. Above it, at most as many bytes are moved as the limit
 * allows garbage to live bytes, so with a limit of one half each byte is written twice, on the average and at the worst.
 */
export class Compaction {
  readonly #segments: Segments;
  readonly #files: ReadFiles;
  readonly #garbageShareMin: number;
  readonly #garbageBytesMin: number;
  readonly #log: CompactionOwner;
  readonly #view: RecordView = { kind: 0, bytes: new Uint8Array(0), start: 0, end: 0 };
  /** The segment that was appended to when it was last looked. */
  #current: Segment | undefined;
  #running = false;
  #stopped: (() => void) | undefined;
  #proceed: (() => void) | undefined;

  constructor(segments: Segments, files: ReadFiles, garbageShareMin: number, garbageBytesMin: number, log: CompactionOwner) {
    this.#segments = segments;
    this.#files = files;
    this.#garbageShareMin = garbageShareMin;
    this.#garbageBytesMin = garbageBytesMin;
    this.#log = log;
  }

  /** Begins a walk when it is worth it, goes on with one that waited. Cheap: called after each sync. */
  consider(): void {
    this.#gather();
    if (this.#running) {
      const proceed = this.#proceed;
      if (proceed !== undefined && !this.#log.behind) {
        this.#proceed = undefined;
        proceed();
      }
      return;
    }
    if (this.#stopped !== undefined || !this.#worthIt()) return;
    this.#running = true;
    void this.#walk(this.#segments.oldest);
  }

  /** Offers the owner, once for each segment that is begun, to take what is small along: a segment that has nothing but that need not be walked. */
  #gather(): void {
    const { owner, current } = this.#log;
    const begun = this.#current !== undefined && this.#current !== current;
    this.#current = current;
    if (begun && this.#stopped === undefined) owner.gather(current.base, current.sizeBytes * GATHERED_SHARE_MAX);
  }

  /** Ends after the slice that is under way. */
  stop(done: () => void): void {
    this.#stopped = done;
    if (!this.#running) return done();
    this.#proceed?.();
    this.#proceed = undefined;
  }

  #worthIt(): boolean {
    const { current, durableEnd, room, diskFull, behind } = this.#log;
    const { oldest } = this.#segments;
    if (oldest === current || oldest.liveRecords === 0 || oldest.walked || oldest.end > durableEnd || behind) return false;
    // A full disk takes only what fits into the room that is left, half of which is kept for settlements.
    if (diskFull) return oldest.liveBytes < oldest.sizeBytes / 2 && oldest.liveBytes < room / 2;
    const bytes = current.base - oldest.base;
    const garbageBytes = bytes - (this.#segments.liveBytes - current.liveBytes);
    return garbageBytes >= this.#garbageBytesMin && garbageBytes >= bytes * this.#garbageShareMin;
  }

  async #walk(segment: Segment): Promise<void> {
    segment.relocating = true;
    let records = 0;
    const liveBytesBefore = segment.liveBytes;
    try {
      await waitFor(done => this.#files.open(segment, done));
      const shared = segment.file!;
      try {
        const cursor = new RecordCursor(SLICE_BYTES);
        cursor.seek(segment, shared.use(), segment.firstPosition);
        records = await this.#walkRecords(segment, cursor);
      } finally {
        shared.unuse();
      }
    } catch (error) {
      this.#log.report({ kind: 'read-failed', segment: segment.name, error: error instanceof Error ? error : new Error(String(error)) });
    }
    segment.relocating = false;
    this.#running = false;
    if (this.#stopped !== undefined) return this.#stopped();
    segment.walked = true;
    this.#log.report({ kind: 'compacted', segment: segment.name, records, bytesMoved: liveBytesBefore - segment.liveBytes });
    this.#log.sync();
    this.#log.walked();
  }

  /** Answers how many records were shown to the owner. */
  async #walkRecords(segment: Segment, cursor: RecordCursor): Promise<number> {
    const view = this.#view;
    let records = 0;
    while (segment.liveRecords > 0 && this.#stopped === undefined) {
      switch (cursor.step()) {
        case 'record':
          if (cursor.kind <= OWNER_KIND_MAX) {
            records++;
            view.kind = cursor.kind;
            view.bytes = cursor.bytes;
            view.start = cursor.start;
            view.end = cursor.end;
            this.#log.owner.relocate(cursor.position, view);
          }
          cursor.position = cursor.nextPosition;
          break;
        case 'unread':
          if (this.#log.behind) await this.#caughtUp();
          if (this.#stopped === undefined) await cursor.fill();
          break;
        case 'segment-end':
          return records;
        case 'bad': {
          const { position } = cursor;
          const found = await cursor.seekIntact();
          const bytesSkipped = (found ? cursor.position : segment.end) - position;
          this.#log.report({ kind: 'corrupt-record', segment: segment.name, position, bytesSkipped });
          if (!found) return records;
        }
      }
    }
    return records;
  }

  /** Waits until the disk has taken what was appended. */
  #caughtUp(): Promise<void> {
    this.#log.sync();
    return new Promise(resolve => {
      this.#proceed = resolve;
    });
  }
}
