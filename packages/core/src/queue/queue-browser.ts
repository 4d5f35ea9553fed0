import type { Consumer, ConsumerPort } from '../delivery/delivery.ts';
import type { Standing } from '../delivery/standing.ts';
import { NO_SOURCE } from '../direct/direct-producer.ts';
import { DELIVERIES_PER_TURN_MAX } from '../limits/turn-share.ts';
import type { Message } from '../message/message.ts';
import type { MessageFilter } from '../message/message-filter.ts';
import type { Log } from '../store/log.ts';
import { readStored } from '../store/records.ts';
import type { Queue } from './queue.ts';
import { ENTRY_NONE, ENTRY_READY, ENTRY_SCHEDULED } from './queue-index.ts';
import { SequenceHeap } from './sequence-heap.ts';

/** Entries that wait for their time, beyond those of the queue, from which on those that are gone are forgotten. */
const EARLY_MIN = 64;

/**
 * Sees the ready messages of a queue in order, without taking them (distribution mode copy), and then those that come: new ones, and those whose time has
 * come. What a consumer has when it comes by, it does not see.
 */
export class Browser implements Consumer {
  readonly port: ConsumerPort;
  readonly #queue: Queue;
  readonly #onDetach: () => void;
  #cursor = 0;
  #credit = 0;
  #drain = false;
  #paused = false;
  #loading = false;
  #ranOutAtMs: number;
  /** Entries that it came by before their time had come, and those of them whose time has come since. */
  readonly #early = new Set<number>();
  readonly #due = new SequenceHeap();
  readonly #filter: MessageFilter | undefined;

  constructor(queue: Queue, port: ConsumerPort, filter: MessageFilter | undefined, onDetach: () => void) {
    this.#queue = queue;
    this.port = port;
    this.#filter = filter;
    this.#onDetach = onDetach;
    this.#ranOutAtMs = queue.nowMs;
    queue.addBrowser(this);
  }

  get available(): number {
    return this.#queue.available;
  }

  get standing(): Standing {
    const credit = this.#credit;
    return { credit, withoutCreditSinceMs: credit > 0 ? 0 : this.#ranOutAtMs, paused: this.#paused, waitsForActive: false };
  }

  grant(credit: number, drain: boolean): void {
    if (credit === 0 && this.#credit > 0) this.#ranOutAtMs = this.#queue.nowMs;
    this.#credit = credit;
    this.#drain = drain;
    this.#queue.wakeBrowsers();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#queue.wakeBrowsers();
  }

  detach(): void {
    this.#queue.leaveBrowser(this);
    this.#credit = 0;
    this.#onDetach();
  }

  /** Delivers from the cursor on, as far as credit goes; a body that is on disk is waited for. `message` is scratch. */
  deliver(log: Log, message: Message): void {
    const index = this.#queue.index;
    const { share } = this.#queue;
    let budget = share?.deliverable ?? DELIVERIES_PER_TURN_MAX;
    while (this.#credit > 0 && !this.#paused && !this.#loading) {
      const sequence = this.#due.size > 0 ? this.#due.peek() : index.next(this.#cursor);
      if (sequence >= index.tail) break;
      if (budget-- === 0) return this.#queue.deliverLater();
      const expiresAtMs = index.expiresAtMs(sequence);
      // What has expired is not seen, though it may be there until somebody looks for it.
      if (index.state(sequence) !== ENTRY_READY || (expiresAtMs > 0 && expiresAtMs <= this.#queue.nowMs)) {
        this.#pass(sequence);
        continue;
      }
      const position = index.position(sequence);
      const view = log.view(position);
      if (view === undefined) return this.#load(log, position, sequence);
      this.#pass(sequence);
      readStored(message, view.bytes, view.start, view.end);
      message.ttlMs = expiresAtMs > 0 ? expiresAtMs - this.#queue.nowMs : 0;
      message.deliveryCount = index.attempts(sequence);
      message.firstAcquirer = !index.acquiredBefore(sequence);
      if (this.#filter && !this.#filter.matches(this.#queue.fieldsOf(message))) continue;
      if (--this.#credit === 0) this.#ranOutAtMs = this.#queue.nowMs;
      share?.delivered(1, view.end - view.start);
      this.#queue.observers?.seen?.(message, this.#queue, sequence, this.port);
      this.port.deliver(message, NO_SOURCE, sequence);
    }
    if (!this.#drain || this.#loading || (this.#paused && this.#credit > 0)) return;
    this.#drain = false;
    this.grant(0, false);
    this.port.drained();
  }

  /** It is done with this entry, or will be when its time has come. */
  #pass(sequence: number): void {
    if (this.#due.size > 0 && this.#due.peek() === sequence) this.#due.pop();
    this.#cursor = Math.max(this.#cursor, sequence + 1);
    const { index } = this.#queue;
    if (index.state(sequence) !== ENTRY_SCHEDULED) return;
    this.#early.add(sequence);
    if (this.#early.size <= 2 * index.live + EARLY_MIN) return;
    for (const each of this.#early) if (index.state(each) === ENTRY_NONE) this.#early.delete(each);
  }

  /** The entry can be seen again, or its time has come. */
  returned(sequence: number): void {
    if (this.#early.delete(sequence)) this.#due.push(sequence);
  }

  #load(log: Log, position: number, sequence: number): void {
    this.#loading = true;
    log.load(position, error => {
      this.#loading = false;
      // A message that cannot be read is reported by the log, and met by the queue's own consumers; a browser passes it over.
      if (error && (this.#cursor <= sequence || this.#due.peek() === sequence)) this.#pass(sequence);
      // Now, not at the end of the turn: the log shows the record during this call.
      this.#queue.run();
    });
  }
}
