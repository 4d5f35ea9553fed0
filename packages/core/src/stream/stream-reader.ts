import { countOutcome } from '../address/address.ts';
import type { CompetingConsumer, Competition } from '../delivery/competing-consumer.ts';
import type { Confirmation } from '../delivery/delivery.ts';
import { describeReason, type Outcome } from '../delivery/outcome.ts';
import { ReadyConsumers } from '../delivery/ready-consumers.ts';
import type { Refusal } from '../delivery/refusal.ts';
import { DELIVERIES_PER_TURN_MAX } from '../limits/turn-share.ts';
import { emptyMessage } from '../message/message.ts';
import type { MessageFilter } from '../message/message-filter.ts';
import { SequenceHeap } from '../queue/sequence-heap.ts';
import { RateLimitedReport } from '../report.ts';
import { type LogPosition, RecordLost, type RecordView } from '../store/log.ts';
import { readStored, storeExpiresAtMs } from '../store/records.ts';
import type { Task } from '../turn.ts';
import type { Stream } from './stream.ts';
import { UnsettledOffsets } from './unsettled-offsets.ts';

/** Deliveries between the oldest unsettled one and the newest, for one reader: beyond, it gets no further ones until the oldest is settled. */
export const READER_SPAN_MAX = 65_536;
const REPORT_INTERVAL_MS = 1000;
/** After a read that failed and may succeed yet, in milliseconds. */
const READ_RETRY_MS = 1000;
/** A reader's own mark in the log: everything below this offset is done with. */
const MARK_PLACE = 0;

export interface ReaderIdentity {
  /** undefined: one consumer's own, which ends with it. */
  readonly name: string | undefined;
  /** Several consumers share the place, and each message goes to one of them. */
  readonly shared: boolean;
  /** It only looks: what it gives back does not come again. */
  readonly browses: boolean;
  /** Under which it is defined in the log, and its place is noted; 0: it is not kept. */
  readonly id: number;
}

/**
 * One place in a stream, and whoever reads on from there. Messages stay where they are; what comes back unprocessed is delivered again to this
 * reader alone. The offset below which all are settled is noted in the log, once a turn, when the reader is kept.
 */
export class StreamReader implements Competition, Task {
  deferred = false;
  readonly identity: ReaderIdentity;
  filter: MessageFilter | undefined;
  readonly consumers = new Set<CompetingConsumer>();
  unsettled = 0;
  readonly #stream: Stream;
  readonly #ready = new ReadyConsumers<CompetingConsumer>();
  readonly #draining = new Set<CompetingConsumer>();
  readonly #span = new UnsettledOffsets();
  readonly #returned = new SequenceHeap();
  /** Failed attempts, by offset. */
  readonly #attempts = new Map<number, number>();
  /** The first offset that was never delivered. */
  #cursor: number;
  /** As the log has it. */
  #notedPlace: number;
  #confirms: { confirm: Confirmation; token: number }[] = [];
  #loading = false;
  #closed = false;
  readonly #message = emptyMessage();
  readonly #reports: RateLimitedReport;

  constructor(stream: Stream, identity: ReaderIdentity, start: number) {
    this.#stream = stream;
    this.identity = identity;
    this.#cursor = start;
    this.#notedPlace = start;
    this.#reports = new RateLimitedReport(stream.shard.report, REPORT_INTERVAL_MS);
    stream.readers.add(this);
  }

  get nowMs(): number {
    return this.#stream.shard.turn.nowMs;
  }

  /** The first offset that is not done with. */
  get place(): number {
    return this.#span.first >= 0 ? this.#span.first : this.#cursor;
  }

