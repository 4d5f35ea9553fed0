import type { Log, LogOwner, LogPosition, LogPressure, RecordView } from '@angarium/core';
import { Compaction } from './compaction.ts';
import { type Disk, type DiskLock, isDiskFull, waitFor } from './disk.ts';
import { Extent } from './extent.ts';
import type { FileLogOptions, FileLogStats } from './file-log-options.ts';
import { GroupCommit } from './group-commit.ts';
import { type LogClock, SYSTEM_CLOCK } from './log-clock.ts';
import { LogSnapshot } from './log-snapshot.ts';
import { NodeDisk } from './node-disk.ts';
import { ReadCache } from './read-cache.ts';
import { closeFile, closeFiles, ReadFiles } from './read-files.ts';
import { KIND_CLOSED, KIND_SEGMENT_END, OWNER_KIND_MAX, RECORD_HEADER_SIZE, recordSize } from './record-layout.ts';
import { Replay } from './replay.ts';
import { Segment } from './segment.ts';
import { readDirectory } from './segment-directory.ts';
import { SEGMENT_HEADER_SIZE, SEGMENT_SIZE_BYTES_MAX } from './segment-header.ts';
import { SegmentHolds } from './segment-holds.ts';
import { SegmentMaker } from './segment-maker.ts';
import { SegmentRemoval } from './segment-removal.ts';
import { firstSegmentSize, nextSegmentSize } from './segment-size.ts';
import { Segments } from './segments.ts';
import { Slab, SlabPool } from './slab-pool.ts';
import { Tail } from './tail.ts';

const MEBIBYTE = 1024 * 1024;
const SLAB_SIZE_BYTES = MEBIBYTE / 2;
/** The next segment is made when this share of the current one is used. */
const AHEAD_FROM_SHARE = 1 / 4;

/** A durable log in the segment files of one directory. */
export class FileLog implements Log, AsyncDisposable {
  readonly recordSizeBytesMax: number;
  buffer: Uint8Array;
  offset = 0;

  readonly #options: FileLogOptions;
  readonly #owner: LogOwner;
  readonly #disk: Disk;
  readonly #clock: LogClock;
  readonly #segments = new Segments();
  readonly #segmentSizeBytes: number;
  readonly #unsyncedBytesMax: number;
  readonly #pool: SlabPool;
  readonly #tail: Tail;
  readonly #files: ReadFiles;
  readonly #cache: ReadCache;
  readonly #maker: SegmentMaker;
  readonly #holds: SegmentHolds;
  readonly #removal: SegmentRemoval;
  readonly #compaction: Compaction;
  readonly #view: RecordView;
  /** In the place of an extent, where there is none. */
  readonly #none: Extent;
  #commit: GroupCommit;
  #lock: DiskLock | undefined;
  #state: 'opening' | 'open' | 'closing' | 'closed' = 'opening';
  #pressure: LogPressure = 'none';
  #unsyncedPressure = false;
  #upkeepDeferred = false;
  /** Segments whose files are open for writing, the oldest first. */
  readonly #writable: Segment[] = [];
  /** Where the log ended when it was opened, when that need not be said again at the close; else −1. */
  #saidEnd: LogPosition = -1;
  #replayed = false;
  #closeStep: (() => void) | undefined;
  #closed: Promise<void> | undefined;

  // Where the next record goes. Kept apart from the extent, for `append` is called for each message.
  #end: LogPosition = 0;
  #room = 0;
  #index = 0;
  #words: Int32Array;
  #segment: Segment;
  #markSalt = 0;
  #base = 0;
  #extent: Extent;
  /** The extent that was looked into last. */
  #viewed: Extent;

