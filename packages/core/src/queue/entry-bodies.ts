import type { Message } from '../message/message.ts';
import type { MessageFields } from '../message/message-filter.ts';
import type { Observers } from '../observe/observers.ts';
import { RateLimitedReport } from '../report.ts';
import { type LogPosition, RecordLost } from '../store/log.ts';
import { readStored } from '../store/records.ts';
import type { Shard } from '../store/shard.ts';
import { ENTRY_LEAVING, ENTRY_READY, QueueIndex } from './queue-index.ts';
import { NOBODY, type QueueOwner } from './queue-owner.ts';

const REPORT_INTERVAL_MS = 1000;
/** After a read that failed and may succeed yet, in milliseconds. */
const READ_RETRY_MS = 1000;

/** The entries of a queue and their messages, which lie in the log: in memory, or on disk, where they have to be waited for. */
export abstract class EntryBodies {
  readonly id: number;
  readonly index = new QueueIndex();
  observers: Observers | undefined;
  protected readonly shard: Shard;
  /** A body is being read from disk; what needs bodies goes on when it has come. */
  protected loading = false;
  protected closed = false;
  protected owner: QueueOwner = NOBODY;
  #reports: RateLimitedReport | undefined;

  constructor(id: number, shard: Shard) {
    this.id = id;
    this.shard = shard;
  }

  /** What waits for bodies goes on. */
  abstract run(): void;
  /** The entry's message cannot be read any more: it goes. */
  protected abstract lose(sequence: number): void;

  /** What `read` fills. One for all queues: it is valid until the next of them reads. */
  protected get message(): Message {
    return this.shard.scratch;
  }

  get name(): string {
    return this.owner.name;
  }

  get nowMs(): number {
    return this.shard.turn.nowMs;
  }

  attempts(sequence: number): number {
    return this.index.attempts(sequence);
  }

  /** Where the record of the oldest message lies that is here still; −1: there is none. */
  get oldestPosition(): LogPosition {
    const { index } = this;
    const oldest = this.closed ? index.tail : index.next(0);
    return oldest < index.tail ? index.position(oldest) : -1;
  }

  /** A message is left out because there are too many already: counted, and said. */
  leaveOut(): void {
    this.owner.counters.dropped++;
    this.say('warn', `message left out: ${this.index.live} wait already, as many as may`);
  }

  protected say(level: 'info' | 'warn' | 'error', what: string): void {
    this.#reports ??= new RateLimitedReport(this.shard.report, REPORT_INTERVAL_MS);
    this.#reports.say(this.nowMs, () => ({ level, what, address: this.owner.name, addressSpace: this.owner.limits?.space }));
  }

  protected inMemory(sequence: number): boolean {
    return this.shard.log.view(this.index.position(sequence)) !== undefined;
  }

  /** Fills the scratch message with the entry's; false: it is being read from disk, and `run` comes when it is there. */
  protected read(sequence: number): boolean {
    const { index, message } = this;
    const position = index.position(sequence);
    const view = this.shard.log.view(position);
    if (view === undefined) {
      this.#load(position, sequence);
      return false;
    }
    readStored(message, view.bytes, view.start, view.end);
    const expiresAtMs = index.expiring > 0 ? index.expiresAtMs(sequence) : 0;
    message.ttlMs = expiresAtMs > 0 ? Math.max(1, expiresAtMs - this.nowMs) : 0;
    message.deliveryCount = index.attempts(sequence);
    message.firstAcquirer = !index.acquiredBefore(sequence);
    return true;
  }

  /** What selectors ask of the message; valid until the next call. */
  fieldsOf(message: Message): MessageFields {
    return this.shard.fieldsOf(message);
  }

  #load(position: LogPosition, sequence: number): void {
    this.loading = true;
    this.shard.log.load(position, error => {
      const state = this.index.state(sequence);
      // One that was dropped or moved meanwhile is not missed.
      const awaited = (state === ENTRY_READY || state === ENTRY_LEAVING) && this.index.position(sequence) === position;
      if (error && awaited && !(error instanceof RecordLost) && !this.closed) return this.#loadLater(error);
      this.loading = false;
      if (this.closed) return;
      if (error && awaited) this.#lost(sequence, error);
      this.run();
    });
  }

  #loadLater(error: Error): void {
    this.say('warn', `a stored message cannot be read, which is tried again: ${error.message}`);
    this.shard.turn.after(READ_RETRY_MS, () => {
      this.loading = false;
      this.run();
    });
  }

  /** The log has reported where; the queue goes on with the next message. */
  #lost(sequence: number, error: Error): void {
    this.owner.counters.dropped++;
    this.shard.report({
      level: 'error',
      what: `message lost: ${error.message}`,
      address: this.owner.name,
      addressSpace: this.owner.limits?.space,
      sequence,
    });
    this.lose(sequence);
  }
}
