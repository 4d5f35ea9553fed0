import fs from 'node:fs';
import { join } from 'node:path';
import { lockDirectory } from './directory-lock.ts';
import type { Disk, DiskFile, DiskLock, DiskMode } from './disk.ts';

/**
 * Durable writes go through a second descriptor with O_DSYNC where that is as good as fdatasync: one way through the thread pool in the
 * place of two. (Apple's fdatasync flushes the drive's own cache and its O_DSYNC does not; Windows has none.)
 */
const SYNCED_WRITE_FLAGS = process.platform === 'linux' ? fs.constants.O_WRONLY | fs.constants.O_DSYNC : undefined;

/** The largest number of buffers that one call may write: IOV_MAX. */
const BUFFERS_MAX = 1024;

/** The file system of this machine. */
export class NodeDisk implements Disk {
  makeDirectory(path: string, done: (error: Error | null) => void): void {
    fs.mkdir(path, { recursive: true }, error => done(error));
  }

  lock(directory: string): DiskLock {
    return lockDirectory(join(directory, 'lock'), directory);
  }

  list(directory: string, done: (error: Error | null, names: string[]) => void): void {
    fs.readdir(directory, done);
  }

  open(path: string, mode: DiskMode, done: (error: Error | null, file: DiskFile | undefined) => void): void {
    const flags = mode === 'read' ? 'r' : mode === 'write' ? 'r+' : 'w+';
    fs.open(path, flags, (error, descriptor) => {
      if (error !== null) return done(error, undefined);
      if (mode === 'read' || SYNCED_WRITE_FLAGS === undefined) return done(null, new NodeDiskFile(descriptor, undefined));
      fs.open(path, SYNCED_WRITE_FLAGS, (secondError, synced) => {
        if (secondError === null) return done(null, new NodeDiskFile(descriptor, synced));
        fs.close(descriptor, () => done(secondError, undefined));
      });
    });
  }

  rename(from: string, to: string, done: (error: Error | null) => void): void {
    fs.rename(from, to, done);
  }

  remove(path: string, done: (error: Error | null) => void): void {
    fs.unlink(path, done);
  }

  syncDirectory(path: string, done: (error: Error | null) => void): void {
    // Windows cannot open a directory, and keeps its entries in a journal of its own.
    if (process.platform === 'win32') return fs.access(path, done);
    fs.open(path, 'r', (error, descriptor) => {
      if (error !== null) return done(error);
      fs.fsync(descriptor, syncError => fs.close(descriptor, closeError => done(syncError ?? closeError ?? null)));
    });
  }
}

class NodeDiskFile implements DiskFile {
  readonly #descriptor: number;
  readonly #synced: number | undefined;

  constructor(descriptor: number, synced: number | undefined) {
    this.#descriptor = descriptor;
    this.#synced = synced;
  }

  size(done: (error: Error | null, sizeBytes: number) => void): void {
    fs.fstat(this.#descriptor, (error, stats) => done(error, error === null ? stats.size : 0));
  }

  read(into: Uint8Array, offset: number, length: number, position: number, done: (error: Error | null, bytesRead: number) => void): void {
    let total = 0;
    const next = (error: Error | null, bytesRead: number): void => {
      if (error !== null) return done(error, total);
      total += bytesRead;
      if (bytesRead === 0 || total === length) return done(null, total);
      fs.read(this.#descriptor, into, offset + total, length - total, position + total, next);
    };
    fs.read(this.#descriptor, into, offset, length, position, next);
  }

  write(buffers: Uint8Array[], position: number, durable: boolean, done: (error: Error | null) => void): void {
    const descriptor = durable && this.#synced !== undefined ? this.#synced : this.#descriptor;
    const finish = durable && this.#synced === undefined ? (error: Error | null) => (error === null ? this.sync(done) : done(error)) : done;
    let rest = buffers;
    let at = position;
    const next = (error: Error | null, bytesWritten: number): void => {
      if (error !== null) return finish(error);
      at += bytesWritten;
      rest = withoutFirst(rest, bytesWritten);
      if (rest.length === 0) return finish(null);
      // The kernel may write less than was asked, before it says why in the next call.
      if (bytesWritten === 0) return finish(Object.assign(new Error('EIO: the disk wrote nothing'), { code: 'EIO' }));
      step();
    };
    const step = (): void => {
      if (rest.length === 1) fs.write(descriptor, rest[0]!, 0, rest[0]!.length, at, next);
      else fs.writev(descriptor, rest.length > BUFFERS_MAX ? rest.slice(0, BUFFERS_MAX) : rest, at, next);
    };
    step();
  }

  sync(done: (error: Error | null) => void): void {
    fs.fdatasync(this.#descriptor, done);
  }

  close(done: (error: Error | null) => void): void {
    fs.close(this.#descriptor, error => {
      if (this.#synced === undefined) return done(error ?? null);
      fs.close(this.#synced, secondError => done(error ?? secondError ?? null));
    });
  }
}

/** The buffers without their first `count` bytes. */
function withoutFirst(buffers: Uint8Array[], count: number): Uint8Array[] {
  let at = 0;
  let left = count;
  while (at < buffers.length && left >= buffers[at]!.length) left -= buffers[at++]!.length;
  const rest = buffers.slice(at);
  if (left > 0) rest[0] = rest[0]!.subarray(left);
  return rest;
}
