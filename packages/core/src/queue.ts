import { type AddressCounters, countOutcome, zeroCounters } from './address.ts';
import type { Confirmation, ConsumerPort } from './delivery.ts';
import { AllButOne, type ExcludedPorts } from './excluded-ports.ts';
import { type Log, type LogPosition, RecordLost } from './log.ts';
import { emptyMessage, type Message } from './message.ts';
import type { ConsumerReason, Outcome } from './outcome.ts';
import type { Browser } from './queue-browser.ts';
import type { QueueConsumer } from './queue-consumer.ts';
import { ENTRY_ACQUIRED, ENTRY_NONE, ENTRY_READY, QueueIndex } from './queue-index.ts';
import { ReadyConsumers } from './ready-consumers.ts';
import { readStored } from './records.ts';
import type { Refusal } from './refusal.ts';
import { RateLimitedReport } from './report.ts';
import { SequenceHeap } from './sequence-heap.ts';
import type { Shard } from './shard.ts';
import type { Task } from './turn.ts';

/** Deliveries that one queue makes in a turn before others have the loop. */
export const DELIVERIES_PER_TURN_MAX = 512;
const REPORT_INTERVAL_MS = 1000;
/** After a read that failed and may succeed yet, in milliseconds. */
const READ_RETRY_MS = 1000;

/** The address that a queue belongs to: it counts, and hears of room. */
export interface QueueOwner {
  readonly name: string;
  readonly counters: AddressCounters;
  /** A message was removed. */
  roomier(): void;
  /** A message is removed because its time has passed. */
  expired?(sequence: number): void;
}

const NOBODY: QueueOwner = { name: '', counters: zeroCounters(), roomier() {} };

/**
 * Competing consumers over stored messages, in order: the state machine of a queue address, and of each subscription of a topic.
 *
 * An entry is ready, or acquired by a consumer; its outcome removes it, or makes it ready again in its old place. Sequence numbers
 * are the order, and the tokens of deliveries. Next comes the lowest of those that came back, then what the cursor points at.
 */
export class Queue implements Task {
  deferred = false;
  readonly id: number;
  readonly index = new QueueIndex();
  readonly #shard: Shard;
  readonly #returned = new SequenceHeap();
  readonly #consumers = new Set<QueueConsumer>();
  readonly #ready = new ReadyConsumers<QueueConsumer>();
  #browsers: Set<Browser> | undefined;
  /** Consumers that wait to hear that there is nothing more for them. */
  #draining: Set<QueueConsumer> | undefined;
  /** Ports that must not get an entry again, and the ready entries that no consumer here may have; looked at again when a consumer comes. */
  #excluded: Map<number, ExcludedPorts> | undefined;
  #parked: number[] = [];
  /** The first entry that was never delivered. */
  #cursor = 0;
  #acquired = 0;
  /** A body is being read from disk; deliveries go on when it has come. */
  #loading = false;
  #delivering = false;
  #closed = false;
  #sweepAt = 0;
  /** Settled since the last record of it: pairs of first sequence and count; and who waits for that record. */
  #settled: number[] = [];
  #confirms: { confirm: Confirmation; token: number }[] = [];
  readonly #message = emptyMessage();
  /** Messages beyond this are left out (`full`); for queues whose producers are not held back. */
  messagesMax = Number.POSITIVE_INFINITY;
  /** Entries up to this one expire no more: their delivery has begun, and is to be brought to its end. */
  startedThrough = -1;
  #owner = NOBODY;
  #kept = true;
  #reports: RateLimitedReport | undefined;

  constructor(id: number, shard: Shard) {
    this.id = id;
    this.#shard = shard;
  }

  /** `kept`: the queue and its durable messages outlive a restart. */
  own(owner: QueueOwner, kept: boolean): void {
    this.#owner = owner;
    this.#kept = kept;
  }

  get kept(): boolean {
    return this.#kept;
  }

  get nextSequence(): number {
    return this.index.tail;
  }

  get unsettled(): number {
    return this.#acquired;
  }

  get available(): number {
    return this.index.live - this.#acquired;
  }

  get consumers(): number {
    return this.#consumers.size + (this.#browsers?.size ?? 0);
  }

