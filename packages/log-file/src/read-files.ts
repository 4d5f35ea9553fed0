import { join } from 'node:path';
import { type Disk, waitFor } from './disk.ts';
import { type Segment, SharedFile } from './segment.ts';

/** Files kept open to be read, at the most; a deep log has more segments than a process may have descriptors. */
const OPEN_FILES_MAX = 32;

/** Opens the files of older segments when they are read, and closes those that were not read for the longest time. */
export class ReadFiles {
  readonly #directory: string;
  readonly #disk: Disk;
  /** Segments whose file was opened here, the least recently opened first. */
  readonly #open: Segment[] = [];
  #closed = false;
  readonly #opening = new Map<Segment, ((error: Error | null) => void)[]>();

  constructor(directory: string, disk: Disk) {
    this.#directory = directory;
    this.#disk = disk;
  }

  /** Sees to it that `segment.file` is there when `done` is called without an error; at once when it is there already. */
  open(segment: Segment, done: (error: Error | null) => void): void {
    if (this.#closed) return done(new Error('the log is closed'));
    if (segment.file !== undefined) return done(null);
    const waiting = this.#opening.get(segment);
    if (waiting !== undefined) {
      waiting.push(done);
      return;
    }
    const all = [done];
    this.#opening.set(segment, all);
    this.#disk.open(join(this.#directory, segment.name), 'read', (openError, file) => {
      let error = openError;
      this.#opening.delete(segment);
      if (file !== undefined && (segment.removed || this.#closed)) {
        file.close(() => {});
        error = new Error(`the segment ${segment.name} was removed, or its log was closed`);
      } else if (file !== undefined) {
        segment.file = new SharedFile(file);
        this.#open.push(segment);
        if (this.#open.length > OPEN_FILES_MAX) closeFile(this.#open.shift()!);
      }
      for (const one of all) one(error);
    });
  }

  /** No file is opened any more; those that are open belong to whoever closes them. */
  close(): void {
    this.#closed = true;
  }

  /** The segment is going to be removed. */
  forget(segment: Segment): void {
    segment.removed = true;
    const at = this.#open.indexOf(segment);
    if (at >= 0) this.#open.splice(at, 1);
    closeFile(segment);
  }
}

/** Closes a segment's file once the reads under way are through. A failing close of a file that was only read loses nothing. */
export function closeFile(segment: Segment): void {
  const { file } = segment;
  segment.file = undefined;
  file?.close(() => {});
}

/** Closes the files of segments, one after the other, and waits for each. Rejects with the first failure. */
export async function closeFiles(segments: readonly Segment[]): Promise<void> {
  for (const segment of segments) {
    const { file } = segment;
    segment.file = undefined;
    if (file !== undefined) await waitFor(done => file.close(done));
  }
}