  /** Takes the directory, replays it to the owner, and is ready. Refuses a directory in use, and one of another format version. */
  static async open(options: FileLogOptions): Promise<FileLog> {
    const log = new FileLog(options);
    try {
      await log.#open();
      return log;
    } catch (error) {
      for (const segment of log.#segments.list) closeFile(segment);
      log.#lock?.release();
      throw error;
    }
  }

  private constructor(options: FileLogOptions) {
    this.#options = options;
    this.#owner = options.owner;
    this.#disk = options.disk ?? new NodeDisk();
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#segmentSizeBytes = (options.segmentSizeBytes ?? 64 * MEBIBYTE) & ~7;
    const roomMax = this.#segmentSizeBytes - SEGMENT_HEADER_SIZE - RECORD_HEADER_SIZE - 8;
    this.recordSizeBytesMax = options.recordSizeBytesMax ?? Math.min(16 * MEBIBYTE, roomMax);
    if (this.#segmentSizeBytes > SEGMENT_SIZE_BYTES_MAX || this.recordSizeBytesMax > roomMax) {
      throw new RangeError(
        `a segment of ${this.#segmentSizeBytes} bytes cannot hold a record of ${this.recordSizeBytesMax} bytes, or is too large`,
      );
    }
    this.#unsyncedBytesMax = options.unsyncedBytesMax ?? 32 * MEBIBYTE;
    const readAheadBytes = ((options.readAheadBytes ?? SLAB_SIZE_BYTES) + 7) & ~7;
    this.#pool = new SlabPool(Math.min(SLAB_SIZE_BYTES, this.#segmentSizeBytes), this.#clock);
    this.#tail = new Tail(this.#pool, options.tailCacheBytesMax ?? 32 * MEBIBYTE);
    this.#files = new ReadFiles(options.directory, this.#disk);
    this.#cache = new ReadCache({
      directory: options.directory,
      pool: this.#pool,
      files: this.#files,
      bytesMax: options.readCacheBytesMax ?? 16 * MEBIBYTE,
      readAheadBytes,
      evicted: () => {
        this.#viewed = this.#none;
      },
    });
    this.#maker = new SegmentMaker(
      options.directory,
      this.#disk,
      this.#clock,
      { made: segment => this.#segmentMade(segment), failed: error => this.#failed(error) },
      options.report,
    );
    this.#holds = new SegmentHolds(this.#clock, { moved: () => this.#deferUpkeep(), report: options.report });
    this.#removal = new SegmentRemoval(options.directory, this.#disk, this.#clock, this.#segments, this.#maker, this.#holds, {
      sizeBytesUsual: this.#segmentSizeBytes,
      removing: segment => {
        this.#cache.forget(segment);
        this.#files.forget(segment);
      },
      removed: () => this.#upkeep(),
      failed: error => this.#failed(error),
      report: options.report,
    });
    this.#compaction = this.#newCompaction(options.garbageShareMin ?? 0.5, options.garbageBytesMin ?? this.#segmentSizeBytes);
    this.#view = { kind: 0, bytes: new Uint8Array(0), start: 0, end: 0 };
    this.#segment = new Segment(0, 0, 0, 0);
    this.#none = new Extent(new Slab(8), this.#segment, -1, -1, 0);
    this.#extent = this.#none;
    this.#viewed = this.#none;
    this.#words = this.#none.slab.words;
    this.buffer = this.#none.slab.bytes;
    this.#commit = this.#newCommit(0);
  }

  get end(): LogPosition {
    return this.#end;
  }

  get durableEnd(): LogPosition {
    return this.#commit.durableEnd;
  }

  get pressure(): LogPressure {
    return this.#pressure;
  }

  append(kind: number, sizeBytes: number): LogPosition {
    if (!(kind <= OWNER_KIND_MAX && sizeBytes <= this.recordSizeBytesMax && sizeBytes >= 0)) {
      throw new RangeError(`a record of kind ${kind} and ${sizeBytes} bytes does not fit in the log`);
    }
    if (this.#state !== 'open') throw new Error(`the log in ${this.#options.directory} is ${this.#state}`);
    return this.#append(kind, sizeBytes);
  }

  #append(kind: number, sizeBytes: number): LogPosition {
    const total = recordSize(sizeBytes);
    if (total > this.#room) this.#makeRoom(total);
    const position = this.#end;
    const index = this.#index;
    const next = index + total;
    const words = this.#words;
    const at = index >> 2;
    const last = next >> 2;
    // The padding must be zeros; the header and the payload are written over what else this touches.
    words[last - 1] = 0;
    words[last - 2] = 0;
    words[at + 1] = (position - this.#base) ^ this.#markSalt;
    words[at + 2] = sizeBytes;
    words[at + 3] = kind;
    this.offset = index + RECORD_HEADER_SIZE;
    this.#index = next;
    this.#room -= total;
    this.#end = position + total;
    this.#extent.end = position + total;
    if (!this.#commit.lazyPending) this.#commit.writeLazily();
    return position;
  }

  sync(): void {
    this.#commit.sync();
  }

  retain(position: LogPosition, sizeBytes: number): void {
    this.#segments.retain(position, sizeBytes);
  }

  replayed(): void {
    this.#replayed = true;
    this.#deferUpkeep();
  }

  release(position: LogPosition, sizeBytes: number, over = false): void {
    if (this.#segments.release(position, sizeBytes, over ? 0 : this.#end)) this.#deferUpkeep();
  }

  view(position: LogPosition): RecordView | undefined {
    let extent = this.#viewed;
    if (position < extent.start || position >= extent.end) {
      const found = this.#tail.list.find(position) ?? this.#cache.find(position);
      if (found === undefined) return undefined;
      extent = found;
      this.#viewed = found;
    }
    const index = position + extent.shift;
    const words = extent.slab.words;
    const at = index >> 2;
    const { segment } = extent;
    if (words[at + 1] !== ((position - segment.base) ^ segment.markSalt)) throw new Error(`no record begins at position ${position}`);
    const view = this.#view;
    view.kind = words[at + 3]! & 0xff;
    view.bytes = extent.slab.bytes;
    view.start = index + RECORD_HEADER_SIZE;
    view.end = view.start + words[at + 2]!;
    return view;
  }

  load(position: LogPosition, done: (error?: Error) => void): void {
    const inMemory = this.#tail.list.find(position) ?? this.#cache.find(position);
    // It may be forgotten until then; then it is read.
    if (inMemory !== undefined) return this.#clock.defer(() => (this.view(position) === undefined ? this.load(position, done) : done()));
    const segment = this.#state === 'closed' ? undefined : this.#segments.find(position);
    if (segment === undefined) this.#clock.defer(() => done(new RangeError(`position ${position} is in no segment of an open log`)));
    else this.#cache.load(segment, position, done);
  }

  /** What is on disk now. It is kept for the reader of this name until that is done, or reads nothing for `idleMs`. */
  snapshot(reader: string, idleMs: number): LogSnapshot {
    const end = this.durableEnd;
    const segments = this.#segments.list.filter(segment => segment.firstPosition < end);
    return new LogSnapshot(segments, end, this.#files, this.#holds.hold(reader, this.#segments.oldest.base, idleMs));
  }

  stats(): FileLogStats {
    return {
      segments: this.#segments.list.length,
      bytes: this.#segments.bytes,
      liveBytes: this.#segments.liveBytes,
      unsyncedBytes: this.#tail.unsyncedBytes(this.durableEnd),
      syncs: this.#commit.syncs,
      lastSyncMs: this.#commit.lastSyncMs,
      syncSeconds: this.#commit.syncSeconds,
    };
  }

  /** Makes durable what waits, gives the directory back, and ends. Rejects when the disk fails; then what was not durable may be lost. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // ── making room ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #makeRoom(total: number): void {
    while (this.#end + total > this.#segment.end) this.#nextSegment(total);
    this.#startExtent(total);
    if (!this.#unsyncedPressure && this.#tail.unsyncedBytes(this.durableEnd) > this.#unsyncedBytesMax) {
      this.#unsyncedPressure = true;
      this.#deferUpkeep();
    }
  }

  #startExtent(total: number): void {
    const extent = this.#tail.startExtent(this.#segment, this.#end, total, this.#index);
    this.#extent = extent;
    this.#index = this.#end + extent.shift;
    this.#words = extent.slab.words;
    this.buffer = extent.slab.bytes;
    this.#room = Math.min(extent.slab.bytes.length - this.#index, this.#segment.end - this.#end);
  }

  /** Ends the segment with a mark, so that its unused rest is not taken for damage, and goes on in the next. */
  #nextSegment(total: number): void {
    if (this.#end + RECORD_HEADER_SIZE <= this.#segment.end) {
      if (this.#room < RECORD_HEADER_SIZE) this.#startExtent(RECORD_HEADER_SIZE);
      this.#append(KIND_SEGMENT_END, 0);
    }
    const next = this.#segments.following(this.#segment) ?? this.#plan(total);
    this.#room = 0;
    this.#enter(next, next.firstPosition);
    this.#deferUpkeep();
  }

  /** Plans a segment behind the newest that has room for a record of `total` bytes. */
  #plan(total: number): Segment {
    const { newest } = this.#segments;
    const leftBytes = this.#segment.end - this.#end;
    return this.#segments.plan(newest.end, nextSegmentSize(newest.sizeBytes, this.#segmentSizeBytes, leftBytes, total));
  }

  #enter(segment: Segment, position: LogPosition): void {
    this.#segment = segment;
    this.#markSalt = segment.markSalt;
    this.#base = segment.base;
    this.#end = position;
  }

  // ── what happens in the background ────────────────────────────────────────────────────────────────────────────────────────────

  #newCommit(end: LogPosition): GroupCommit {
    const log = this;
    return new GroupCommit(
      this.#tail,
      this.#clock,
      {
        get end() {
          return log.#end;
        },
        durable: durableEnd => this.#durable(durableEnd),
        failed: error => this.#failed(error),
        recovered: () => this.#updatePressure(),
      },
      end,
      this.#unsyncedBytesMax / 4,
    );
  }

  #newCompaction(garbageShareMin: number, garbageBytesMin: number): Compaction {
    const log = this;
    return new Compaction(this.#segments, this.#files, garbageShareMin, garbageBytesMin, {
      owner: this.#owner,
      get current() {
        return log.#segment;
      },
      get durableEnd() {
        return log.durableEnd;
      },
      get room() {
        return log.#segment.end - log.#end;
      },
      get diskFull() {
        return log.#maker.failure !== undefined && isDiskFull(log.#maker.failure);
      },
      get behind() {
        return log.#commit.failure !== undefined || log.#tail.unsyncedBytes(log.durableEnd) > log.#unsyncedBytesMax / 4;
      },
      sync: () => this.#commit.sync(),
      walked: () => this.#upkeep(),
      report: this.#options.report,
    });
  }

  #durable(end: LogPosition): void {
    if (this.#tail.evict(end)) this.#viewed = this.#none;
    this.#owner.durable(end);
    this.#upkeep();
    this.#closeStep?.();
  }

  #failed(error: Error): void {
    this.#options.report({ kind: 'write-failed', error });
    this.#updatePressure();
    this.#closeStep?.();
    // On a full disk, moving a few records may free a segment.
    this.#deferUpkeep();
  }

  #segmentMade(segment: Segment): void {
    this.#writable.push(segment);
    this.#updatePressure();
    this.#commit.schedule();
    this.#upkeep();
  }

  #deferUpkeep(): void {
    if (this.#upkeepDeferred) return;
    this.#upkeepDeferred = true;
    this.#clock.defer(() => {
      this.#upkeepDeferred = false;
      this.#upkeep();
    });
  }

  /** Makes the segment ahead, closes files that were written to the end, takes away what nobody needs, and tells pressure. */
  #upkeep(): void {
    if (this.#state === 'opening' || this.#state === 'closed') return;
    this.#updatePressure();
    this.#makeAhead();
    if (this.#state !== 'open') return;
    while (this.#writable.length > 0 && this.#writable[0] !== this.#segment && this.#writable[0]!.end <= this.durableEnd) {
      closeFile(this.#writable.shift()!);
    }
    if (!this.#replayed) return;
    if (this.#removal.consider(this.#segment, this.durableEnd)) this.#commit.sync();
    this.#compaction.consider();
  }

  /**
   * Makes the segment that is needed, or the one ahead. That one not before a part of the current one is used: until then the one before it
   * is empty, perhaps, and its file is used again, which costs next to nothing.
   */
  #makeAhead(): void {
    if (this.#maker.busy) return;
    const { list, newest } = this.#segments;
    const used = this.#end - this.#segment.base;
    if (newest === this.#segment && this.#state === 'open' && used >= this.#segment.sizeBytes * AHEAD_FROM_SHARE) this.#plan(0);
    let at = list.length;
    while (at > 0 && !list[at - 1]!.made) at--;
    if (at < list.length) this.#maker.make(list[at]!);
  }

  #updatePressure(): void {
    if (this.#unsyncedPressure && this.#tail.unsyncedBytes(this.durableEnd) <= this.#unsyncedBytesMax / 2) this.#unsyncedPressure = false;
    const failure = this.#commit.failure ?? this.#maker.failure;
    let pressure: LogPressure = this.#unsyncedPressure ? 'unsynced-bytes' : 'none';
    if (failure !== undefined) pressure = isDiskFull(failure) ? 'disk-full' : 'write-failed';
    if (pressure === this.#pressure) return;
    this.#pressure = pressure;
    this.#options.report({ kind: 'pressure', pressure });
    this.#owner.pressure(pressure);
  }

  // ── start and end ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #open(): Promise<void> {
    const { directory, report, onProgress } = this.#options;
    await waitFor(done => this.#disk.makeDirectory(directory, done));
    this.#lock = this.#disk.lock(directory);
    const { firstBase, spareSizeBytes } = await readDirectory(this.#disk, directory, this.#segments, report);
    this.#maker.spareSizeBytes = spareSizeBytes;
    this.#options.attach?.(this);
    if (this.#segments.list.length === 0) {
      const first = this.#segments.plan(firstBase, firstSegmentSize(this.#segmentSizeBytes));
      this.#enter(first, first.firstPosition);
      this.#replayed = true;
      this.#saidEnd = this.#end;
    } else {
      const options = { directory, disk: this.#disk, clock: this.#clock, owner: this.#owner, report, onProgress };
      const replay = new Replay(options, this.#segments);
      await replay.run();
      if (replay.spareSizeBytes > 0) this.#maker.spareSizeBytes = replay.spareSizeBytes;
      this.#enter(this.#segments.newest, replay.end);
      this.#writable.push(this.#segment);
      if (replay.closed) this.#saidEnd = this.#end;
    }
    this.#commit = this.#newCommit(this.#end);
    this.#state = 'open';
    this.#makeAhead();
  }

  async #close(): Promise<void> {
    await new Promise<void>(resolve => this.#compaction.stop(resolve));
    this.#state = 'closing';
    this.#holds.endAll('the log is being closed');
    let failure: unknown;
    try {
      await this.#makeDurable();
      if (this.#end !== this.#saidEnd) {
        this.#append(KIND_CLOSED, 0);
        await this.#makeDurable();
      }
    } catch (error) {
      failure = error;
    }
    this.#state = 'closed';
    await new Promise<void>(resolve => this.#commit.stop(resolve));
    await new Promise<void>(resolve => this.#maker.stop(resolve));
    await new Promise<void>(resolve => this.#removal.stop(resolve));
    this.#files.close();
    await closeFiles(this.#segments.list);
    this.#lock?.release();
    if (failure !== undefined) throw failure;
  }

  /** Everything appended is durable when the promise is fulfilled. Rejects with the first failure. */
  #makeDurable(): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = (): void => {
        const failure = this.#commit.failure ?? (this.#segment.made ? undefined : this.#maker.failure);
        if (this.durableEnd >= this.#end || failure !== undefined) this.#closeStep = undefined;
        if (this.durableEnd >= this.#end) resolve();
        else if (failure !== undefined) reject(failure);
      };
      if (this.durableEnd >= this.#end) return resolve();
      this.#closeStep = step;
      this.#makeAhead();
      this.#maker.tryAgain();
      this.#commit.tryAgain();
      this.#commit.sync();
    });
  }
}