  /** The shard has stored a message for this queue. */
  stored(position: LogPosition, sizeBytes: number, message: Message, expiresAtMs: number): void {
    const sequence = this.index.tail;
    this.index.put(sequence, position, sizeBytes, message.durable && this.#kept, expiresAtMs);
    if (message.deliveryCount > 0) this.index.setAttempts(sequence, message.deliveryCount);
    if (this.#ready.size > 0 || this.#browsers) this.#wake();
  }

  #wake(): void {
    // While it delivers, its own loop sees what comes back; to be deferred to this turn would undo the budget.
    if (!this.deferred && !this.#delivering) this.#shard.turn.defer(this);
  }

  run(): void {
    if (this.#closed) return;
    this.#delivering = true;
    this.#deliver();
    this.#delivering = false;
    if (this.#browsers) for (const browser of this.#browsers) browser.deliver(this.#shard.log, this.#message);
    if (this.#draining && !this.#loading) this.#drain(this.#draining);
    if (!this.#closed) this.recordSettled();
  }

  #deliver(): void {
    const log = this.#shard.log;
    const nowMs = this.#shard.turn.nowMs;
    let budget = DELIVERIES_PER_TURN_MAX;
    while (this.#ready.size > 0 && !this.#loading) {
      const sequence = this.#next();
      if (sequence < 0) return;
      if (budget-- === 0) {
        this.#shard.turn.deferNext(this);
        return;
      }
      const expiresAtMs = this.index.expiring > 0 ? this.index.expiresAtMs(sequence) : 0;
      if (expiresAtMs > 0 && expiresAtMs <= nowMs && this.#mayExpire(sequence)) {
        this.#advance(sequence);
        this.#expire(sequence);
        continue;
      }
      const excluded = this.#excluded?.get(sequence);
      const other = excluded && this.#ready.next(candidate => !excluded.has(candidate.port));
      if (excluded && !other) {
        this.#advance(sequence);
        this.#parked.push(sequence);
        continue;
      }
      const position = this.index.position(sequence);
      const view = log.view(position);
      if (view === undefined) {
        this.#load(log, position, sequence);
        return;
      }
      this.#advance(sequence);
      if (other) this.#ready.spend(other);
      const consumer = other ?? this.#ready.take();
      const message = this.#message;
      readStored(message, view.bytes, view.start, view.end);
      message.ttlMs = expiresAtMs > 0 ? Math.max(1, expiresAtMs - nowMs) : 0;
      message.deliveryCount = this.index.attempts(sequence);
      message.firstAcquirer = !this.index.acquiredBefore(sequence);
      this.index.setState(sequence, ENTRY_ACQUIRED);
      this.#acquired++;
      this.#owner.counters.out++;
      consumer.port.deliver(message, consumer, sequence);
    }
  }

  /** The next ready entry, which stays where it is; -1: none. */
  #next(): number {
    while (this.#returned.size > 0) {
      const sequence = this.#returned.peek();
      if (this.index.state(sequence) === ENTRY_READY) return sequence;
      this.#returned.pop();
    }
    this.#cursor = this.index.next(this.#cursor);
    return this.#cursor < this.index.tail ? this.#cursor : -1;
  }

  #advance(sequence: number): void {
    if (this.#returned.size > 0 && this.#returned.peek() === sequence) this.#returned.pop();
    else this.#cursor = sequence + 1;
  }

  #load(log: Log, position: LogPosition, sequence: number): void {
    this.#loading = true;
    log.load(position, error => {
      if (error && !(error instanceof RecordLost) && !this.#closed) {
        this.#say('warn', `a stored message cannot be read, which is tried again: ${error.message}`);
        this.#shard.turn.after(READ_RETRY_MS, () => {
          this.#loading = false;
          this.run();
        });
        return;
      }
      this.#loading = false;
      if (this.#closed) return;
      if (error && this.index.state(sequence) === ENTRY_READY && this.index.position(sequence) === position) {
        // The log has reported where; the queue goes on with the next message.
        this.#owner.counters.dropped++;
        this.#shard.report({ level: 'error', what: `message lost: ${error.message}`, address: this.#owner.name, sequence });
        this.#remove(sequence);
      }
      this.run();
    });
  }

  // ---- outcomes

  settle(consumer: QueueConsumer, sequence: number, outcome: Outcome): void {
    if (this.#closed || this.index.state(sequence) !== ENTRY_ACQUIRED) return;
    countOutcome(this.#owner.counters, outcome);
    this.#acquired--;
    switch (outcome.kind) {
      case 'accepted':
        this.#remove(sequence);
        return;
      case 'rejected':
        this.#say('warn', `message rejected by its consumer and removed: ${describe(outcome.reason)}`);
        this.#remove(sequence);
        return;
      case 'released':
        break;
      case 'modified':
        if (outcome.deliveryFailed) this.#failed(sequence);
        if (outcome.undeliverableHere) this.#exclude(sequence, consumer.port);
        break;
    }
    this.index.setState(sequence, ENTRY_READY);
    this.#returned.push(sequence);
    this.#wake();
  }

  settleConfirmed(consumer: QueueConsumer, sequence: number, outcome: Outcome, confirm: Confirmation, token: number): void {
    const durable = !this.#closed && this.index.state(sequence) === ENTRY_ACQUIRED && this.index.durable(sequence);
    this.settle(consumer, sequence, outcome);
    if (durable && !this.#closed) {
      this.#confirms.push({ confirm, token });
      this.#wake();
    } else confirm.confirmed(token);
  }

  #failed(sequence: number): void {
    const attempts = this.index.attempts(sequence) + 1;
    this.index.setAttempts(sequence, attempts);
    if (this.index.durable(sequence)) this.#shard.attempted(this.id, sequence, attempts);
  }

  #exclude(sequence: number, port: ConsumerPort): void {
    this.#excluded ??= new Map();
    const ports = this.#excluded.get(sequence);
    if (ports) ports.add(port);
    else this.#excluded.set(sequence, new Set([port]));
  }

  /** From now on nobody but this port gets the entry, and it does not expire: for deliveries that have to be brought to their end. */
  reserve(sequence: number, port: ConsumerPort): void {
    this.#excluded ??= new Map();
    this.#excluded.set(sequence, new AllButOne(port));
  }

  #mayExpire(sequence: number): boolean {
    return sequence > this.startedThrough && !(this.#excluded?.get(sequence) instanceof AllButOne);
  }

  /** `over`: nothing has taken its place, as a newer retained message does. */
  #remove(sequence: number, over = true): void {
    if (this.index.durable(sequence)) this.#noteSettled(sequence);
    this.#shard.log.release(this.index.position(sequence), this.index.sizeBytes(sequence), over);
    this.index.remove(sequence);
    this.#excluded?.delete(sequence);
    this.#owner.roomier();
  }

  #noteSettled(sequence: number): void {
    const settled = this.#settled;
    const last = settled.length - 2;
    if (last >= 0 && settled[last]! + settled[last + 1]! === sequence) settled[last + 1]!++;
    else settled.push(sequence, 1);
    this.#shard.settling(this);
    this.#wake();
  }

