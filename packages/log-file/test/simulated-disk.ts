import { basename } from 'node:path';
import { DirectoryInUseError, type Disk, type DiskFile, type DiskLock, type DiskMode } from '../src/index.ts';
import type { Effect, Random, SimulatedLoop } from './simulated-loop.ts';

const SECTOR = 512;

/** How often things go wrong, each as a share of the operations. */
export interface Faults {
  /** No room for what is not there yet. */
  full: boolean;
  write: number;
  sync: number;
  name: number;
}

class Inode {
  /** What a read sees. */
  bytes = new Uint8Array(0);
  /** What is left after a power failure. */
  durable = new Uint8Array(0);
  /** Sectors that were written since the last sync. */
  readonly dirty = new Set<number>();

  write(bytes: Uint8Array, position: number): void {
    this.bytes = grown(this.bytes, position + bytes.length);
    this.bytes.set(bytes, position);
    const last = Math.ceil((position + bytes.length) / SECTOR);
    for (let sector = Math.floor(position / SECTOR); sector < last; sector++) this.dirty.add(sector);
  }

  persist(sector: number, end = SECTOR): void {
    const from = sector * SECTOR;
    const to = Math.min(from + end, this.bytes.length);
    this.durable = grown(this.durable, this.bytes.length);
    this.durable.set(this.bytes.subarray(from, to), from);
  }
}

function grown(bytes: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  if (bytes.length >= length) return bytes;
  const larger = new Uint8Array(length);
  larger.set(bytes);
  return larger;
}

type NameChange = (names: Map<string, Inode>) => void;

/**
 * A disk in memory that does what a real one may do. Writes that no sync followed are lost or kept sector by sector, in any order, and torn
 * within a sector; names change in their order, up to some point. A failed sync forgets some of what it should have
 * written, and the next one succeeds without it, as Linux does.
 */
export class SimulatedDisk {
  readonly faults: Faults = { full: false, write: 0, sync: 0, name: 0 };
  readonly random: Random;
  readonly loop: SimulatedLoop;
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  #changes: NameChange[] = [];
  locked = false;
  /** Counts reads of files. */
  reads = 0;

  constructor(random: Random, loop: SimulatedLoop) {
    this.random = random;
    this.loop = loop;
  }

  /** The disk as the machine sees it until the next power failure. */
  port(): Disk {
    return new SimulatedDiskPort(this, this.loop.life);
  }

  crash(): void {
    this.loop.crash();
    const kept = this.random.below(this.#changes.length + 1);
    for (const change of this.#changes.slice(0, kept)) change(this.#durableNames);
    this.#changes = [];
    this.#names = new Map(this.#durableNames);
    for (const inode of new Set(this.#names.values())) {
      for (const sector of inode.dirty) {
        const fate = this.random.next();
        if (fate < 0.45) inode.persist(sector);
        else if (fate < 0.55) inode.persist(sector, this.random.below(SECTOR));
      }
      inode.dirty.clear();
      inode.bytes = inode.durable.slice();
    }
    this.locked = false;
  }

  get names(): string[] {
    return [...this.#names.keys()].sort();
  }

  find(path: string): Inode | undefined {
    return this.#names.get(basename(path));
  }

  /** A file that is there, and on disk. */
  put(name: string, bytes: Uint8Array): void {
    const inode = new Inode();
    inode.bytes = bytes.slice();
    inode.durable = bytes.slice();
    this.#names.set(name, inode);
    this.#durableNames.set(name, inode);
  }

  change(change: NameChange): void {
    change(this.#names);
    this.#changes.push(change);
  }

  syncNames(): void {
    for (const change of this.#changes) change(this.#durableNames);
    this.#changes = [];
  }

  /** Whether an operation fails that does so now and then. */
  fails(fault: 'write' | 'sync' | 'name'): boolean {
    return this.random.chance(this.faults[fault]);
  }
}

class SimulatedDiskPort implements Disk {
  readonly #disk: SimulatedDisk;
  readonly #life: number;

  constructor(disk: SimulatedDisk, life: number) {
    this.#disk = disk;
    this.#life = life;
  }

  makeDirectory(_path: string, done: (error: Error | null) => void): void {
    this.#operate(() => () => done(null));
  }

  lock(directory: string): DiskLock {
    const disk = this.#disk;
    if (disk.locked) throw new DirectoryInUseError(directory);
    disk.locked = true;
    return {
      release: () => {
        disk.locked = false;
      },
    };
  }

  list(_directory: string, done: (error: Error | null, names: string[]) => void): void {
    this.#operate(() => () => done(null, this.#disk.names));
  }

  open(path: string, mode: DiskMode, done: (error: Error | null, file: DiskFile | undefined) => void): void {
    this.#operate(() => {
      let inode = this.#disk.find(path);
      if (mode === 'create') {
        if (this.#disk.faults.full) return () => done(failure('ENOSPC'), undefined);
        const made = new Inode();
        inode = made;
        this.#disk.change(names => names.set(basename(path), made));
      }
      if (inode === undefined) return () => done(failure('ENOENT'), undefined);
      const file = new SimulatedFile(this.#disk, this.#life, inode);
      return () => done(null, file);
    });
  }

  rename(from: string, to: string, done: (error: Error | null) => void): void {
    this.#changeName(from, done, (names, inode) => {
      names.delete(basename(from));
      names.set(basename(to), inode);
    });
  }

  remove(path: string, done: (error: Error | null) => void): void {
    this.#changeName(path, done, names => names.delete(basename(path)));
  }

  syncDirectory(_path: string, done: (error: Error | null) => void): void {
    this.#operate(() => {
      if (this.#disk.fails('name')) return () => done(failure('EIO'));
      this.#disk.syncNames();
      return () => done(null);
    });
  }

  #changeName(path: string, done: (error: Error | null) => void, change: (names: Map<string, Inode>, inode: Inode) => void): void {
    this.#operate(() => {
      if (this.#disk.fails('name')) return () => done(failure('EIO'));
      const inode = this.#disk.find(path);
      if (inode === undefined) return () => done(failure('ENOENT'));
      this.#disk.change(names => change(names, inode));
      return () => done(null);
    });
  }

  #operate(effect: Effect): void {
    this.#disk.loop.operation(this.#life, effect);
  }
}

