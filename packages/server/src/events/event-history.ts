import { eventOf, type Happening, type ServerEvent } from './server-event.ts';

/** Events that are remembered. */
export const EVENTS_MAX = 10_000;
/** Events of one reason and address space that are told one by one in an interval; further ones are counted, and told as one. */
export const ALIKE_MAX = 20;
/** In milliseconds. */
export const ALIKE_INTERVAL_MS = 10_000;
/** Kinds of alike events that are counted at a time; beyond, those of all further ones are one. */
const KINDS_MAX = 10_000;

interface Alike {
  readonly first: Happening;
  readonly sinceMs: number;
  count: number;
}

/** What has happened lately, for readers that come and go. What a flood would repeat is counted: nobody drives what others have to see out of it. */
export class EventHistory implements Disposable {
  readonly #events: ServerEvent[] = [];
  readonly #listeners = new Set<(event: ServerEvent) => void>();
  /** In the order in which their intervals end. */
  readonly #alike = new Map<string, Alike>();
  readonly #max: number;
  #timer: NodeJS.Timeout | undefined;
  /** Of the next event: larger than any of before this start, and whole in a number of JavaScript. */
  #next = Date.now() * 1000;
  #first = this.#next;

  constructor(max = EVENTS_MAX) {
    this.#max = max;
  }

  /** Events since the start. */
  get count(): number {
    return this.#next - this.#first;
  }

  tell(happening: Happening): void {
    const { reason, addressSpace = '' } = happening;
    const nowMs = Date.now();
    const key = this.#alike.size < KINDS_MAX ? `${reason} ${addressSpace}` : reason;
    const alike = this.#alike.get(key);
    if (alike && nowMs - alike.sinceMs < ALIKE_INTERVAL_MS) {
      if (++alike.count > ALIKE_MAX) return;
    } else {
      this.#end(key);
      this.#alike.set(key, { first: happening, sinceMs: nowMs, count: 1 });
      this.#timer ??= setInterval(() => this.#endIntervals(), ALIKE_INTERVAL_MS / 10).unref();
    }
    this.#add(happening, nowMs);
  }

  /** Those after this one, oldest first; undefined: some of them are not remembered any more. */
  after(sequence: number): readonly ServerEvent[] | undefined {
    const oldest = this.#events[0]?.sequence ?? this.#next;
    if (sequence < oldest - 1 || sequence >= this.#next) return undefined;
    return this.#events.slice(sequence - oldest + 1);
  }

  /** The newest for which it holds, oldest first. */
  newest(limit: number, holds: (event: ServerEvent) => boolean): readonly ServerEvent[] {
    const found: ServerEvent[] = [];
    for (let at = this.#events.length - 1; at >= 0 && found.length < limit; at--) {
      const event = this.#events[at]!;
      if (holds(event)) found.push(event);
    }
    return found.reverse();
  }

  /** Of the last event. */
  get last(): number {
    return this.#next - 1;
  }

  /** Calls the listener with each event until the answer is called. */
  listen(listener: (event: ServerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #add(happening: Happening, atMs: number): void {
    const event = eventOf(happening, this.#next++, atMs);
    // Forgotten in one go and not one by one, which would move all of them each time.
    if (this.#events.length >= this.#max * 1.25) this.#events.splice(0, this.#events.length - this.#max);
    this.#events.push(event);
    for (const listener of this.#listeners) listener(event);
  }

  #endIntervals(): void {
    const nowMs = Date.now();
    for (const [key, { sinceMs }] of this.#alike) {
      if (nowMs - sinceMs < ALIKE_INTERVAL_MS) break;
      this.#end(key);
    }
    if (this.#alike.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** The interval is over: those that were not told are told as one. */
  #end(key: string): void {
    const alike = this.#alike.get(key);
    if (!alike) return;
    this.#alike.delete(key);
    const more = alike.count - ALIKE_MAX;
    if (more <= 0) return;
    const { first } = alike;
    this.#add(
      { ...first, regarding: { kind: first.regarding.kind, name: '' }, note: `And ${more} more like these.`, count: more },
      Date.now(),
    );
  }
}