  /** Writes what was settled so far to the log. */
  recordSettled(): void {
    if (this.#settled.length > 0) {
      this.#shard.settled(this.id, this.#settled);
      this.#settled = [];
    }
    if (this.#confirms.length === 0) return;
    for (const { confirm, token } of this.#confirms) this.#shard.whenDurable(confirm, token);
    this.#confirms = [];
  }

  #expire(sequence: number): void {
    this.#owner.counters.expired++;
    this.#say('info', 'message expired before anybody took it');
    this.#owner.expired?.(sequence);
    this.#remove(sequence);
  }

  #say(level: 'info' | 'warn', what: string): void {
    this.#reports ??= new RateLimitedReport(this.#shard.report, REPORT_INTERVAL_MS);
    this.#reports.say(this.#shard.turn.nowMs, () => ({ level, what, address: this.#owner.name }));
  }

  /** Removes expired entries among the next `entriesMax`. */
  sweep(entriesMax: number): void {
    if (this.index.expiring === 0) return;
    const nowMs = this.#shard.turn.nowMs;
    let sequence = this.index.next(this.#sweepAt);
    for (let i = 0; i < entriesMax && sequence < this.index.tail; i++) {
      const expiresAtMs = this.index.expiresAtMs(sequence);
      if (expiresAtMs > 0 && expiresAtMs <= nowMs && this.index.state(sequence) === ENTRY_READY && this.#mayExpire(sequence))
        this.#expire(sequence);
      sequence = this.index.next(sequence + 1);
    }
    this.#sweepAt = sequence < this.index.tail ? sequence : 0;
  }

  /** A message is left out because there are too many already: counted, and said. */
  leaveOut(): void {
    this.#owner.counters.dropped++;
    this.#say('warn', `message left out: ${this.messagesMax} wait already`);
  }

  get full(): boolean {
    return this.index.live >= this.messagesMax;
  }

  /** Removes an entry that nobody has acquired, because another takes its place. */
  discard(sequence: number): void {
    if (this.index.state(sequence) === ENTRY_READY) this.#remove(sequence, false);
  }

  // ---- consumers

  add(consumer: QueueConsumer): void {
    this.#consumers.add(consumer);
  }

  /** The consumer's credit, or whether it is paused, is changed by `change`. */
  changed(consumer: QueueConsumer, change: () => void): void {
    this.#ready.update(consumer, change);
    if (consumer.place < 0) return;
    if (this.#parked.length > 0) this.#parked = this.#parked.filter(sequence => !this.#unpark(sequence, consumer.port));
    if (this.available > 0 || this.#draining) this.#wake();
  }

  /** Makes a parked entry one of those that come next, when this port may have it; answers whether it is parked no more. */
  #unpark(sequence: number, port: ConsumerPort): boolean {
    const excluded = this.#excluded?.get(sequence);
    if (excluded?.has(port)) return false;
    this.#returned.push(sequence);
    return true;
  }

  /** The consumer has given credit anew, and does not drain any more. */
  undrain(consumer: QueueConsumer): void {
    this.#draining?.delete(consumer);
  }

  /** The consumer hears `drained` when there is nothing more for it. */
  drain(consumer: QueueConsumer): void {
    this.#draining ??= new Set();
    this.#draining.add(consumer);
    this.#wake();
  }

  #drain(draining: Set<QueueConsumer>): void {
    for (const consumer of draining) {
      // One that is paused, or cut short by the budget, hears it when it has had what is there.
      if (consumer.credit > 0 && (consumer.paused || this.#next() >= 0)) continue;
      draining.delete(consumer);
      this.#ready.update(consumer, () => {
        consumer.credit = 0;
      });
      consumer.port.drained();
    }
  }

  leave(consumer: QueueConsumer): void {
    this.#ready.update(consumer, () => {
      consumer.credit = 0;
    });
    this.#consumers.delete(consumer);
    this.#draining?.delete(consumer);
    if (this.#consumers.size === 0) this.index.shrink();
  }

  addBrowser(browser: Browser): void {
    this.#browsers ??= new Set();
    this.#browsers.add(browser);
  }

  leaveBrowser(browser: Browser): void {
    this.#browsers?.delete(browser);
    if (this.#browsers?.size === 0) this.#browsers = undefined;
  }

  wakeBrowsers(): void {
    this.#wake();
  }

  wakeBrowsersNext(): void {
    this.#shard.turn.deferNext(this);
  }

  get nowMs(): number {
    return this.#shard.turn.nowMs;
  }

  // ---- the log's side

  holds(sequence: number, position: LogPosition): boolean {
    return this.index.state(sequence) !== ENTRY_NONE && this.index.position(sequence) === position;
  }

  attempts(sequence: number): number {
    return this.index.attempts(sequence);
  }

  /** Compaction has copied the message to another place. */
  moved(sequence: number, position: LogPosition, sizeBytes: number): void {
    this.#shard.log.release(this.index.position(sequence), this.index.sizeBytes(sequence));
    this.index.moved(sequence, position, sizeBytes);
  }

  restore(sequence: number, position: LogPosition, sizeBytes: number, durable: boolean, expiresAtMs: number, attempts: number): void {
    // A message that was not durable has not outlived the server; its number is not used again.
    if (!durable) this.index.skip(sequence);
    else if (this.index.state(sequence) !== ENTRY_NONE) this.index.moved(sequence, position, sizeBytes);
    else {
      this.index.put(sequence, position, sizeBytes, durable, expiresAtMs);
      if (attempts > 0) this.index.setAttempts(sequence, attempts);
    }
  }

  restoreSettled(first: number, count: number): void {
    this.index.skip(first + count - 1);
    for (let sequence = this.index.next(first); sequence < first + count; sequence = this.index.next(sequence + 1))
      this.index.remove(sequence);
  }

  restoreAttempts(sequence: number, attempts: number): void {
    if (this.index.state(sequence) !== ENTRY_NONE) this.index.setAttempts(sequence, attempts);
  }

  /** All has been replayed: what is here is kept. Whether somebody had it before the restart is not known, so nobody is its first acquirer. */
  restored(log: Log): void {
    for (let sequence = this.index.next(0); sequence < this.index.tail; sequence = this.index.next(sequence + 1)) {
      log.retain(this.index.position(sequence), this.index.sizeBytes(sequence));
      this.index.markAcquiredBefore(sequence);
    }
    this.#cursor = this.index.head;
  }

  // ---- the end

  /** Removes what nobody has acquired; answers how many. */
  purge(): number {
    let purged = 0;
    for (let sequence = this.index.next(0); sequence < this.index.tail; sequence = this.index.next(sequence + 1)) {
      if (this.index.state(sequence) !== ENTRY_READY) continue;
      this.#remove(sequence);
      purged++;
    }
    return purged;
  }

  /** The consumers are told; deliveries under way settle into nothing. */
  end(refusal: Refusal): void {
    for (const consumer of [...this.#consumers]) consumer.end(refusal);
    const browsers = this.#browsers ?? [];
    this.#browsers = undefined;
    for (const browser of browsers) browser.port.end(refusal);
  }

  /** The shard forgets the queue: nothing of it is kept any more. */
  forget(): void {
    this.#closed = true;
    for (const { confirm, token } of this.#confirms) this.#shard.whenDurable(confirm, token);
    for (let sequence = this.index.next(0); sequence < this.index.tail; sequence = this.index.next(sequence + 1))
      this.#shard.log.release(this.index.position(sequence), this.index.sizeBytes(sequence));
  }
}

function describe(reason: ConsumerReason | undefined): string {
  if (!reason) return 'no reason given';
  return reason.description ? `${reason.condition}: ${reason.description}` : reason.condition;
}
