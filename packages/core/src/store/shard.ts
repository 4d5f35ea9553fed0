import type { Definition } from '../address/definition.ts';
import type { Confirmation } from '../delivery/delivery.ts';
import type { ContentEncodings } from '../message/content.ts';
import { copyBytes } from '../message/copy-bytes.ts';
import { emptyMessage, type Message } from '../message/message.ts';
import { type MessageFields, NO_FIELDS } from '../message/message-filter.ts';
import type { StoreWatch } from '../observe/store-watch.ts';
import type { Departure } from '../queue/dead-letter.ts';
import type { Queue } from '../queue/queue.ts';
import type { Report } from '../report.ts';
import type { Stream } from '../stream/stream.ts';
import { numberOfId, streamId } from '../stream/stream-id.ts';
import type { Turn } from '../turn.ts';
import { Alarms } from './alarms.ts';
import { DurableWaits } from './durable-waits.ts';
import type { Log, LogOwner, LogPosition, LogPressure, RecordView } from './log.ts';
import { ReplayedUnit, type Settling, WrittenUnit } from './log-unit.ts';
import { Marks } from './marks.ts';
import {
  COUNT_BYTES,
  DEFINE_FIXED_BYTES,
  getF64,
  getU32,
  jsonOf,
  keysSize,
  LEAVE_FIXED_BYTES,
  MARK_BYTES,
  putDeliverAt,
  putF64,
  putKey,
  putStore,
  putStoreTarget,
  putStoreTopic,
  putU32,
  RECORD_COUNT,
  RECORD_DEFINE,
  RECORD_IN_UNIT,
  RECORD_LEAVE,
  RECORD_MARK,
  RECORD_REMOVE,
  RECORD_SETTLE,
  RECORD_STORE,
  RECORD_UNMARK,
  REMOVE_BYTES,
  SETTLE_FIXED_BYTES,
  SETTLE_RANGE_BYTES,
  storeKeys,
  storeKeysEnd,
  storeRecordSize,
  storeTargetAttempts,
  storeTargetQueue,
  storeTargetSequence,
  storeTargets,
  storeTargetsEnd,
  utf8Bytes,
} from './records.ts';
import type { StoredQueue } from './stored-queue.ts';
import { StoredTimes } from './stored-times.ts';
import { unknownInRecord } from './unknown-record.ts';

/** Bytes taken from producers while the log is under pressure: what they had credit for before they heard. Beyond, messages are refused. */
export const PRESSURE_OVERRUN_BYTES_MAX = 32 * 1024 * 1024;
/** What a log may write beside a record's payload. */
const RECORD_OVERHEAD_BYTES_MAX = 32;
/** How often queues are looked through for expired messages, in milliseconds, and the entries looked at each time. */
const SWEEP_INTERVAL_MS = 1000;
const SWEEP_ENTRIES_MAX = 10_000;

interface DefinitionPlace {
  readonly definition: Definition;
  position: LogPosition;
  sizeBytes: number;
}

export interface ShardOptions {
  readonly turn: Turn;
  readonly report: Report;
  readonly encodings: ContentEncodings;
  readonly make: (id: number, shard: Shard) => StoredQueue;
  readonly onPressure: (pressure: LogPressure) => void;
}

/**
 * One log and the queues and streams that are kept in it. It alone writes and reads the records' layouts; queues speak in sequence numbers.
 */
export class Shard implements LogOwner {
  readonly turn: Turn;
  readonly report: Report;
  readonly encodings: ContentEncodings;
  readonly alarms: Alarms;
  readonly queues = new Map<number, StoredQueue>();
  readonly definitions = new Map<number, DefinitionPlace>();
  /** What owners of queues have noted, by queue and number. */
  readonly marks: Marks;
  /** What was replayed that only a newer version can have written, in words. */
  unknown: string | undefined;
  /** Is told what is stored; undefined: nobody observes anything. */
  stores: StoreWatch | undefined;
  /** Filled by whichever queue reads one of its messages. */
  readonly scratch = emptyMessage();
  readonly storedTimes = new StoredTimes(this);
  readonly #waits = new DurableWaits();
  readonly #make: (id: number, shard: Shard) => StoredQueue;
  readonly #onPressure: (pressure: LogPressure) => void;
  #log: Log | undefined;
  #nextId = 1;
  #overrunBytes = 0;
  #writtenBytes = 0;
  #text = new TextEncoder();
  readonly #unit = new WrittenUnit();
  readonly #replayed = new ReplayedUnit();

