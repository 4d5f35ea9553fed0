import type { Log, LogPosition } from './log.ts';
import { storeStoredAtMs } from './records.ts';
import type { StoredQueue } from './stored-queue.ts';

/** Times that were read from disk and are remembered; beyond, the one that was read first is read again. */
const REMEMBERED_MAX = 1000;
/** Reads under way: whoever looks at thousands of deep queues gets their times bit by bit. */
const READING_MAX = 16;

/**
 * When stored messages came: that stands in their records, and nowhere in memory, so that it costs nothing where nobody asks. A record that has left memory is read when
 * its time is first asked for, and known the next time.
 */
export class StoredTimes {
  readonly #owner: { readonly log: Log };
  /** undefined: being read. */
  readonly #remembered = new Map<LogPosition, number | undefined>();
  #reading = 0;

  constructor(owner: { readonly log: Log }) {
    this.#owner = owner;
  }

  /**
   * Of the oldest message of all these, in milliseconds since the epoch; undefined: there is none, or it is not known yet. What came first lies first in the log,
   * but for what compaction has moved.
   */
  ofOldest(queues: Iterable<Pick<StoredQueue, 'oldestPosition'>>): number | undefined {
    let oldest: Pick<StoredQueue, 'oldestPosition'> | undefined;
    let first = Number.POSITIVE_INFINITY;
    for (const queue of queues) {
      const { oldestPosition } = queue;
      if (oldestPosition < 0 || oldestPosition >= first) continue;
      first = oldestPosition;
      oldest = queue;
    }
    if (!oldest) return undefined;
    const known = this.#remembered.get(first);
    if (known !== undefined || this.#remembered.has(first)) return known;
    const read = this.#look(first);
    if (read === undefined && this.#reading < READING_MAX) this.#read(oldest, first);
    return read;
  }

  #look(position: LogPosition): number | undefined {
    const view = this.#owner.log.view(position);
    return view && storeStoredAtMs(view.bytes, view.start);
  }

  #read(queue: Pick<StoredQueue, 'oldestPosition'>, position: LogPosition): void {
    this.#reading++;
    this.#remember(position, undefined);
    this.#owner.log.load(position, error => {
      this.#reading--;
      this.#remembered.delete(position);
      // Somebody may have taken the message meanwhile: its record is nobody's to look at then.
      const read = error || queue.oldestPosition !== position ? undefined : this.#look(position);
      if (read !== undefined) this.#remember(position, read);
    });
  }

  #remember(position: LogPosition, storedAtMs: number | undefined): void {
    if (this.#remembered.size >= REMEMBERED_MAX) this.#remembered.delete(this.#remembered.keys().next().value!);
    this.#remembered.set(position, storedAtMs);
  }
}
