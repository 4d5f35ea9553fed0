import { type AddressCounters, type DuplicateWindow as Limits, zeroCounters } from '../address/address.ts';
import { emptyMessage, type Message } from '../message/message.ts';
import type { FieldValue } from '../message/message-filter.ts';
import type { Queue } from '../queue/queue.ts';
import { NO_POLICY, type QueueOwner } from '../queue/queue-owner.ts';
import { readEntries } from '../queue/read-entries.ts';
import { RateLimitedReport } from '../report.ts';
import type { Shard } from '../store/shard.ts';

/** Message-ids that one address remembers, where nothing is declared. */
export const DUPLICATE_IDS_MAX_DEFAULT = 100_000;
/** A longer id is not remembered, in UTF-16 units. */
export const DUPLICATE_ID_LENGTH_MAX = 512;
/**
 * Where a message's id stands: the property that Artemis' clients set for this very purpose; the message-id, in the form of JMS, which tells AMQP's four types
 * apart; and an MQTT user property, since MQTT has no ids.
 */
export const DUPLICATE_ID_FIELDS = ['_AMQ_DUPL_ID', 'JMSMessageID', 'message-id'] as const;
/** How often ids are looked through whose time has passed, in milliseconds. */
const SWEEP_INTERVAL_MS = 1000;
const REPORT_INTERVAL_MS = 10_000;

interface Seen {
  readonly atMs: number;
  /** Its number in the queue of ids; -1: it is only in memory, as its message is. */
  readonly sequence: number;
}

/**
 * The ids of the messages that an address has stored of late. They lie in a queue of their own, which nobody consumes: each in the unit of its
 * message, so that a crash leaves both or none, and gone when the window has passed.
 */
export class DuplicateWindow implements QueueOwner {
  readonly name: string;
  readonly spec = NO_POLICY;
  readonly counters: AddressCounters = zeroCounters();
  readonly queue: Queue;
  bounds: Limits;
  readonly #shard: Shard;
  readonly #reports: RateLimitedReport;
  /** The oldest first. */
  readonly #seen = new Map<string, Seen>();
  readonly #record = emptyMessage();
  #sweeping = false;
  #ended = false;

  constructor(address: string, queue: Queue, shard: Shard, bounds: Limits) {
    this.name = address;
    this.queue = queue;
    this.bounds = bounds;
    this.#shard = shard;
    this.#reports = new RateLimitedReport(shard.report, REPORT_INTERVAL_MS);
    queue.own(this, true);
    this.#record.durable = true;
  }

  get size(): number {
    return this.#seen.size;
  }

  roomier(): void {}

  target(): undefined {}

  /** What tells the message from others; undefined: it has nothing that does. The same id under two names of a topic is none twice. */
  idOf(message: Message): string | undefined {
    const fields = this.#shard.fieldsOf(message);
    for (const field of DUPLICATE_ID_FIELDS) {
      const value: FieldValue = fields.get(field);
      if (value === undefined || value === null || value === '') continue;
      const id = `${field} ${value} ${message.topic}`;
      return id.length > DUPLICATE_ID_LENGTH_MAX ? undefined : id;
    }
    return undefined;
  }

  has(id: string): boolean {
    const seen = this.#seen.get(id);
    return seen !== undefined && this.#shard.turn.nowMs - seen.atMs < this.bounds.windowMs;
  }

  /** Remembers the id. With `kept` over a restart, too: it is written, as part of the unit in which its message is. */
  add(id: string, kept: boolean): void {
    const { nextSequence } = this.queue;
    if (kept) {
      const record = this.#record;
      record.bytes = encoder.encode(id);
      record.end = record.bytes.length;
      this.#shard.store(record, [this.queue], 0);
    }
    this.#remember(id, { atMs: this.#shard.turn.nowMs, sequence: kept ? nextSequence : -1 });
  }

  #remember(id: string, seen: Seen): void {
    const before = this.#seen.get(id);
    if (before) this.#forget(id, before);
    this.#seen.set(id, seen);
    const { windowMs, idsMax = DUPLICATE_IDS_MAX_DEFAULT } = this.bounds;
    if (this.#seen.size > idsMax) {
      const [oldest, { atMs, sequence }] = this.#seen.entries().next().value!;
      this.#forget(oldest, { atMs, sequence });
      if (this.#shard.turn.nowMs - atMs < windowMs) this.#sayForgotten(idsMax, windowMs);
    }
    this.#sweepLater();
  }

  #sayForgotten(idsMax: number, windowMs: number): void {
    const what = `message id forgotten before its window of ${windowMs} ms has passed: ${idsMax} is the most that are remembered`;
    this.#reports.say(this.#shard.turn.nowMs, () => ({ level: 'warn', what, address: this.name }));
  }

  #forget(id: string, { sequence }: Seen): void {
    this.#seen.delete(id);
    if (sequence >= 0) this.queue.discard(sequence, true);
  }

  #sweepLater(): void {
    if (this.#sweeping || this.#ended || this.#seen.size === 0) return;
    this.#sweeping = true;
    this.#shard.turn.after(SWEEP_INTERVAL_MS, () => {
      this.#sweeping = false;
      if (!this.#ended) this.#sweep();
      this.#sweepLater();
    });
  }

  #sweep(): void {
    for (const [id, seen] of this.#seen) {
      if (this.#shard.turn.nowMs - seen.atMs < this.bounds.windowMs) return;
      this.#forget(id, seen);
    }
  }

  /** Nothing is remembered any more. */
  end(): void {
    this.#ended = true;
    this.#seen.clear();
    this.#shard.remove(this.queue.id);
  }

  /** The log was replayed: the ids are read from it, `done` is called when all are known. */
  restore(done: () => void): void {
    const remember = (message: Message, sequence: number, atMs: number) =>
      this.#remember(decoder.decode(message.bytes.subarray(message.start, message.end)), { atMs, sequence });
    readEntries(this.queue.index, this.#shard.log, remember, done);
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