  constructor(options: ShardOptions) {
    this.turn = options.turn;
    this.report = options.report;
    this.encodings = options.encodings;
    this.alarms = new Alarms(options.turn);
    this.#make = options.make;
    this.#onPressure = options.onPressure;
    const shard = this;
    this.marks = new Marks({
      get log() {
        return shard.log;
      },
      append: (kind, sizeBytes) => this.#append(kind, sizeBytes),
      release: (position, sizeBytes) => this.release(position, sizeBytes),
    });
  }

  /** From now on messages are taken. What was replayed and belongs to nothing is forgotten. */
  start(log: Log): void {
    this.#log = log;
    this.#replayed.end(log, this.report);
    for (const { position, sizeBytes } of this.definitions.values()) log.retain(position, sizeBytes);
    this.marks.restored(log, id => this.definitions.has(id));
    for (const [id, queue] of this.queues) {
      if (this.definitions.has(id)) queue.restored(log);
      else this.queues.delete(id);
    }
    this.#sweepLater();
  }

  get log(): Log {
    return this.#log!;
  }

  /** Messages are refused: the log cannot take them, and producers have sent more than they may without credit. */
  get full(): boolean {
    return this.log.pressure !== 'none' && this.#overrunBytes > PRESSURE_OVERRUN_BYTES_MAX;
  }

  newId(): number {
    return this.#nextId++;
  }

  newStreamId(): number {
    return streamId(this.newId());
  }

  newQueue(): Queue {
    return this.queue(this.newId());
  }

  /** The queue of this id, which is no stream's. */
  queue(id: number): Queue {
    return this.#stored(id) as Queue;
  }

  /** The stream of this id, which is a stream's. */
  stream(id: number): Stream {
    return this.#stored(id) as Stream;
  }

