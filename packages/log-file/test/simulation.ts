import assert from 'node:assert/strict';
import type { LogOwner, LogPosition, LogPressure, RecordView } from '@angarium/core';
import { FileLog, type LogEvent } from '../src/index.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { Random, SimulatedLoop } from './simulated-loop.ts';
import { SnapshotCopy } from './snapshot-copy.ts';

const KIND_STORE = 1;
/** What the log writes beside a record's payload. */
const RECORD_OVERHEAD_BYTES_MAX = 32;
const KIND_SETTLE = 2;

interface Entry {
  readonly position: LogPosition;
  readonly kind: number;
  readonly id: number;
  readonly sizeBytes: number;
}

/**
 * A small queue on a log on a simulated disk, and a model that knows what must hold: after a crash the replayed records are a piece of the
 * row of appended ones, without a gap; nothing that was told durable is missing from it, but what was removed because nothing in
 * it was retained; so each message is there until it is settled, and is gone when that was durable.
 */
export class Simulation implements LogOwner {
  readonly events: LogEvent[] = [];
  crashes = 0;
  compactions = 0;
  copies = 0;
  gathered = 0;
  readonly #random: Random;
  readonly #loop: SimulatedLoop;
  readonly #disk: SimulatedDisk;
  #log: FileLog | undefined;
  /** What the log holds, as far as the model knows: in a crash it is cut to what was replayed. */
  #journal: Entry[] = [];
  #replayed: Entry[] = [];
  /** Messages that are not settled, and where they lie. */
  #live = new Map<number, Entry>();
  /** Messages that were on disk at some time, in whatever place: moving them must not lose them. */
  readonly #durableOnce = new Set<number>();
  #closing = false;
  /** A copy that is being made, and what must be in it. */
  #copy: { readonly copy: SnapshotCopy; readonly entries: readonly Entry[] } | undefined;
  #nextId = 1;
  #toldDurable: LogPosition = 0;
  #pressure: LogPressure = 'none';

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.#loop = new SimulatedLoop(this.#random);
    this.#disk = new SimulatedDisk(this.#random, this.#loop);
  }

  async run(): Promise<void> {
    await this.#open();
    const steps = 50 + this.#random.below(250);
    for (let step = 0; step < steps; step++) {
      await this.#act();
      for (let turns = this.#random.below(6); turns > 0; turns--) this.#loop.step();
      await microtasks();
    }
    await this.#calm();
    await this.#closeAndReopen();
  }

  replay(position: LogPosition, record: RecordView): void {
    const entry = this.#read(position, record);
    assert.ok(position > (this.#replayed.at(-1)?.position ?? -1), 'records are replayed in the order of their positions');
    this.#replayed.push(entry);
  }

  durable(end: LogPosition): void {
    assert.ok(end > this.#toldDurable, 'the durable end moves forward');
    assert.ok(end <= this.#log!.end, 'nothing is durable that was not appended');
    this.#toldDurable = end;
    for (const entry of this.#live.values()) if (entry.position < end) this.#durableOnce.add(entry.id);
  }

  relocate(position: LogPosition, record: RecordView): void {
    const { kind, id } = this.#read(position, record);
    const live = this.#live.get(id);
    if (kind !== KIND_STORE || live === undefined || live.position !== position) return;
    this.#move(id, live, record.end - record.start);
  }

  /** Moves what is live and small, without reading it. */
  gather(from: LogPosition, bytesMax: number): void {
    let bytes = 0;
    for (const [id, live] of this.#live) {
      if (live.position >= from) continue;
      bytes += live.sizeBytes + RECORD_OVERHEAD_BYTES_MAX;
      if (bytes > bytesMax) break;
      this.#move(id, live, live.sizeBytes);
      this.gathered++;
    }
  }

  #move(id: number, live: Entry, sizeBytes: number): void {
    const moved = this.#append(KIND_STORE, id, sizeBytes);
    this.#log!.retain(moved.position, moved.sizeBytes);
    this.#log!.release(live.position, live.sizeBytes);
    this.#live.set(id, moved);
  }

  pressure(pressure: LogPressure): void {
    assert.notEqual(pressure, this.#pressure, 'pressure is told when it changes');
    this.#pressure = pressure;
  }

  async #act(): Promise<void> {
    const random = this.#random;
    const dice = random.next();
    if (dice < 0.4) for (let count = random.below(12); count >= 0; count--) this.#store();
    else if (dice < 0.6) this.#settle(random.chance(0.2) ? this.#live.size : random.below(12));
    else if (dice < 0.8) this.#log!.sync();
    else if (dice < 0.88) this.#look();
    else if (dice < 0.9) await this.#copyLog();
    else if (dice < 0.93) this.#changeFaults();
    else if (dice < 0.96) for (let turns = random.below(60); turns > 0; turns--) this.#loop.step();
    else if (dice < 0.985) await this.#crash();
    else await this.#closeAndReopen();
  }

  /** Begins a copy of the log as it is on disk; or looks at the one that is complete. */
  async #copyLog(): Promise<void> {
    if (this.#copy?.copy.over) {
      const { copy, entries } = this.#copy;
      this.#copy = undefined;
      if (copy.failure !== undefined) assert.match(String(copy.failure), /does not wait for the copy any more/);
      else await this.#checkCopy(copy, entries);
    }
    if (this.#copy !== undefined) return;
    const copy = new SnapshotCopy(this.#log!.snapshot('copy', 10_000));
    this.#copy = { copy, entries: this.#journal.filter(({ position }) => position < copy.end) };
  }

  /** The copy has what a crash would have left when it was begun, whatever happened to the log since then. */
  async #checkCopy(copy: SnapshotCopy, entries: readonly Entry[]): Promise<void> {
    const replayed: Entry[] = [];
    const owner: LogOwner = {
      replay: (position, record) => replayed.push(this.#read(position, record)),
      durable: () => {},
      relocate: () => {},
      gather: () => {},
      pressure: () => {},
    };
    const events = await copy.replay(owner);
    assert.deepEqual(events, [], 'a copy has nothing torn or damaged');
    assert.deepEqual(replayed, replayed.length === 0 ? [] : entries.slice(-replayed.length));
    const first = replayed[0]?.position ?? copy.end;
    const live = new Map(entries.map(entry => [entry.id, entry]));
    for (const { id, kind } of entries) if (kind === KIND_SETTLE) live.delete(id);
    for (const { id, position } of live.values())
      assert.ok(position >= first, `message ${id} was on disk, is not settled, and not in the copy`);
    this.copies++;
  }

  #changeFaults(): void {
    const { faults } = this.#disk;
    const random = this.#random;
    faults.full = random.chance(0.2);
    faults.write = random.chance(0.2) ? 0.3 : 0;
    faults.sync = random.chance(0.2) ? 0.3 : 0;
    faults.name = random.chance(0.2) ? 0.3 : 0;
  }

  #store(): void {
    const id = this.#nextId++;
    const sizeBytes = this.#random.chance(0.05) ? 8 + this.#random.below(6000) : 8 + this.#random.below(200);
    const entry = this.#append(KIND_STORE, id, sizeBytes);
    this.#log!.retain(entry.position, sizeBytes);
    this.#live.set(id, entry);
  }

  #settle(count: number): void {
    // Mostly the oldest, so that segments become empty; sometimes any.
    const ids = [...this.#live.keys()];
    for (let at = 0; at < count && ids.length > 0; at++) {
      const [id] = ids.splice(this.#random.chance(0.8) ? 0 : this.#random.below(ids.length), 1);
      const entry = this.#live.get(id!)!;
      this.#live.delete(id!);
      this.#append(KIND_SETTLE, id!, 8);
      this.#log!.release(entry.position, entry.sizeBytes);
    }
  }

  #append(kind: number, id: number, sizeBytes: number): Entry {
    const log = this.#log!;
    const endBefore = log.end;
    const position = log.append(kind, sizeBytes);
    assert.ok(position >= endBefore && log.end > position, 'positions grow');
    fill(log.buffer, log.offset, id, sizeBytes);
    const entry = { position, kind, id, sizeBytes };
    this.#journal.push(entry);
    return entry;
  }

  /** Views or loads a message that must be there. */
  #look(): void {
    const ids = [...this.#live.keys()];
    if (ids.length === 0) return;
    const log = this.#log!;
    const entry = this.#live.get(ids[this.#random.below(ids.length)]!)!;
    const view = log.view(entry.position);
    if (view !== undefined) this.#check(entry, view);
    log.load(entry.position, error => {
      // It may have been settled or moved meanwhile, and a log that is closed answers with an error.
      if (this.#live.get(entry.id) !== entry || this.#log !== log || (this.#closing && error !== undefined)) return;
      assert.equal(error, undefined);
      this.#check(entry, log.view(entry.position)!);
    });
  }

  #check(entry: Entry, view: RecordView): void {
    assert.deepEqual(this.#read(entry.position, view), entry);
  }

  #read(position: LogPosition, { kind, bytes, start, end }: RecordView): Entry {
    const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const id = words.getUint32(start, true);
    let wrong = 0;
    for (let at = start + 4; at < end; at++) if (bytes[at] !== ((id * 31 + (at - start)) & 0xff)) wrong++;
    assert.equal(wrong, 0, 'a record has the bytes it was given');
    return { position, kind, id, sizeBytes: end - start };
  }

  async #open(): Promise<void> {
    this.#replayed = [];
    this.#pressure = 'none';
    this.#copy = undefined;
    let log: FileLog | undefined;
    let failure: unknown;
    FileLog.open({
      directory: '/simulated',
      owner: this,
      disk: this.#disk.port(),
      clock: this.#loop.clock(),
      attach: attached => {
        this.#log = attached;
      },
      report: event => {
        this.events.push(event);
        if (event.kind === 'compacted') this.compactions++;
      },
      segmentSizeBytes: 16 * 1024,
      recordSizeBytesMax: 8 * 1024,
      unsyncedBytesMax: 24 * 1024,
      tailCacheBytesMax: 20 * 1024,
      readCacheBytesMax: 16 * 1024,
      readAheadBytes: 4 * 1024,
    })
      .then(opened => {
        this.#checkReplayed();
        opened.replayed();
        log = opened;
      })
      .catch(error => {
        failure = error;
      });
    for (let step = 0; log === undefined && failure === undefined; step++) {
      assert.ok(step < 100_000, 'opening ends');
      this.#loop.step();
      await microtasks();
    }
    if (log !== undefined) return;
    if (!isInjected(failure)) throw failure;
    // The process starts again with a better disk, on the same machine or after a power failure.
    Object.assign(this.#disk.faults, { full: false, write: 0, sync: 0, name: 0 });
    if (this.#random.chance(0.5)) this.#disk.crash();
    await this.#open();
  }

  /** Compares what was replayed with the model, and goes on from it. */
  #checkReplayed(): void {
    const journal = this.#journal;
    const first = this.#replayed[0];
    const start = first === undefined ? journal.length : journal.findIndex(entry => entry.position === first.position);
    assert.ok(start >= 0, 'nothing is replayed that was not appended');
    const kept = journal.slice(start, start + this.#replayed.length);
    assert.deepEqual(this.#replayed, kept, 'the replayed records are a piece of the appended ones, without a gap');
    const lost = journal.slice(start + this.#replayed.length).filter(entry => entry.position < this.#toldDurable);
    if (first !== undefined) assert.deepEqual(lost, [], 'what was durable is there');
    this.#journal = kept;
    const before = this.#live;
    this.#live = new Map();
    for (const entry of kept) {
      if (entry.kind === KIND_STORE) this.#live.set(entry.id, entry);
      else this.#live.delete(entry.id);
    }
    for (const entry of before.values()) {
      if (this.#durableOnce.has(entry.id))
        assert.ok(this.#live.has(entry.id), `message ${entry.id} was durable, is not settled, and is gone`);
    }
    const settledDurably = new Set(
      journal.filter(entry => entry.kind === KIND_SETTLE && entry.position < this.#toldDurable).map(entry => entry.id),
    );
    for (const id of this.#live.keys()) assert.ok(!settledDurably.has(id), `message ${id} was settled durably, and came back`);
    for (const entry of this.#live.values()) this.#log!.retain(entry.position, entry.sizeBytes);
    for (const id of this.#live.keys()) this.#durableOnce.add(id);
    this.#toldDurable = this.#log!.durableEnd;
    assert.equal(this.#log!.durableEnd, this.#log!.end);
  }

  async #crash(): Promise<void> {
    this.crashes++;
    this.#disk.crash();
    await this.#open();
  }

  async #closeAndReopen(): Promise<void> {
    this.#closing = true;
    let ended = false;
    let failed = false;
    this.#log!.close().then(
      () => {
        ended = true;
      },
      () => {
        failed = true;
      },
    );
    for (let step = 0; !ended && !failed; step++) {
      assert.ok(step < 100_000, 'closing ends');
      this.#loop.step();
      await microtasks();
    }
    if (ended) this.#toldDurable = this.#log!.end;
    this.#closing = false;
    this.#log = undefined;
    await this.#open();
  }

  /** The disk works again: then everything becomes durable, and the pressure goes. */
  async #calm(): Promise<void> {
    Object.assign(this.#disk.faults, { full: false, write: 0, sync: 0, name: 0 });
    const log = this.#log!;
    log.sync();
    for (let step = 0; log.durableEnd < log.end || log.pressure !== 'none'; step++) {
      assert.ok(step < 100_000, `everything becomes durable: ${log.durableEnd} of ${log.end}, ${log.pressure}`);
      assert.ok(this.#loop.step(), 'something goes on');
      await microtasks();
    }
    assert.equal(this.#pressure, 'none');
  }
}

function fill(bytes: Uint8Array, offset: number, id: number, sizeBytes: number): void {
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).setUint32(offset, id, true);
  for (let at = 4; at < sizeBytes; at++) bytes[offset + at] = (id * 31 + at) & 0xff;
}

function isInjected(failure: unknown): boolean {
  if (failure instanceof AggregateError) return failure.errors.every(isInjected);
  return failure instanceof Error && 'code' in failure && (failure.code === 'EIO' || failure.code === 'ENOSPC');
}

/** Lets promises go on that were fulfilled. */
function microtasks(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve);
  });
}
