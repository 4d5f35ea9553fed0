import assert from 'node:assert/strict';
import type { Log, LogOwner, LogPosition, LogPressure, RecordView } from '../../src/store/log.ts';
import type { Task, Turn } from '../../src/turn.ts';

export interface MemoryLogOptions {
  readonly turn: Turn;
  /** `soon`: what was asked to be durable is so in the next turn. `by-hand`: when the test says so. */
  readonly durability?: 'soon' | 'by-hand';
  /** Records of a segment; compaction and removal go by segments. */
  readonly segmentRecordsMax?: number;
  readonly recordSizeBytesMax?: number;
  /** Which records are in memory; the others must be loaded before they are viewed. All, where it is absent. */
  readonly inMemory?: (position: LogPosition) => boolean;
}

interface StoredRecord {
  readonly kind: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  retained: number;
  readonly segment: Segment;
}

interface Segment {
  readonly positions: LogPosition[];
  retained: number;
  /** What took the place of its records lies before. */
  replacedEnd: LogPosition;
}

/** What lies before a record in its buffer: an owner that takes an offset for zero shows. */
const MARGIN_BYTES = 3;
const SLAB_BYTES = 256 * 1024;
/** Bytes of small records of older segments that a new one may be begun with, for each record that it takes: a few, never as many as it has room for. */
const GATHERED_BYTES_PER_RECORD = 8;

/**
 * The log port in memory, as strict as a real one may be: positions have gaps, buffers begin where they like and hold rubbish, a loaded record
 * can be viewed in the call that says so and no longer, and segments go from the front as soon as nothing in them is retained.
 */