  /** What is stored under this id, made when it is not there: a definition and the messages of its queue may come in any order. */
  #stored(id: number): StoredQueue {
    let queue = this.queues.get(id);
    if (!queue) {
      queue = this.#make(id, this);
      this.queues.set(id, queue);
      this.#idTaken(id);
    }
    return queue;
  }

  #idTaken(id: number): void {
    this.#nextId = Math.max(this.#nextId, numberOfId(id) + 1);
  }

  // ---- writing

  #append(kind: number, sizeBytes: number): LogPosition {
    return this.log.append(this.#unit.open ? kind | RECORD_IN_UNIT : kind, sizeBytes);
  }

  /** What is written now counts with the unit's end. */
  get inUnit(): boolean {
    return this.#unit.open;
  }

  /** From here to `endUnit`, in this same call, what is written counts together: after a crash all of it is there, or nothing. */
  beginUnit(): void {
    this.#unit.begin();
  }

  endUnit(): void {
    this.#unit.end(this.log, (waiter, token) => this.whenDurable(waiter, token));
  }

  /** There is something settled: when a unit is being written, that is part of it. */
  settling(each: Settling): void {
    this.#unit.settling(each);
  }

  /** Stores the message for each of the queues; answers its place. */
  store(message: Message, queues: readonly StoredQueue[], expiresAtMs: number): LogPosition {
    const keys = this.#keysFor(message, queues);
    const position = this.#write(message, queues, keys, expiresAtMs, -1);
    const size = this.#writtenBytes;
    if (this.log.pressure !== 'none') this.#overrunBytes += size;
    for (let i = 0; i < queues.length; i++) {
      this.log.retain(position, size);
      this.stores?.stored(message, queues[i]!, queues[i]!.nextSequence);
      queues[i]!.stored(position, size, message, expiresAtMs, keys?.[i] ?? '');
    }
    return position;
  }

  /** Stores the message anew in the place that it has in a queue, for what was changed of it. */
  rewrite(message: Message, queue: StoredQueue, sequence: number, expiresAtMs: number): void {
    const key = queue.keyOf(sequence);
    const position = this.#write(message, [queue], key === '' ? undefined : [key], expiresAtMs, sequence);
    this.log.retain(position, this.#writtenBytes);
    queue.moved(sequence, position, this.#writtenBytes);
  }

  /** Writes a STORE record, whose size is left in `#writtenBytes`; `sequence` -1: the next one of each queue. */
  #write(
    message: Message,
    queues: readonly StoredQueue[],
    keys: readonly string[] | undefined,
    expiresAtMs: number,
    sequence: number,
  ): LogPosition {
    const { log } = this;
    const bodyStart = message.start + message.headerSize;
    const topicBytes = topicBytesOf(message.topic);
    this.#writtenBytes = recordSize(message, queues.length, keys, topicBytes);
    const position = this.#append(RECORD_STORE, this.#writtenBytes);
    const bytes = log.buffer;
    const at = log.offset;
    putStore(bytes, at, message, expiresAtMs, this.turn.nowMs, queues.length, keys !== undefined);
    for (let i = 0; i < queues.length; i++) {
      const queue = queues[i]!;
      putStoreTarget(bytes, at, i, queue.id, message.deliveryCount, sequence < 0 ? queue.nextSequence : sequence);
    }
    let next = storeTargetsEnd(at, queues.length);
    if (keys) for (const key of keys) next = putKey(bytes, next, key);
    next = putDeliverAt(bytes, next, message.deliverAtMs);
    next = putStoreTopic(bytes, next, message.topic, topicBytes);
    copyBytes(message.bytes, bodyStart, message.end, bytes, next);
    return position;
  }

  /** What each of these queues would count for the message, in bytes, were it stored for all of them under this topic. */
  bytesOf(message: Message, queues: readonly StoredQueue[], topic = message.topic): number {
    return recordSize(message, queues.length, this.#keysFor(message, queues), topicBytesOf(topic));
  }

  /** The message's key for each queue; undefined: none of them asks for one. */
  #keysFor(message: Message, queues: readonly StoredQueue[]): string[] | undefined {
    let keys: string[] | undefined;
    for (let i = 0; i < queues.length; i++) {
      const property = queues[i]!.keyProperty;
      if (property === undefined) continue;
      keys ??= new Array<string>(queues.length).fill('');
      keys[i] = String(this.fieldsOf(message).get(property) ?? '');
    }
    return keys;
  }

  /** What selectors ask of the message; valid until the next call. */
  fieldsOf(message: Message): MessageFields {
    return this.encodings.of(message.encoding)?.fields(message) ?? NO_FIELDS;
  }

  /** Calls `waiter.confirmed(token)` when what was appended so far is on disk; at once when it is there already, since no log says so twice. */
  whenDurable(waiter: Confirmation, token: number, position: LogPosition = this.log.end - 1): void {
    if (this.#unit.open) return this.#unit.wait(waiter, token);
    if (position < this.log.durableEnd) return waiter.confirmed(token);
    this.#waits.push(position, waiter, token);
    this.log.sync();
  }

  /** `ranges` holds pairs: first sequence, count. */
  settled(queue: number, ranges: readonly number[]): void {
    const count = ranges.length >> 1;
    this.#append(RECORD_SETTLE, SETTLE_FIXED_BYTES + count * SETTLE_RANGE_BYTES);
    const bytes = this.log.buffer;
    let at = this.log.offset;
    putU32(bytes, at, queue);
    putU32(bytes, at + 4, count);
    at += SETTLE_FIXED_BYTES;
    for (let i = 0; i < ranges.length; i += 2, at += SETTLE_RANGE_BYTES) {
      putF64(bytes, at, ranges[i]!);
      putU32(bytes, at + 8, ranges[i + 1]!);
    }
  }

  attempted(queue: number, sequence: number, attempts: number): void {
    this.#append(RECORD_COUNT, COUNT_BYTES);
    putU32(this.log.buffer, this.log.offset, queue);
    putU32(this.log.buffer, this.log.offset + 4, attempts);
    putF64(this.log.buffer, this.log.offset + 8, sequence);
  }

  /** The message leaves its queue for another address, and a restart brings that to its end. */
  leaving(queue: number, { sequence, cause, to }: Departure): void {
    const json = this.#text.encode(JSON.stringify({ cause, to }));
    this.#append(RECORD_LEAVE, LEAVE_FIXED_BYTES + json.length);
    putU32(this.log.buffer, this.log.offset, queue);
    putF64(this.log.buffer, this.log.offset + 4, sequence);
    this.log.buffer.set(json, this.log.offset + LEAVE_FIXED_BYTES);
  }

  /** The record is not needed any more: `over` as the log has it, but that within a unit the record goes with what the unit puts in its place. */
  release(position: LogPosition, sizeBytes: number, over = false): void {
    if (this.#unit.open) this.#unit.release(position, sizeBytes);
    else this.log.release(position, sizeBytes, over);
  }

  define(definition: Definition): void {
    const json = this.#text.encode(JSON.stringify(definition));
    this.#placeDefinition(definition, json, 0, json.length);
  }

  #placeDefinition(definition: Definition, json: Uint8Array, start: number, end: number): void {
    const sizeBytes = DEFINE_FIXED_BYTES + end - start;
    const position = this.#append(RECORD_DEFINE, sizeBytes);
    putU32(this.log.buffer, this.log.offset, definition.id);
    this.log.buffer.set(json.subarray(start, end), this.log.offset + DEFINE_FIXED_BYTES);
    this.log.retain(position, sizeBytes);
    const before = this.definitions.get(definition.id);
    if (before) this.release(before.position, before.sizeBytes);
    this.definitions.set(definition.id, { definition, position, sizeBytes });
  }

  remove(id: number): void {
    this.marks.forget(id);
    const place = this.definitions.get(id);
    if (place) {
      this.#append(RECORD_REMOVE, REMOVE_BYTES);
      putU32(this.log.buffer, this.log.offset, id);
      this.release(place.position, place.sizeBytes);
      this.definitions.delete(id);
    }
    const queue = this.queues.get(id);
    if (queue) {
      queue.forget();
      this.queues.delete(id);
    }
  }

  // ---- the log's owner

  replay(position: LogPosition, record: RecordView): void {
    this.unknown ??= unknownInRecord(record);
    this.#replayed.take(position, record, this.#apply);
  }

  readonly #apply = (position: LogPosition, { kind, bytes, start, end }: RecordView): void => {
    switch (kind) {
      case RECORD_STORE: {
        const keys = storeKeys(bytes, start);
        for (let i = 0, count = storeTargets(bytes, start); i < count; i++) {
          const sequence = storeTargetSequence(bytes, start, i);
          const attempts = storeTargetAttempts(bytes, start, i);
          this.#stored(storeTargetQueue(bytes, start, i)).restore(sequence, position, end - start, bytes, start, attempts, keys?.[i] ?? '');
        }
        break;
      }
      case RECORD_SETTLE: {
        const queue = this.#stored(getU32(bytes, start));
        const ranges = getU32(bytes, start + 4);
        for (let i = 0, at = start + SETTLE_FIXED_BYTES; i < ranges; i++, at += SETTLE_RANGE_BYTES)
          queue.restoreSettled(getF64(bytes, at), getU32(bytes, at + 8));
        break;
      }
      case RECORD_COUNT:
        this.#stored(getU32(bytes, start)).restoreAttempts(getF64(bytes, start + 8), getU32(bytes, start + 4));
        break;
      case RECORD_LEAVE: {
        const { cause, to } = jsonOf(bytes, start + LEAVE_FIXED_BYTES, end) as Pick<Departure, 'cause' | 'to'>;
        this.#stored(getU32(bytes, start)).restoreLeaving({ sequence: getF64(bytes, start + 4), cause, to });
        break;
      }
      case RECORD_DEFINE: {
        const definition = jsonOf(bytes, start + DEFINE_FIXED_BYTES, end) as Definition;
        this.definitions.set(definition.id, { definition, position, sizeBytes: end - start });
        this.#idTaken(definition.id);
        break;
      }
      case RECORD_MARK:
        this.marks.restore(position, bytes, start);
        break;
      case RECORD_UNMARK:
        this.marks.restoreRemoved(bytes, start);
        break;
      case RECORD_REMOVE: {
        const id = getU32(bytes, start);
        this.marks.drop(id);
        this.definitions.delete(id);
        this.queues.delete(id);
        this.#idTaken(id);
        break;
      }
    }
  };

  durable(end: LogPosition): void {
    this.#waits.release(end);
  }

  relocate(position: LogPosition, record: RecordView): void {
    const { bytes, start, end } = record;
    const kind = record.kind & ~RECORD_IN_UNIT;
    if (kind === RECORD_DEFINE) {
      const place = this.definitions.get(getU32(bytes, start));
      if (place?.position === position) this.#placeDefinition(place.definition, bytes, start + DEFINE_FIXED_BYTES, end);
      return;
    }
    if (kind === RECORD_MARK) return this.marks.relocate(position, bytes, start);
    if (kind !== RECORD_STORE) return;
    const live: StoredQueue[] = [];
    const sequences: number[] = [];
    for (let i = 0, count = storeTargets(bytes, start); i < count; i++) {
      const sequence = storeTargetSequence(bytes, start, i);
      const queue = this.queues.get(storeTargetQueue(bytes, start, i));
      if (!queue?.holds(sequence, position)) continue;
      live.push(queue);
      sequences.push(sequence);
    }
    if (live.length === 0) return;
    for (let i = 0; i < live.length; i++) live[i]!.relocating(sequences[i]!);
    // The time of delivery and the topic, if they are there, go along as the message's first bytes.
    const restStart = storeKeysEnd(bytes, start);
    const keys = storeKeys(bytes, start) && live.map((queue, i) => queue.keyOf(sequences[i]!));
    const size = storeRecordSize(live.length, keysSize(keys), false, 0, end - restStart);
    const moved = this.#append(RECORD_STORE, size);
    const to = this.log.buffer;
    const at = this.log.offset;
    copyBytes(bytes, start, start + 24, to, at);
    putU32(to, at + 24, live.length);
    for (let i = 0; i < live.length; i++) {
      putStoreTarget(to, at, i, live[i]!.id, live[i]!.attempts(sequences[i]!), sequences[i]!);
      this.log.retain(moved, size);
      live[i]!.moved(sequences[i]!, moved, size);
    }
    let next = storeTargetsEnd(at, live.length);
    if (keys) for (const key of keys) next = putKey(to, next, key);
    copyBytes(bytes, restStart, end, to, next);
  }

  gather(from: LogPosition, bytesMax: number): void {
    if (!this.#fits(from, bytesMax)) return;
    for (const { definition, position } of this.definitions.values()) if (position < from) this.define(definition);
    this.marks.gather(from);
  }

  /** Whether definitions and marks before this place take no more than so many bytes together. */
  #fits(from: LogPosition, bytesMax: number): boolean {
    let bytes = this.marks.size * (MARK_BYTES + RECORD_OVERHEAD_BYTES_MAX);
    for (const { position, sizeBytes } of this.definitions.values()) {
      if (bytes > bytesMax) return false;
      if (position < from) bytes += sizeBytes + RECORD_OVERHEAD_BYTES_MAX;
    }
    return bytes <= bytesMax;
  }

  pressure(pressure: LogPressure): void {
    if (pressure === 'none') this.#overrunBytes = 0;
    this.#onPressure(pressure);
  }

  #sweepLater(): void {
    this.turn.after(SWEEP_INTERVAL_MS, () => {
      for (const queue of this.queues.values()) queue.sweep(SWEEP_ENTRIES_MAX);
      this.#sweepLater();
    });
  }
}

function topicBytesOf(topic: string): number {
  return topic === '' ? 0 : utf8Bytes(topic);
}

function recordSize(message: Message, queues: number, keys: readonly string[] | undefined, topicBytes: number): number {
  return storeRecordSize(queues, keysSize(keys), message.deliverAtMs > 0, topicBytes, message.end - message.start - message.headerSize);
}
