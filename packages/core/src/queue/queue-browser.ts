import type { Consumer, ConsumerPort } from '../delivery/delivery.ts';
import { NO_SOURCE } from '../direct/direct-producer.ts';
import type { Message } from '../message/message.ts';
import type { MessageFilter } from '../message/message-filter.ts';
import type { Log } from '../store/log.ts';
import { readStored } from '../store/records.ts';
import { DELIVERIES_PER_TURN_MAX, type Queue } from './queue.ts';
import { ENTRY_READY } from './queue-index.ts';

/** Sees the ready messages of a queue in order, without taking them (distribution mode copy), and then those that come. */
export class Browser implements Consumer {
  readonly port: ConsumerPort;
  readonly #queue: Queue;
  readonly #onDetach: () => void;
  #cursor = 0;
  #credit = 0;
  #drain = false;
  #paused = false;
  #loading = false;

  readonly #filter: MessageFilter | undefined;

  constructor(queue: Queue, port: ConsumerPort, filter: MessageFilter | undefined, onDetach: () => void) {
    this.#queue = queue;
    this.port = port;
    this.#filter = filter;
    this.#onDetach = onDetach;
    queue.addBrowser(this);
  }

  get available(): number {
    return this.#queue.available;
  }

  grant(credit: number, drain: boolean): void {
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
    let budget = DELIVERIES_PER_TURN_MAX;
    while (this.#credit > 0 && !this.#paused && !this.#loading) {
      const sequence = index.next(this.#cursor);
      if (sequence >= index.tail) break;
      if (budget-- === 0) return this.#queue.wakeBrowsersNext();
      if (index.state(sequence) !== ENTRY_READY) {
        this.#cursor = sequence + 1;
        continue;
      }
      const position = index.position(sequence);
      const view = log.view(position);
      if (view === undefined) return this.#load(log, position, sequence);
      this.#cursor = sequence + 1;
      readStored(message, view.bytes, view.start, view.end);
      const expiresAtMs = index.expiresAtMs(sequence);
      message.ttlMs = expiresAtMs > 0 ? Math.max(1, expiresAtMs - this.#queue.nowMs) : 0;
      message.deliveryCount = index.attempts(sequence);
      message.firstAcquirer = !index.acquiredBefore(sequence);
      if (this.#filter && !this.#filter.matches(this.#queue.fieldsOf(message))) continue;
      this.#credit--;
      this.port.deliver(message, NO_SOURCE, sequence);
    }
    if (!this.#drain || this.#loading || (this.#paused && this.#credit > 0)) return;
    this.#drain = false;
    this.#credit = 0;
    this.port.drained();
  }

  #load(log: Log, position: number, sequence: number): void {
    this.#loading = true;
    log.load(position, error => {
      this.#loading = false;
      // A message that cannot be read is reported by the log, and met by the queue's own consumers; a browser passes it over.
      if (error && this.#cursor <= sequence) this.#cursor = sequence + 1;
      // Now, not at the end of the turn: the log shows the record during this call.
      this.#queue.run();
    });
  }
}
