import type { Report } from '@angarium/core';
import { type AuditEntry, type AuditEvent, LEFT_OUT } from './audit-entry.ts';
import type { AuditFiles } from './audit-files.ts';
import { EqualEvents } from './equal-events.ts';

/** Between two writes, in milliseconds: a crash of the process loses at most what has come since the last one. */
export const WRITE_INTERVAL_MS = 200;
/** Characters that wait for the disk; what comes beyond that is left out, and counted. */
export const WAITING_CHARACTERS_MAX = 16 * 1024 * 1024;

export interface AuditQuery {
  /** Entries of this time and later, in milliseconds since the epoch. */
  readonly sinceMs: number;
  /** Most entries; the newest ones count. */
  readonly limit: number;
  readonly concerns: (entry: AuditEntry) => boolean;
}

/** Who did what, and what was refused to whom: written in batches, in the order in which it happened. */
export class AuditLog {
  readonly #files: AuditFiles;
  readonly #report: Report;
  readonly #equal: EqualEvents;
  readonly #followers = new Set<(entry: AuditEntry) => void>();
  #waiting: AuditEntry[] = [];
  #waitingCharacters = 0;
  #leftOut = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void>;
  #failed = false;
  /** That were made since the start. */
  entries = 0;

  constructor(files: AuditFiles, report: Report) {
    this.#files = files;
    this.#report = report;
    this.#writing = files.find().catch((error: unknown) => this.#failing(error));
    this.#equal = new EqualEvents((event, count, atMs) => this.#add(event, count, atMs));
  }

  /** Something that was done, or refused. Refusals may be many: equal ones of a second are one line. */
  record(event: AuditEvent): void {
    const nowMs = Date.now();
    // An act is never left out for refusals that somebody provokes meanwhile.
    if (event.outcome === 'done') this.#add(event, 1, nowMs);
    else this.#equal.take(event, nowMs);
    this.#writeLater();
  }

  /** What was recorded, oldest first, all of it that is known when this is called. `follow` hears of what comes later, until the disposal of the answer. */
  async read(
    query: AuditQuery,
    follow?: (entry: AuditEntry) => void,
  ): Promise<{ readonly entries: readonly AuditEntry[]; readonly stop: () => void }> {
    await this.#write();
    const place = this.#files.end;
    if (follow) this.#followers.add(follow);
    const stop = (): void => void (follow && this.#followers.delete(follow));
    try {
      return { entries: await this.#before(place, query), stop };
    } catch (error) {
      stop();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#equal.endAll();
    clearTimeout(this.#timer);
    await this.#write();
    await this.#files.close();
  }

  async #before(place: AuditFiles['end'], { sinceMs, limit, concerns }: AuditQuery): Promise<AuditEntry[]> {
    const since = new Date(sinceMs).toISOString();
    const entries: AuditEntry[] = [];
    for await (const line of this.#files.linesBefore(place)) {
      const entry = parsed(line);
      if (entry === undefined) continue;
      if (entry.time < since || entries.length === limit) break;
      if (concerns(entry)) entries.push(entry);
    }
    return entries.reverse();
  }

  #add(event: AuditEvent, count: number, atMs: number): void {
    if (this.#waitingCharacters > WAITING_CHARACTERS_MAX) {
      this.#leftOut += count;
      return;
    }
    const entry: AuditEntry = { time: new Date(atMs).toISOString(), ...event, ...(count > 1 && { count }) };
    this.#waiting.push(entry);
    this.entries++;
    for (const value of Object.values(entry)) this.#waitingCharacters += String(value).length;
  }

  #writeLater(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#write();
      if (this.#equal.waiting) this.#writeLater();
    }, WRITE_INTERVAL_MS).unref();
  }

  /** Writes all that waits, after what is being written. */
  #write(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writeNow());
    return this.#writing;
  }

  async #writeNow(): Promise<void> {
    const nowMs = Date.now();
    this.#equal.end(nowMs);
    this.#leftOut += this.#equal.takeLeftOut();
    const entries = this.#waiting;
    if (this.#leftOut > 0) entries.push({ time: new Date(nowMs).toISOString(), action: LEFT_OUT, outcome: 'done', count: this.#leftOut });
    if (entries.length === 0) return;
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    this.#waiting = [];
    const characters = this.#waitingCharacters;
    try {
      await this.#files.append(entries.map(entry => `${JSON.stringify(entry)}\n`).join(''));
      if (this.#failed) this.#report({ level: 'info', what: 'the audit log is written again' });
      this.#failed = false;
    } catch (error) {
      const lost = entries.length - (leftOut > 0 ? 1 : 0);
      this.#leftOut += lost + leftOut;
      this.#failing(error);
    }
    this.#waitingCharacters -= characters;
    for (const entry of entries) for (const follower of this.#followers) follower(entry);
  }

  /** Says it once, until it is mended. */
  #failing(error: unknown): void {
    if (!this.#failed) this.#report({ level: 'error', what: 'the audit log cannot be written', err: error });
    this.#failed = true;
  }
}

/** A line that is none, because a crash tore it, is left out. */
function parsed(line: string): AuditEntry | undefined {
  try {
    return JSON.parse(line) as AuditEntry;
  } catch {
    return undefined;
  }
}