  /** Messages that are not done with. */
  get lag(): number {
    return Math.max(0, this.#stream.index.tail - Math.max(this.place, this.#stream.index.head));
  }

  get available(): number {
    return this.#returned.size + Math.max(0, this.#stream.index.tail - Math.max(this.#cursor, this.#stream.index.head));
  }

  /** The replay is over: the place is the noted one. */
  restored(): void {
    const { shard, index } = this.#stream;
    const noted = shard.marks.of(this.identity.id)?.get(MARK_PLACE)?.value ?? this.#notedPlace;
    this.#notedPlace = noted;
    this.#cursor = Math.min(noted, index.tail);
  }

  #wake(): void {
    if (!this.deferred && !this.#closed) this.#stream.shard.turn.defer(this);
  }

  run(): void {
    if (this.#closed) return;
    this.#deliver();
    if (this.#draining.size > 0 && !this.#loading) this.#drain();
    this.#note();
  }

  #deliver(): void {
    const { log, turn } = this.#stream.shard;
    const { index, share } = this.#stream;
    let budget = share?.deliverable ?? DELIVERIES_PER_TURN_MAX;
    while (this.#ready.size > 0 && !this.#loading) {
      const offset = this.#next();
      if (offset < 0) return this.#stream.waits(this);
      if (budget-- === 0) return share ? share.deliverLater(this) : turn.deferNext(this);
      const position = index.position(offset);
      const view = log.view(position);
      if (view === undefined) return this.#load(position, offset);
      this.#hand(offset, view);
      share?.delivered(1, view.end - view.start);
    }
  }

  /** The next offset for this reader, which stays where it is; −1: none for now. */
  #next(): number {
    const { index } = this.#stream;
    while (this.#returned.size > 0) {
      const offset = this.#returned.peek();
      if (index.has(offset)) return offset;
      this.#returned.pop();
      this.#done(offset);
    }
    if (this.#cursor < index.head) this.#jump(index.head);
    this.#cursor = index.next(this.#cursor);
    return this.#cursor < this.#stream.readableTo() && this.#span.span < READER_SPAN_MAX ? this.#cursor : -1;
  }

  #jump(head: number): void {
    const messages = head - this.#cursor;
    this.#reports.say(this.#stream.shard.turn.nowMs, () => ({
      level: 'warn',
      what: 'a reader is behind what the stream keeps, and goes on at its first message',
      address: this.#stream.name,
      ...(this.identity.name !== undefined && { reader: this.identity.name }),
      messages,
      offset: head,
    }));
    this.#cursor = head;
  }

  /** Delivers the message, or passes it over when it has expired or is none that is wanted. */
  #hand(offset: number, view: RecordView): void {
    const message = this.#message;
    const { nowMs } = this.#stream.shard.turn;
    const again = offset < this.#cursor;
    if (again) this.#returned.pop();
    else this.#cursor = offset + 1;
    const expiresAtMs = storeExpiresAtMs(view.bytes, view.start);
    readStored(message, view.bytes, view.start, view.end);
    message.ttlMs = expiresAtMs > 0 ? expiresAtMs - nowMs : 0;
    message.deliveryCount = this.#attempts.size > 0 ? (this.#attempts.get(offset) ?? 0) : 0;
    message.firstAcquirer = !again;
    message.offset = offset;
    if (message.ttlMs < 0 || !this.#wants()) {
      if (again) this.#done(offset);
      return;
    }
    if (!again) this.#span.push(offset);
    this.unsettled++;
    this.#stream.counters.out++;
    const consumer = this.#ready.take();
    this.#stream.observers?.delivered(message, this.#stream, offset, consumer.port);
    consumer.port.deliver(message, consumer, offset);
  }

  #wants(): boolean {
    return this.filter === undefined || this.filter.matches(this.#stream.shard.fieldsOf(this.#message));
  }

  #load(position: LogPosition, offset: number): void {
    this.#loading = true;
    const stream = this.#stream;
    stream.shard.log.load(position, error => {
      if (this.#closed) return;
      if (error && !(error instanceof RecordLost) && stream.holds(offset, position)) {
        this.#reports.say(stream.shard.turn.nowMs, () => ({
          level: 'warn',
          what: `a stored message cannot be read, which is tried again: ${error.message}`,
          address: stream.name,
        }));
        stream.shard.turn.after(READ_RETRY_MS, () => {
          this.#loading = false;
          this.run();
        });
        return;
      }
      this.#loading = false;
      if (error && stream.holds(offset, position)) stream.lost(offset, error);
      // Now, not at the end of the turn: the log shows the record during this call.
      this.run();
    });
  }

  // ---- outcomes

  settle({ port }: CompetingConsumer, offset: number, outcome: Outcome): void {
    if (this.#closed) return;
    this.#stream.observers?.settled(this.#stream, offset, port, outcome);
    countOutcome(this.#stream.counters, outcome);
    this.unsettled--;
    const back = outcome.kind === 'released' || (outcome.kind === 'modified' && !outcome.undeliverableHere);
    if (back && !this.identity.browses) {
      if (outcome.kind === 'modified' && outcome.deliveryFailed) this.#attempts.set(offset, (this.#attempts.get(offset) ?? 0) + 1);
      this.#returned.push(offset);
    } else {
      if (outcome.kind === 'rejected')
        this.#reports.say(this.#stream.shard.turn.nowMs, () => ({
          level: 'warn',
          what: `message rejected by a reader, which goes on: ${describeReason(outcome.reason?.condition, outcome.reason?.description)}`,
          address: this.#stream.name,
          offset,
        }));
      this.#done(offset);
    }
    this.#wake();
  }

  settleConfirmed(consumer: CompetingConsumer, offset: number, outcome: Outcome, confirm: Confirmation, token: number): void {
    this.settle(consumer, offset, outcome);
    if (this.identity.id > 0 && !this.#closed) this.#confirms.push({ confirm, token });
    else confirm.confirmed(token);
  }

  #done(offset: number): void {
    if (this.#attempts.size > 0) this.#attempts.delete(offset);
    this.#span.settle(offset);
  }

  #note(): void {
    const { shard } = this.#stream;
    const { place } = this;
    if (this.identity.id > 0 && place !== this.#notedPlace) {
      shard.marks.put(this.identity.id, MARK_PLACE, place);
      this.#notedPlace = place;
    }
    if (this.#confirms.length === 0) return;
    for (const { confirm, token } of this.#confirms) shard.whenDurable(confirm, token);
    this.#confirms = [];
  }

  // ---- consumers

  add(consumer: CompetingConsumer): void {
    this.consumers.add(consumer);
  }

  part(consumer: CompetingConsumer): void {
    this.#ready.update(consumer, () => {
      consumer.credit = 0;
    });
    this.consumers.delete(consumer);
    this.#draining.delete(consumer);
  }

  changed(consumer: CompetingConsumer, change: () => void): void {
    this.#ready.update(consumer, change);
    if (consumer.place >= 0) this.#wake();
  }

  drain(consumer: CompetingConsumer): void {
    this.#draining.add(consumer);
    this.#wake();
  }

  undrain(consumer: CompetingConsumer): void {
    this.#draining.delete(consumer);
  }

  #drain(): void {
    // What is stored and not on disk yet is waited for.
    const more = this.#next() >= 0 || (this.#cursor < this.#stream.index.tail && this.#span.span < READER_SPAN_MAX);
    for (const consumer of this.#draining) {
      if (consumer.credit > 0 && (consumer.paused || more)) continue;
      this.#draining.delete(consumer);
      this.#ready.update(consumer, () => {
        consumer.credit = 0;
      });
      consumer.port.drained();
    }
  }

  end(refusal: Refusal): void {
    for (const consumer of [...this.consumers]) consumer.end(refusal);
  }

  /** Nobody reads on from here. */
  close(): void {
    this.#closed = true;
    this.#stream.leave(this);
    for (const { confirm, token } of this.#confirms) this.#stream.shard.whenDurable(confirm, token);
    this.#confirms = [];
  }
}
