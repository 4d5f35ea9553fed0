import { join } from 'node:path';
import type { Disk, DiskFile } from './disk.ts';
import type { LogClock } from './log-clock.ts';
import type { LogEvent } from './log-event.ts';
import { type Segment, SharedFile } from './segment.ts';
import { MAKING_NAME, SPARE_NAME } from './segment-directory.ts';
import { encodeSegmentHeader } from './segment-header.ts';

/** Zeros written at a time. Each piece is on disk before the next is written, so that a sync of the log's own waits for no more than that. */
const ZEROS = new Uint8Array(1024 * 1024);
/** How long after a failure it is tried again. */
const RETRY_MS = 1000;

/** What the maker tells. */
export interface SegmentMakerOwner {
  made(segment: Segment): void;
  failed(error: Error): void;
}

/**
 * Makes segment files: all their room is on disk before the first record is written, so that a sync has no metadata to write, and so that
 * a full disk is noticed while there is still room for settlements. One at a time, in the background.
 */
export class SegmentMaker {
  /** The size of the spare file, 0 when there is none; set by those who take segments away. */
  spareSizeBytes = 0;
  /** What the last try failed with; undefined after a success. */
  failure: Error | undefined;

  readonly #directory: string;
  readonly #disk: Disk;
  readonly #clock: LogClock;
  readonly #owner: SegmentMakerOwner;
  readonly #report: (event: LogEvent) => void;
  #segment: Segment | undefined;
  #file: DiskFile | undefined;
  #recycled = false;
  #takingSpare = false;
  #retry: { cancel(): void } | undefined;
  #stopped: (() => void) | undefined;

  constructor(directory: string, disk: Disk, clock: LogClock, owner: SegmentMakerOwner, report: (event: LogEvent) => void) {
    this.#directory = directory;
    this.#disk = disk;
    this.#clock = clock;
    this.#owner = owner;
    this.#report = report;
  }

  /** Whether a segment is being made or waits to be tried again. */
  get busy(): boolean {
    return this.#segment !== undefined;
  }

  /** Whether a removed segment's file would be of use. */
  get spareWanted(): boolean {
    return this.spareSizeBytes === 0 && !this.#takingSpare;
  }

  /** Makes the file of a planned segment; tried again until it works. */
  make(segment: Segment): void {
    this.#segment = segment;
    this.#start();
  }

  /** Tries at once again what waits after a failure: there may be room now. */
  tryAgain(): void {
    if (this.#retry === undefined) return;
    this.#retry.cancel();
    this.#start();
  }

  /** Stops after the step that is under way and leaves what is half made for the next start to remove. */
  stop(done: () => void): void {
    if (this.#segment === undefined || this.#retry !== undefined) {
      this.#retry?.cancel();
      done();
    } else this.#stopped = done;
  }

  #start(): void {
    this.#retry = undefined;
    const segment = this.#segment!;
    const making = join(this.#directory, MAKING_NAME);
    this.#recycled = this.spareSizeBytes === segment.sizeBytes;
    if (!this.#recycled) return this.#open(making, 'create');
    // From here on the spare is this segment's, or is lost with it.
    this.spareSizeBytes = 0;
    this.#takingSpare = true;
    this.#disk.rename(join(this.#directory, SPARE_NAME), making, error => {
      this.#takingSpare = false;
      if (error === null) this.#open(making, 'write');
      else this.#fail(error);
    });
  }

  #open(path: string, mode: 'create' | 'write'): void {
    this.#disk.open(path, mode, (error, file) => {
      if (error !== null) return this.#fail(error);
      this.#file = file!;
      if (this.#recycled) this.#writeHeader();
      else this.#writeZeros(0);
    });
  }

  #writeZeros(from: number): void {
    if (this.#stopped !== undefined) return this.#finishStop();
    const { sizeBytes } = this.#segment!;
    if (from >= sizeBytes) return this.#writeHeader();
    const slice = sizeBytes - from >= ZEROS.length ? ZEROS : ZEROS.subarray(0, sizeBytes - from);
    this.#file!.write([slice], from, true, error => {
      if (error === null) this.#writeZeros(from + slice.length);
      else this.#fail(error);
    });
  }

  #writeHeader(): void {
    this.#file!.write([encodeSegmentHeader(this.#segment!)], 0, false, error => {
      if (error !== null) return this.#fail(error);
      this.#file!.sync(syncError => (syncError === null ? this.#rename() : this.#fail(syncError)));
    });
  }

  /** The file gets its name when all of it is on disk, so that a name is never without its header. */
  #rename(): void {
    const segment = this.#segment!;
    const to = join(this.#directory, segment.name);
    this.#disk.rename(join(this.#directory, MAKING_NAME), to, error => {
      if (error !== null) return this.#fail(error);
      this.#disk.syncDirectory(this.#directory, syncError => (syncError === null ? this.#finish() : this.#failNamed(to, syncError)));
    });
  }

  #finish(): void {
    const segment = this.#segment!;
    segment.file = new SharedFile(this.#file!);
    segment.made = true;
    this.#segment = undefined;
    this.#file = undefined;
    this.failure = undefined;
    this.#report({ kind: 'segment-made', segment: segment.name, bytes: segment.sizeBytes, recycled: this.#recycled });
    if (this.#stopped !== undefined) return this.#stopped();
    this.#owner.made(segment);
  }

  /** The file has its name, perhaps; a name that is not durable is as good as none, and is made again. */
  #failNamed(path: string, error: Error): void {
    this.#disk.rename(path, join(this.#directory, MAKING_NAME), () => this.#fail(error));
  }

  /** Gives back what was taken: a full disk needs it. */
  #fail(error: Error): void {
    const file = this.#file;
    this.#file = undefined;
    const finish = (): void => {
      this.#disk.remove(join(this.#directory, MAKING_NAME), () => this.#wait(error));
    };
    if (file === undefined) finish();
    else file.close(finish);
  }

  #wait(error: Error): void {
    if (this.#stopped !== undefined) return this.#stopped();
    this.failure = error;
    this.#retry = this.#clock.after(RETRY_MS, () => this.#start());
    this.#owner.failed(error);
  }

  #finishStop(): void {
    const file = this.#file!;
    this.#file = undefined;
    file.close(() => this.#disk.remove(join(this.#directory, MAKING_NAME), () => this.#stopped!()));
  }
}