class SimulatedFile implements DiskFile {
  readonly #disk: SimulatedDisk;
  readonly #life: number;
  readonly #inode: Inode;
  #closed = false;

  constructor(disk: SimulatedDisk, life: number, inode: Inode) {
    this.#disk = disk;
    this.#life = life;
    this.#inode = inode;
  }

  size(done: (error: Error | null, sizeBytes: number) => void): void {
    this.#operate(() => () => done(null, this.#inode.bytes.length));
  }

  read(into: Uint8Array, offset: number, length: number, position: number, done: (error: Error | null, bytesRead: number) => void): void {
    this.#disk.reads++;
    this.#operate(() => {
      const bytes = this.#inode.bytes.subarray(position, position + length);
      into.set(bytes, offset);
      return () => done(null, bytes.length);
    });
  }

  write(buffers: Uint8Array[], position: number, durable: boolean, done: (error: Error | null) => void): void {
    this.#operate(() => {
      const bytes = Buffer.concat(buffers);
      const full = this.#disk.faults.full && position + bytes.length > this.#inode.bytes.length;
      if (full || this.#disk.fails('write')) {
        this.#inode.write(bytes.subarray(0, this.#disk.random.below(bytes.length + 1)), position);
        return () => done(failure(full ? 'ENOSPC' : 'EIO'));
      }
      this.#inode.write(bytes, position);
      if (!durable) return () => done(null);
      // Only the sectors of this write become durable, as with O_DSYNC.
      const last = Math.ceil((position + bytes.length) / SECTOR);
      const sectors: number[] = [];
      for (let sector = Math.floor(position / SECTOR); sector < last; sector++) if (this.#inode.dirty.has(sector)) sectors.push(sector);
      const error = this.#persist(sectors);
      return () => done(error);
    });
  }

  sync(done: (error: Error | null) => void): void {
    this.#operate(() => {
      const error = this.#persist([...this.#inode.dirty]);
      return () => done(error);
    });
  }

  close(done: (error: Error | null) => void): void {
    this.#operate(() => () => {
      this.#closed = true;
      done(null);
    });
  }

  #persist(sectors: readonly number[]): Error | null {
    const failing = this.#disk.fails('sync');
    for (const sector of sectors) {
      if (!failing || this.#disk.random.chance(0.5)) this.#inode.persist(sector);
      this.#inode.dirty.delete(sector);
    }
    return failing ? failure('EIO') : null;
  }

  #operate(effect: Effect): void {
    if (this.#closed) throw new Error('the file is used after it was closed');
    this.#disk.loop.operation(this.#life, effect);
  }
}

/** Made once each: thousands of stack traces would be most of a simulation's time. */
const FAILURES = new Map(['EIO', 'ENOENT', 'ENOSPC'].map(code => [code, Object.assign(new Error(`${code}: simulated`), { code })]));

function failure(code: 'EIO' | 'ENOENT' | 'ENOSPC'): Error {
  return FAILURES.get(code)!;
}
