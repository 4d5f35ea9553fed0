/**
 * The port over the file system, callback style, so that a test can put a disk in its place that tears writes and loses what
 * was not synced. Every call answers in a later turn. Errors carry the `code` of the operating system (`ENOSPC`, `EIO` …).
 */
export interface Disk {
  /** Makes the directory and its parents where they are missing. */
  makeDirectory(path: string, done: (error: Error | null) => void): void;
  /**
   * Takes the directory for this process. The lock ends with the process, however it ends.
   * Throws a `DirectoryInUseError` at once when somebody has it.
   */
  lock(directory: string): DiskLock;
  /** The names of the files in the directory. */
  list(directory: string, done: (error: Error | null, names: string[]) => void): void;
  open(path: string, mode: DiskMode, done: (error: Error | null, file: DiskFile | undefined) => void): void;
  /** Puts `to` in the place of what had that name. Durable after `syncDirectory`. */
  rename(from: string, to: string, done: (error: Error | null) => void): void;
  /** Durable after `syncDirectory`. */
  remove(path: string, done: (error: Error | null) => void): void;
  syncDirectory(path: string, done: (error: Error | null) => void): void;
}

/** `create` makes an empty file in the place of what was there; `write` opens for reading and writing what is there. */
export type DiskMode = 'read' | 'write' | 'create';

export interface DiskFile {
  size(done: (error: Error | null, sizeBytes: number) => void): void;
  /** Reads until `length` bytes are there or the file ends; `bytesRead` says how many. */
  read(into: Uint8Array, offset: number, length: number, position: number, done: (error: Error | null, bytesRead: number) => void): void;
  /**
   * Writes all the buffers one after the other. `durable`: these bytes are on disk when `done` is called without an error;
   * earlier writes without it need `sync`. The buffers must not change until then.
   */
  write(buffers: Uint8Array[], position: number, durable: boolean, done: (error: Error | null) => void): void;
  /** Everything written before is on disk when `done` is called without an error. */
  sync(done: (error: Error | null) => void): void;
  close(done: (error: Error | null) => void): void;
}

export interface DiskLock {
  release(): void;
}

/** Whether the disk has no room, or the user may not have more of it. */
export function isDiskFull(error: Error): boolean {
  return 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

/** Calls one of the disk's functions and waits: for starting and stopping, never on a message's path. */
export function waitFor(call: (done: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => call(error => (error === null ? resolve() : reject(error))));
}

/** Like `waitFor`, for functions that answer something. */
export function answerOf<T>(call: (done: (error: Error | null, answer: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => call((error, answer) => (error === null ? resolve(answer) : reject(error))));
}
