import { join } from 'node:path';
import type { LogOwner, LogPosition, RecordView } from '@angarium/core';
import { answerOf, type Disk, type DiskFile, waitFor } from './disk.ts';
import type { LogClock } from './log-clock.ts';
import type { LogEvent } from './log-event.ts';
import { RecordCursor } from './record-cursor.ts';
import { KIND_CLOSED, OWNER_KIND_MAX, RECORD_HEADER_SIZE } from './record-layout.ts';
import { type Segment, SharedFile } from './segment.ts';
import { discardSegment } from './segment-directory.ts';
import type { Segments } from './segments.ts';

/** Bytes read at a time. */
const SLICE_BYTES = 1024 * 1024;
const PROGRESS_INTERVAL_MS = 200;

export interface ReplayOptions {
  readonly directory: string;
  readonly disk: Disk;
  readonly clock: LogClock;
  readonly owner: LogOwner;
  readonly report: (event: LogEvent) => void;
  readonly onProgress: ((done: { bytes: number; bytesTotal: number; records: number }) => void) | undefined;
}

/** What came of an unreadable place: damage after which the log goes on, or the end of the log, with whatever is intact behind it. */
type Verdict =
  | { readonly kind: 'damage'; readonly at: number; readonly resume: LogPosition }
  | { readonly kind: 'end'; readonly intactEnd: LogPosition };

/**
 * Reads all records of the segments in order and hands them to the owner, tells damage from a torn tail, and leaves the directory so
 * that the log can go on at `end`: nothing that lies after it can be taken for a record again, and everything before it is on disk.
 */
export class Replay {
  /** Where the log goes on, after `run`. */
  end: LogPosition = 0;
  /** Whether the last record says that the log was closed in order. */
  closed = false;
  /** Bytes of the file that became the spare one, 0 when none did. */
  spareSizeBytes = 0;

  readonly #options: ReplayOptions;
  readonly #segments: Segments;
  readonly #cursor: RecordCursor;
  readonly #view: RecordView = { kind: 0, bytes: new Uint8Array(0), start: 0, end: 0 };
  /** The segment whose file is open, by its place in the list. */
  #openAt = -1;
  #file: DiskFile | undefined;
  #durableKnown: LogPosition = 0;
  #records = 0;
  #progressAtMs: number;

  /** `segments` are those that the directory holds, oldest first, at least one. */
  constructor(options: ReplayOptions, segments: Segments) {
    this.#options = options;
    this.#segments = segments;
    this.#cursor = new RecordCursor(Math.min(SLICE_BYTES, Math.max(...segments.list.map(segment => segment.sizeBytes))));
    this.#progressAtMs = options.clock.nowMs();
  }

  async run(): Promise<void> {
    const { list } = this.#segments;
    try {
      const last = await this.#deliverAll();
      await this.#closeFile();
      for (const segment of list) {
        if (segment !== last && segment.end > this.#durableKnown) await this.#withFile(segment, file => this.#writeAgain(segment, file));
      }
      const file = await this.#open(last, 'write');
      last.file = new SharedFile(file);
      await this.#writeAgain(last, file);
    } finally {
      await this.#closeFile();
    }
    this.#tellProgress(this.end);
  }

  /** Answers the segment in which the log ends. */
  async #deliverAll(): Promise<Segment> {
    const list = this.#segments.list;
    const cursor = this.#cursor;
    let at = 0;
    await this.#seek(at, list[at]!.firstPosition);
    for (;;) {
      switch (cursor.step()) {
        case 'record':
          this.#deliver();
          cursor.position = cursor.nextPosition;
          break;
        case 'unread':
          this.#progress();
          await cursor.fill();
          break;
        case 'segment-end':
          if (at === list.length - 1) {
            this.end = list[at]!.end;
            return list[at]!;
          }
          at++;
          await this.#seek(at, list[at]!.firstPosition);
          break;
        case 'bad': {
          const position = cursor.position;
          const claimedSize = cursor.claimedSize();
          const verdict = await this.#judge(at, position);
          if (verdict.kind === 'end') {
            await this.#cut(at, position, Math.max(verdict.intactEnd, position + claimedSize));
            this.end = position;
            return list[at]!;
          }
          const bytesSkipped = verdict.resume - position;
          this.#options.report({ kind: 'corrupt-record', segment: list[at]!.name, position, bytesSkipped });
          at = verdict.at;
          await this.#seek(at, verdict.resume);
        }
      }
    }
  }

  #deliver(): void {
    const cursor = this.#cursor;
    if (cursor.durableClaim > this.#durableKnown) this.#durableKnown = cursor.durableClaim;
    this.closed = cursor.kind === KIND_CLOSED;
    if (cursor.kind > OWNER_KIND_MAX) return;
    this.#records++;
    const view = this.#view;
    view.kind = cursor.kind;
    view.bytes = cursor.bytes;
    view.start = cursor.start;
    view.end = cursor.end;
    this.#options.owner.replay(cursor.position, view);
  }

