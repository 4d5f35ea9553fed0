import { join } from 'node:path';
import { CorruptRecordError } from './errors.ts';
import { Extent, ExtentList } from './extent.ts';
import type { ReadFiles } from './read-files.ts';
import { checkRecord, KIND_SEGMENT_END, RECORD_CUT_OFF, recordSize } from './record-layout.ts';
import type { Segment } from './segment.ts';
import type { Slab, SlabPool } from './slab-pool.ts';

type Done = (error?: Error) => void;

/** A read under way, and who waits for a record in it. */
interface Read {
  readonly segment: Segment;
  readonly start: number;
  readonly end: number;
  readonly waiting: { readonly position: number; readonly done: Done }[];
}

export interface ReadCacheOptions {
  readonly directory: string;
  readonly pool: SlabPool;
  readonly files: ReadFiles;
  readonly bytesMax: number;
  readonly readAheadBytes: number;
  /** Called when memory is about to be used for something else. */
  readonly evicted: () => void;
}

/**
 * Older parts of the log that were read again, in extents of the read-ahead's size. Each record's checksum is verified once, when its
 * extent was read. Those that were not looked up for the longest time go first.
 */
export class ReadCache {
  readonly #options: ReadCacheOptions;
  readonly #list = new ExtentList();
  readonly #reads: Read[] = [];
  #bytes = 0;
  #lookups = 0;

  constructor(options: ReadCacheOptions) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }

  find(position: number): Extent | undefined {
    const extent = this.#list.find(position);
    if (extent !== undefined) extent.usedAt = ++this.#lookups;
    return extent;
  }

  /** Reads the record at `position`, and what follows it; `done` is called in a later turn. */
  load(segment: Segment, position: number, done: Done): void {
    for (const read of this.#reads) {
      if (position >= read.start && position < read.end) {
        read.waiting.push({ position, done });
        return;
      }
    }
    this.#read(segment, position, this.#options.readAheadBytes, [{ position, done }]);
  }

  /** Forgets what is cached of a segment that is going to be removed. */
  forget(segment: Segment): void {
    for (const extent of this.#list.extents.filter(one => one.segment === segment)) this.#evict(extent);
  }

  #read(segment: Segment, start: number, sizeBytes: number, waiting: Read['waiting']): void {
    const length = Math.min(sizeBytes, segment.end - start);
    const read: Read = { segment, start, end: start + length, waiting };
    this.#reads.push(read);
    this.#options.files.open(segment, openError => {
      if (openError !== null) return this.#fail(read, openError);
      const slab = this.#options.pool.take(length);
      const shared = segment.file!;
      shared.use().read(slab.bytes, 0, length, start - segment.base, (error, bytesRead) => {
        shared.unuse();
        if (error === null) return this.#arrived(read, slab, bytesRead);
        this.#options.pool.release(slab);
        this.#fail(read, error);
      });
    });
  }

  #arrived(read: Read, slab: Slab, bytesRead: number): void {
    this.#remove(read);
    const { segment, start } = read;
    const { bytes, words } = slab;
    let index = 0;
    let needed = 0;
    for (;;) {
      const total = checkRecord(bytes, words, index, bytesRead, start + index - segment.base, segment.sizeBytes, segment);
      if (total === RECORD_CUT_OFF && index === 0 && bytesRead >= 16) needed = recordSize(words[2]!);
      if (total <= 0 || (words[(index >> 2) + 3]! & 0xff) === KIND_SEGMENT_END) break;
      index += total;
    }
    if (index === 0) {
      this.#options.pool.release(slab);
      // A record larger than the read-ahead is read again in its whole size.
      if (needed > bytesRead && needed > read.end - start) return this.#read(segment, start, needed, read.waiting);
      const error = new CorruptRecordError(join(this.#options.directory, segment.name), start);
      for (const { position, done } of read.waiting) {
        if (position === start) done(error);
        else this.load(segment, position, done);
      }
      return;
    }
    const extent = new Extent(slab, segment, start, start + index, 0);
    extent.usedAt = ++this.#lookups;
    const before = this.#list.find(start - 8);
    this.#insert(extent);
    for (const { position, done } of read.waiting) {
      if (this.#list.find(position) !== undefined) done();
      else this.load(segment, position, done);
    }
    // Whoever goes on where an extent ends is likely to go on at the end of this one, too.
    const next = extent.end;
    if (read.waiting.length > 0 && (before !== undefined || start === segment.firstPosition)) this.#readAhead(segment, next);
  }

  #readAhead(segment: Segment, position: number): void {
    if (position + 16 > segment.end || this.#list.find(position) !== undefined) return;
    if (this.#reads.some(read => position >= read.start && position < read.end)) return;
    this.#read(segment, position, this.#options.readAheadBytes, []);
  }

  #insert(extent: Extent): void {
    // The same place may have been read by a wider read meanwhile.
    if (this.#list.find(extent.start) !== undefined) return this.#options.pool.release(extent.slab);
    this.#list.insert(extent);
    this.#bytes += extent.slab.bytes.length;
    while (this.#bytes > this.#options.bytesMax) {
      let oldest: Extent | undefined;
      for (const one of this.#list.extents) if (one !== extent && (oldest === undefined || one.usedAt < oldest.usedAt)) oldest = one;
      if (oldest === undefined) return;
      this.#evict(oldest);
    }
  }

  #evict(extent: Extent): void {
    this.#list.remove(extent);
    this.#bytes -= extent.slab.bytes.length;
    this.#options.evicted();
    this.#options.pool.release(extent.slab);
  }

  #fail(read: Read, error: Error): void {
    this.#remove(read);
    for (const { done } of read.waiting) done(error);
  }

  #remove(read: Read): void {
    this.#reads.splice(this.#reads.indexOf(read), 1);
  }
}
