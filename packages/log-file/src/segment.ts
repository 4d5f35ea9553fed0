import type { DiskFile } from './disk.ts';
import type { Salts } from './record-layout.ts';
import { SEGMENT_HEADER_SIZE, segmentName } from './segment-header.ts';

/** An open file that reads may be using when it is closed: the last of them closes it. */
export class SharedFile {
  readonly file: DiskFile;
  #users = 0;
  #closing: ((error: Error | null) => void) | undefined;

  constructor(file: DiskFile) {
    this.file = file;
  }

  get busy(): boolean {
    return this.#users > 0;
  }

  use(): DiskFile {
    this.#users++;
    return this.file;
  }

  unuse(): void {
    if (--this.#users === 0 && this.#closing !== undefined) this.file.close(this.#closing);
  }

  /** Closes as soon as nobody uses it any more. */
  close(done: (error: Error | null) => void): void {
    if (this.#users > 0) this.#closing = done;
    else this.file.close(done);
  }
}

/** A stretch of the log's positions that lies in one file. */
export class Segment implements Salts {
  /** The position of the file's first byte. */
  readonly base: number;
  readonly sizeBytes: number;
  /** The position after the file's last byte: the base of the next segment. */
  readonly end: number;
  readonly markSalt: number;
  readonly checkSalt: number;
  readonly name: string;
  /** Whether the file is there, with its header and its room on disk. Segments are planned before they are made. */
  made = false;
  /** The open file. The segment being written, and the one ahead, have theirs; others open it to be read. */
  file: SharedFile | undefined;
  /** Whether bytes were written that no sync followed; moved by the group commit. */
  unsynced = false;
  /** Counts `retain` less `release`. */
  liveRecords = 0;
  /** What the live records take in the file, headers included. */
  liveBytes = 0;
  /** When this is durable, all that took the place of released records is. */
  replacedEnd = 0;
  /** Whether its records are being moved: it stays until the walk is over. */
  relocating = false;
  /** Whether its records were all shown to the owner to be moved: what it retains still, it wants where it is (or could not be read). */
  walked = false;
  /** Whether it was taken out of the log; its file is going to be removed or used for another one. */
  removed = false;

  constructor(base: number, sizeBytes: number, markSalt: number, checkSalt: number) {
    this.base = base;
    this.sizeBytes = sizeBytes;
    this.end = base + sizeBytes;
    this.markSalt = markSalt;
    this.checkSalt = checkSalt;
    this.name = segmentName(base);
  }

  /** Where the first record goes. */
  get firstPosition(): number {
    return this.base + SEGMENT_HEADER_SIZE;
  }
}