  /**
   * Something at `position` is unreadable. If an intact record behind it says that the log was durable beyond it, it was whole once, and is
   * damaged; else the log ends here, for nothing behind it was ever promised.
   */
  async #judge(from: number, position: LogPosition): Promise<Verdict> {
    const list = this.#segments.list;
    const cursor = this.#cursor;
    let resumeAt = -1;
    let resume = 0;
    let intactEnd = position;
    for (let at = from; at < list.length; at++) {
      if (at > from) await this.#seek(at, list[at]!.firstPosition - 8);
      let found = await cursor.seekIntact();
      while (found) {
        if (resumeAt < 0) {
          resumeAt = at;
          resume = cursor.position;
        }
        if (at === from) intactEnd = cursor.nextPosition;
        if (cursor.durableClaim > this.#durableKnown) this.#durableKnown = cursor.durableClaim;
        if (this.#durableKnown > position) return { kind: 'damage', at: resumeAt, resume };
        cursor.position = cursor.nextPosition - 8;
        found = await cursor.seekIntact();
      }
    }
    return { kind: 'end', intactEnd };
  }

  /** Ends the log at `position`: what could be taken for a record behind it is overwritten, and later segments are taken away. */
  async #cut(at: number, position: LogPosition, tornEnd: LogPosition): Promise<void> {
    const { directory, disk, report } = this.#options;
    const list = this.#segments.list;
    const segment = list[at]!;
    await this.#closeFile();
    while (list.length > at + 1) {
      const surplus = list.pop()!;
      await discardSegment(disk, directory, surplus.name);
      this.spareSizeBytes = surplus.sizeBytes;
    }
    if (tornEnd === position) return;
    report({ kind: 'torn-tail', position, bytesCut: tornEnd - position });
    const end = Math.min(tornEnd + RECORD_HEADER_SIZE, segment.end);
    await this.#withFile(segment, async file => {
      // From the back to the front, so that what tells of the torn tail goes last.
      for (let to = end; to > position; to -= SLICE_BYTES) {
        const from = Math.max(position, to - SLICE_BYTES);
        await this.#erase(file, from - segment.base, to - from);
      }
    });
  }

  /** Overwrites with zeros. When that fails, the old bytes are put back, for the kernel may show zeros that will never be on disk. */
  async #erase(file: DiskFile, offset: number, length: number): Promise<void> {
    const before = new Uint8Array(length);
    await answerOf<number>(done => file.read(before, 0, length, offset, done));
    try {
      await waitFor(done => file.write([new Uint8Array(length)], offset, true, done));
    } catch (error) {
      try {
        await waitFor(done => file.write([before], offset, false, done));
      } catch (secondError) {
        throw new AggregateError([error, secondError], `the torn tail of ${this.#options.directory} cannot be overwritten`);
      }
      throw error;
    }
  }

  /**
   * Makes durable what no record says was durable. It may be in the kernel's memory only, when the process was killed before a sync; and after a
   * sync that failed the kernel takes it for written, so that another sync alone would do nothing: it is written once more.
   */
  async #writeAgain(segment: Segment, file: DiskFile): Promise<void> {
    const start = Math.max(this.#durableKnown, segment.firstPosition) - segment.base;
    const end = Math.min(this.end, segment.end) - segment.base;
    const piece = new Uint8Array(Math.max(0, Math.min(SLICE_BYTES, end - start)));
    for (let from = start; from < end; from += SLICE_BYTES) {
      const length = await answerOf<number>(done => file.read(piece, 0, Math.min(SLICE_BYTES, end - from), from, done));
      if (length > 0) await waitFor(done => file.write([piece.subarray(0, length)], from, false, done));
    }
    await waitFor(done => file.sync(done));
  }

  async #withFile(segment: Segment, use: (file: DiskFile) => Promise<void>): Promise<void> {
    const file = await this.#open(segment, 'write');
    try {
      await use(file);
    } finally {
      await waitFor(done => file.close(done));
    }
  }

  async #seek(at: number, position: LogPosition): Promise<void> {
    const segment = this.#segments.list[at]!;
    if (this.#openAt !== at) {
      await this.#closeFile();
      this.#file = await this.#open(segment, 'read');
      this.#openAt = at;
    }
    this.#cursor.seek(segment, this.#file!, position);
  }

  async #open(segment: Segment, mode: 'read' | 'write'): Promise<DiskFile> {
    const path = join(this.#options.directory, segment.name);
    return (await answerOf<DiskFile | undefined>(done => this.#options.disk.open(path, mode, done)))!;
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#openAt = -1;
    if (file !== undefined) await waitFor(done => file.close(done));
  }

  #progress(): void {
    const nowMs = this.#options.clock.nowMs();
    if (nowMs - this.#progressAtMs < PROGRESS_INTERVAL_MS) return;
    this.#progressAtMs = nowMs;
    this.#tellProgress(this.#cursor.position);
  }

  #tellProgress(position: LogPosition): void {
    const { onProgress } = this.#options;
    if (onProgress === undefined) return;
    let bytes = 0;
    let bytesTotal = 0;
    for (const segment of this.#segments.list) {
      bytesTotal += segment.sizeBytes;
      bytes += Math.min(Math.max(position - segment.base, 0), segment.sizeBytes);
    }
    onProgress({
      bytes: position >= this.#segments.newest.base && position === this.end ? bytesTotal : bytes,
      bytesTotal,
      records: this.#records,
    });
  }
}