export class MemoryLog implements Log {
  pressure: LogPressure = 'none';
  readonly recordSizeBytesMax: number;
  buffer = new Uint8Array(SLAB_BYTES).fill(0xa5);
  offset = 0;
  end: LogPosition = 1;
  durableEnd: LogPosition = 1;
  inMemory: (position: LogPosition) => boolean;
  /** Set: the next loads fail with it. */
  loadError: Error | undefined;
  loads = 0;
  syncsAsked = 0;
  segmentsRemoved = 0;
  retainedRecords = 0;
  retainedBytes = 0;
  readonly #turn: Turn;
  readonly #durability: 'soon' | 'by-hand';
  readonly #segmentRecordsMax: number;
  #owner: LogOwner | undefined;
  readonly #records = new Map<LogPosition, StoredRecord>();
  #segments: Segment[] = [];
  #slabAt = MARGIN_BYTES;
  #viewable: LogPosition = -1;
  readonly #view: RecordView = { kind: 0, bytes: new Uint8Array(0), start: 0, end: 0 };
  readonly #removal: Task = { deferred: false, run: () => this.#removeSegments() };
  readonly #gathering: Task = {
    deferred: false,
    run: () => this.#owner!.gather(this.#segments.at(-1)!.positions[0]!, GATHERED_BYTES_PER_RECORD * this.#segmentRecordsMax),
  };
  readonly #durableSoon: Task = { deferred: false, run: () => this.makeDurable() };

  constructor(options: MemoryLogOptions) {
    this.#turn = options.turn;
    this.#durability = options.durability ?? 'soon';
    this.#segmentRecordsMax = options.segmentRecordsMax ?? 64;
    this.recordSizeBytesMax = options.recordSizeBytesMax ?? 16 * 1024 * 1024;
    this.inMemory = options.inMemory ?? (() => true);
  }

  get records(): number {
    return this.#records.size;
  }

  get segments(): number {
    return this.#segments.length;
  }

  /** The records that are there, in order: kind and position. */
  list(): { position: LogPosition; kind: number }[] {
    return [...this.#records].map(([position, { kind }]) => ({ position, kind }));
  }

  /** The log that is found after a crash: what was durable, and what else was written before `survivingEnd`. */
  crash(options: MemoryLogOptions, survivingEnd = this.durableEnd): MemoryLog {
    assert.ok(survivingEnd >= this.durableEnd && survivingEnd <= this.end, 'what is durable survives');
    const log = new MemoryLog(options);
    for (const { positions } of this.#segments) {
      const segment: Segment = { positions: [], retained: 0, replacedEnd: 0 };
      for (const position of positions) {
        if (position >= survivingEnd) continue;
        segment.positions.push(position);
        log.#records.set(position, { ...this.#records.get(position)!, retained: 0, segment });
      }
      if (segment.positions.length > 0) log.#segments.push(segment);
    }
    log.end = survivingEnd;
    log.durableEnd = survivingEnd;
    return log;
  }

  replay(owner: LogOwner): void {
    this.#owner = owner;
    for (const [position, record] of this.#records) owner.replay(position, this.#show(record));
  }

  append(kind: number, sizeBytes: number): LogPosition {
    assert.ok(sizeBytes <= this.recordSizeBytesMax, `a record of ${sizeBytes} bytes fits`);
    let segment = this.#segments.at(-1);
    if (segment === undefined || segment.positions.length >= this.#segmentRecordsMax) {
      segment = { positions: [], retained: 0, replacedEnd: 0 };
      this.#segments.push(segment);
      this.end++;
      if (this.#segments.length > 1) this.#turn.defer(this.#gathering);
    }
    if (this.#slabAt + sizeBytes > this.buffer.length) {
      this.buffer = new Uint8Array(Math.max(SLAB_BYTES, sizeBytes + MARGIN_BYTES)).fill(0xa5);
      this.#slabAt = MARGIN_BYTES;
    }
    this.offset = this.#slabAt;
    this.#slabAt += sizeBytes;
    const position = this.end++;
    const record = { kind, bytes: this.buffer, start: this.offset, end: this.offset + sizeBytes, retained: 0, segment };
    this.#records.set(position, record);
    segment.positions.push(position);
    return position;
  }

  sync(): void {
    this.syncsAsked++;
    if (this.#durability === 'soon' && this.durableEnd < this.end) this.#turn.deferNext(this.#durableSoon);
  }

  /** What lies before `end` is on disk; the owner hears of it only when that is news. */
  makeDurable(end: LogPosition = this.end): void {
    if (end <= this.durableEnd) return;
    this.durableEnd = end;
    this.#owner!.durable(end);
    this.#removeSegments();
  }

  retain(position: LogPosition, sizeBytes: number): void {
    const record = this.#record(position);
    assert.equal(sizeBytes, record.end - record.start, `record ${position} is retained by its size`);
    record.retained++;
    record.segment.retained++;
    this.retainedRecords++;
    this.retainedBytes += sizeBytes;
  }

  release(position: LogPosition, sizeBytes: number, over = false): void {
    const record = this.#record(position);
    assert.equal(sizeBytes, record.end - record.start, `record ${position} is released by its size`);
    assert.ok(record.retained > 0, `record ${position} is released as often as it is retained`);
    record.retained--;
    record.segment.retained--;
    if (!over) record.segment.replacedEnd = this.end;
    this.retainedRecords--;
    this.retainedBytes -= sizeBytes;
    if (record.segment.retained === 0) this.#turn.defer(this.#removal);
  }

  replayed(): void {
    this.#turn.defer(this.#removal);
  }

  retained(position: LogPosition): number {
    return this.#records.get(position)?.retained ?? 0;
  }

  view(position: LogPosition): RecordView | undefined {
    const record = this.#record(position);
    return position === this.#viewable || this.inMemory(position) ? this.#show(record) : undefined;
  }

  load(position: LogPosition, done: (error?: Error) => void): void {
    this.loads++;
    this.#record(position);
    this.#turn.deferNext({
      deferred: false,
      run: () => {
        if (this.loadError) return done(this.loadError);
        this.#viewable = position;
        done();
        this.#viewable = -1;
      },
    });
  }

  press(pressure: LogPressure): void {
    this.pressure = pressure;
    this.#owner!.pressure(pressure);
  }

  /** Empties the oldest segment that has anything, when it is durable and not the one that is written to; answers whether it did. */
  compact(): boolean {
    const segment = this.#segments.find(({ retained }) => retained > 0);
    if (segment === undefined || segment === this.#segments.at(-1) || segment.positions.at(-1)! >= this.durableEnd) return false;
    for (const position of [...segment.positions]) {
      const record = this.#record(position);
      // What a walk over the file shows is a copy, which is gone afterwards.
      const bytes = record.bytes.slice(record.start - MARGIN_BYTES, record.end);
      this.#owner!.relocate(position, { kind: record.kind, bytes, start: MARGIN_BYTES, end: bytes.length });
      bytes.fill(0x5a);
    }
    assert.equal(segment.retained, 0, 'nothing is retained in a segment that was emptied');
    this.#removeSegments();
    return true;
  }

  /** Empties what lies before the first record of this kind, as far as whole segments go: its own segment is the next to be removed. */
  bringForward(kind: number): void {
    while (this.#segments[0]!.positions.every(position => this.#records.get(position)!.kind !== kind)) {
      assert.ok(this.compact(), 'there is a record of this kind');
      this.makeDurable();
    }
  }

  #removeSegments(): void {
    for (;;) {
      const segment = this.#segments[0];
      if (segment === undefined || this.#segments.length < 2 || segment.retained > 0) return;
      if (segment.replacedEnd > this.durableEnd || segment.positions.at(-1)! >= this.durableEnd) return;
      for (const position of segment.positions) this.#records.delete(position);
      this.#segments.shift();
      this.segmentsRemoved++;
    }
  }

  #record(position: LogPosition): StoredRecord {
    const record = this.#records.get(position);
    assert.ok(record, `record ${position} is in the log`);
    return record;
  }

  #show(record: StoredRecord): RecordView {
    const view = this.#view;
    view.kind = record.kind;
    view.bytes = record.bytes;
    view.start = record.start;
    view.end = record.end;
    return view;
  }
}
