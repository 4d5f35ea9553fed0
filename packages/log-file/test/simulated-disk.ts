import { basename } from 'node:path';
import { DirectoryInUseError, type Disk, type DiskFile, type DiskLock, type DiskMode } from '../src/index.ts';
import type { Random, SimulatedLoop } from './simulated-loop.ts';

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
    this.durable = grown(this.durable, to);
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
export class SimulatedDisk implements Disk {
  readonly faults: Faults = { full: false, write: 0, sync: 0, name: 0 };
  readonly #random: Random;
  readonly #loop: SimulatedLoop;
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  #changes: NameChange[] = [];
  #locked = false;
  /** Counts the lives of the machine: what belongs to an earlier one is not heard any more. */
  #life = 0;

  constructor(random: Random, loop: SimulatedLoop) {
    this.#random = random;
    this.#loop = loop;
  }

  crash(): void {
    this.#loop.crash();
    const kept = this.#random.below(this.#changes.length + 1);
    for (const change of this.#changes.slice(0, kept)) change(this.#durableNames);
    this.#changes = [];
    this.#names = new Map(this.#durableNames);
    for (const inode of new Set(this.#names.values())) {
      for (const sector of inode.dirty) {
        const fate = this.#random.next();
        if (fate < 0.45) inode.persist(sector);
        else if (fate < 0.55) inode.persist(sector, this.#random.below(SECTOR));
      }
      inode.dirty.clear();
      inode.bytes = inode.durable.slice();
    }
    this.#locked = false;
    this.#life++;
  }

  /** The bytes of a file, to be damaged by a test. */
  bytesOf(name: string): Uint8Array | undefined {
    return this.#names.get(name)?.bytes;
  }

  get names(): string[] {
    return [...this.#names.keys()].sort();
  }

  makeDirectory(_path: string, done: (error: Error | null) => void): void {
    this.operate(() => done(null));
  }

  lock(directory: string): DiskLock {
    if (this.#locked) throw new DirectoryInUseError(directory);
    this.#locked = true;
    return {
      release: () => {
        this.#locked = false;
      },
    };
  }

  list(_directory: string, done: (error: Error | null, names: string[]) => void): void {
    this.operate(() => done(null, this.names));
  }

  open(path: string, mode: DiskMode, done: (error: Error | null, file: DiskFile | undefined) => void): void {
    this.operate(() => {
      const name = basename(path);
      let inode = this.#names.get(name);
      if (mode === 'create') {
        if (this.faults.full) return done(failure('ENOSPC'), undefined);
        const made = new Inode();
        inode = made;
        this.#change(names => names.set(name, made));
      }
      if (inode === undefined) return done(failure('ENOENT'), undefined);
      done(null, new SimulatedFile(this, inode, this.#random));
    });
  }

  rename(from: string, to: string, done: (error: Error | null) => void): void {
    this.operate(() => {
      if (this.#random.chance(this.faults.name)) return done(failure('EIO'));
      const inode = this.#names.get(basename(from));
      if (inode === undefined) return done(failure('ENOENT'));
      this.#change(names => {
        names.delete(basename(from));
        names.set(basename(to), inode);
      });
      done(null);
    });
  }

  remove(path: string, done: (error: Error | null) => void): void {
    this.operate(() => {
      if (this.#random.chance(this.faults.name)) return done(failure('EIO'));
      if (!this.#names.has(basename(path))) return done(failure('ENOENT'));
      this.#change(names => names.delete(basename(path)));
      done(null);
    });
  }

  syncDirectory(_path: string, done: (error: Error | null) => void): void {
    this.operate(() => {
      if (this.#random.chance(this.faults.name)) return done(failure('EIO'));
      for (const change of this.#changes) change(this.#durableNames);
      this.#changes = [];
      done(null);
    });
  }

  /** Runs in a later turn, and not at all when the machine has lost its power before. */
  operate(run: () => void): void {
    const life = this.#life;
    this.#loop.operation(() => {
      if (life === this.#life) run();
    });
  }

  #change(change: NameChange): void {
    change(this.#names);
    this.#changes.push(change);
  }
}

class SimulatedFile implements DiskFile {
  readonly #disk: SimulatedDisk;
  readonly #inode: Inode;
  readonly #random: Random;
  #closed = false;

  constructor(disk: SimulatedDisk, inode: Inode, random: Random) {
    this.#disk = disk;
    this.#inode = inode;
    this.#random = random;
  }

  size(done: (error: Error | null, sizeBytes: number) => void): void {
    this.#operate(() => done(null, this.#inode.bytes.length));
  }

  read(into: Uint8Array, offset: number, length: number, position: number, done: (error: Error | null, bytesRead: number) => void): void {
    this.#operate(() => {
      const bytes = this.#inode.bytes.subarray(position, position + length);
      into.set(bytes, offset);
      done(null, bytes.length);
    });
  }

  write(buffers: Uint8Array[], position: number, durable: boolean, done: (error: Error | null) => void): void {
    this.#operate(() => {
      const bytes = Buffer.concat(buffers);
      const { faults } = this.#disk;
      const full = faults.full && position + bytes.length > this.#inode.bytes.length;
      if (full || this.#random.chance(faults.write)) {
        this.#inode.write(bytes.subarray(0, this.#random.below(bytes.length + 1)), position);
        return done(failure(full ? 'ENOSPC' : 'EIO'));
      }
      this.#inode.write(bytes, position);
      if (!durable) return done(null);
      // Only the sectors of this write become durable, as with O_DSYNC.
      const last = Math.ceil((position + bytes.length) / SECTOR);
      const sectors: number[] = [];
      for (let sector = Math.floor(position / SECTOR); sector < last; sector++) if (this.#inode.dirty.has(sector)) sectors.push(sector);
      done(this.#persist(sectors));
    });
  }

  sync(done: (error: Error | null) => void): void {
    this.#operate(() => done(this.#persist([...this.#inode.dirty])));
  }

  close(done: (error: Error | null) => void): void {
    this.#operate(() => {
      this.#closed = true;
      done(null);
    });
  }

  #persist(sectors: readonly number[]): Error | null {
    const failing = this.#random.chance(this.#disk.faults.sync);
    for (const sector of sectors) {
      if (!failing || this.#random.chance(0.5)) this.#inode.persist(sector);
      this.#inode.dirty.delete(sector);
    }
    return failing ? failure('EIO') : null;
  }

  #operate(run: () => void): void {
    if (this.#closed) throw new Error('the file is used after it was closed');
    this.#disk.operate(run);
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code });
}
