import type { LogPosition } from '@angarium/core';
import type { ReadFiles } from './read-files.ts';
import type { Segment } from './segment.ts';
import type { SegmentHold } from './segment-holds.ts';

/** A file of a log as it was. */
export interface SnapshotFile {
  readonly name: string;
  /** Bytes that belong to the snapshot: all of a segment, or what was on disk of the last one. */
  readonly sizeBytes: number;
}

/**
 * A log as it was on disk at one position: what a crash at that moment would have left. Its segments stay until they were read, as long as somebody goes on
 * reading; the log goes on meanwhile.
 */
export class LogSnapshot implements Disposable {
  /** Everything before this is in the snapshot. */
  readonly end: LogPosition;
  readonly files: readonly SnapshotFile[];
  readonly #segments: readonly Segment[];
  readonly #readFiles: ReadFiles;
  readonly #hold: SegmentHold;

  /** `segments`: the oldest first; the hold is the snapshot's from now on. */
  constructor(segments: readonly Segment[], end: LogPosition, readFiles: ReadFiles, hold: SegmentHold) {
    this.end = end;
    this.#segments = segments;
    this.#readFiles = readFiles;
    this.#hold = hold;
    this.files = segments.map(segment => ({ name: segment.name, sizeBytes: Math.min(segment.end, end) - segment.base }));
  }

  /**
   * Fills `into` with the bytes of a file from `offset` on. Files that come before it may be gone from then on. Rejects when the hold has ended, and when the
   * disk fails.
   */
  async read(file: number, offset: number, into: Uint8Array): Promise<void> {
    const segment = this.#segments[file]!;
    this.#hold.moveOn(segment.base);
    let failure: unknown;
    const bytesRead = await this.#read(segment, offset, into).catch((error: unknown) => {
      failure = error;
      return 0;
    });
    // What was read after the hold had ended may be another segment's, and a segment that is gone then is no fault of the disk.
    failure = this.#hold.ended ?? failure;
    if (failure !== undefined) throw failure;
    // A segment's file may be shorter than its room, where it was copied without what is not used yet.
    into.fill(0, bytesRead);
  }

  #read(segment: Segment, offset: number, into: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#readFiles.open(segment, openError => {
        if (openError !== null) return reject(openError);
        const shared = segment.file!;
        shared.use().read(into, 0, into.length, offset, (error, bytesRead) => {
          shared.unuse();
          if (error === null) resolve(bytesRead);
          else reject(error);
        });
      });
    });
  }

  [Symbol.dispose](): void {
    this.#hold.release();
  }
}
