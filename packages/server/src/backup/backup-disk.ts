import type { FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Disk, DiskFile, DiskLock, DiskMode } from '@angarium/log-file';

/** Where a file lies in a backup. */
export interface BackupPlace {
  readonly at: number;
  readonly sizeBytes: number;
}

/** The segments in a backup, as a log sees the files of its directory. What it writes goes nowhere: a look at a backup leaves it as it is. */
export class BackupDisk implements Disk {
  readonly #backup: FileHandle;
  readonly #places: ReadonlyMap<string, BackupPlace>;

  /** `places`: by the names of the segments' files. */
  constructor(backup: FileHandle, places: ReadonlyMap<string, BackupPlace>) {
    this.#backup = backup;
    this.#places = places;
  }

  makeDirectory(_path: string, done: (error: Error | null) => void): void {
    setImmediate(done, null);
  }

  lock(): DiskLock {
    return { release: () => {} };
  }

  list(_directory: string, done: (error: Error | null, names: string[]) => void): void {
    setImmediate(done, null, [...this.#places.keys()]);
  }

  open(path: string, mode: DiskMode, done: (error: Error | null, file: DiskFile | undefined) => void): void {
    const place = mode === 'create' ? { at: 0, sizeBytes: 0 } : this.#places.get(basename(path));
    if (place === undefined) setImmediate(done, new Error(`there is no ${path} in the backup`), undefined);
    else setImmediate(done, null, new BackupDiskFile(this.#backup, place));
  }

  rename(_from: string, _to: string, done: (error: Error | null) => void): void {
    setImmediate(done, null);
  }

  remove(_path: string, done: (error: Error | null) => void): void {
    setImmediate(done, null);
  }

  syncDirectory(_path: string, done: (error: Error | null) => void): void {
    setImmediate(done, null);
  }
}

class BackupDiskFile implements DiskFile {
  readonly #backup: FileHandle;
  readonly #place: BackupPlace;

  constructor(backup: FileHandle, place: BackupPlace) {
    this.#backup = backup;
    this.#place = place;
  }

  size(done: (error: Error | null, sizeBytes: number) => void): void {
    setImmediate(done, null, this.#place.sizeBytes);
  }

  read(into: Uint8Array, offset: number, length: number, position: number, done: (error: Error | null, bytesRead: number) => void): void {
    const { at, sizeBytes } = this.#place;
    const wanted = Math.max(0, Math.min(length, sizeBytes - position));
    this.#backup.read(into, offset, wanted, at + position).then(
      ({ bytesRead }) => done(null, bytesRead),
      (error: Error) => done(error, 0),
    );
  }

  write(_buffers: Uint8Array[], _position: number, _durable: boolean, done: (error: Error | null) => void): void {
    setImmediate(done, null);
  }

  sync(done: (error: Error | null) => void): void {
    setImmediate(done, null);
  }

  close(done: (error: Error | null) => void): void {
    setImmediate(done, null);
  }
}
