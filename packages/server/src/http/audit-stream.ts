import { Readable } from 'node:stream';
import type { AuditEntry } from '../audit/audit-entry.ts';

/** What a reader that follows may leave unread, in bytes; it is cut off beyond that. */
const UNREAD_BYTES_MAX = 4 * 1024 * 1024;
/** Between two signs of life to a reader of events, in milliseconds. */
const HEARTBEAT_MS = 15_000;

/** Where an entry stands: when it was, and how many of the reader's came before it in the same millisecond. As an id: `2026-11-22T17:00:00.000Z/0`. */
interface EntryPlace {
  readonly time: string;
  readonly nth: number;
}

/** Of the last event that a reader has seen; undefined: it has seen none, or says something else. */
export function entryPlace(id: string | string[] | undefined): EntryPlace | undefined {
  const [, time, nth] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)\/(\d{1,9})$/.exec(String(id ?? '')) ?? [];
  return time === undefined || Number.isNaN(Date.parse(time)) ? undefined : { time, nth: Number(nth) };
}

/** The answer: entries that there are, and those that come. */
export abstract class EntryStream extends Readable {
  #coming: AuditEntry[] | undefined = [];
  #over = false;

  override _read(): void {}

  /** Writes what there is, and what has come while it was looked for. */
  begin(entries: readonly AuditEntry[]): void {
    const coming = this.#coming ?? [];
    this.#coming = undefined;
    for (const entry of [...entries, ...coming]) this.#tell(entry);
  }

  coming(entry: AuditEntry): void {
    if (this.#coming) this.#coming.push(entry);
    else if (this.readableLength > UNREAD_BYTES_MAX) this.destroy(new Error('the reader of the audit log is too slow'));
    else this.#tell(entry);
  }

  finish(): void {
    if (!this.#over) this.push(null);
    this.#over = true;
  }

  /** As the reader gets it; undefined: it has that. */
  protected abstract textOf(entry: AuditEntry): string | undefined;

  #tell(entry: AuditEntry): void {
    const text = this.textOf(entry);
    if (text !== undefined) this.write(text);
  }

  protected write(text: string): void {
    if (!this.#over && !this.destroyed) this.push(text);
  }
}

/** A line of JSON each. */
export class LineEntries extends EntryStream {
  protected textOf(entry: AuditEntry): string {
    return `${JSON.stringify(entry)}\n`;
  }
}

/** An event each, whose id says where to go on. */
export class EventEntries extends EntryStream {
  readonly #seen: EntryPlace | undefined;
  readonly #beating: NodeJS.Timeout;
  #time = '';
  #nth = 0;

  constructor(seen: EntryPlace | undefined) {
    super();
    this.#seen = seen;
    this.#beating = setInterval(() => this.write(':\n\n'), HEARTBEAT_MS).unref();
    // A comment at once: who follows shall know that he is heard, although nothing may happen for long.
    this.write(':\n\n');
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearInterval(this.#beating);
    done(error);
  }

  protected textOf(entry: AuditEntry): string | undefined {
    const { time } = entry;
    this.#nth = time === this.#time ? this.#nth + 1 : 0;
    this.#time = time;
    if (this.#seen?.time === time && this.#nth <= this.#seen.nth) return undefined;
    return `id: ${time}/${this.#nth}\ndata: ${JSON.stringify(entry)}\n\n`;
  }
}
