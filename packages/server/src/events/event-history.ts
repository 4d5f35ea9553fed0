import { EventIds } from './event-ids.ts';
import { eventOf, type Happening, type ServerEvent } from './server-event.ts';

/** Events that are remembered. */
export const EVENTS_MAX = 10_000;
/** Events of one reason and address space that are told one by one in an interval; further ones are counted, and told as one. */
export const ALIKE_MAX = 20;
/** In milliseconds. */
export const ALIKE_INTERVAL_MS = 10_000;
/** Kinds of alike events that are counted at a time; beyond, those of all further ones are one. */
const KINDS_MAX = 10_000;

/** What outlives the process. */
export interface KeptEvents {
  readonly key: Uint8Array;
  /** The place of the first of the events. */
  readonly oldest: number;
  readonly events: readonly ServerEvent[];
}

interface Alike {
  readonly first: Happening;
  readonly sinceMs: number;
  count: number;
}

/** Of events that are no more remembered: which address spaces they were of. */
const SERVER = '';

/**
 * What has happened lately, for readers that come and go: each event has a place, which goes up by one. What a flood would repeat is counted: nobody drives what others have
 * to see out of it.
 */
export class EventHistory implements Disposable {
  #events: ServerEvent[] = [];
  /** The place of the first that is remembered. */
  #oldest = 0;
  /** Events of before this start. */
  #before = 0;
  #ids = new EventIds();
  readonly #listeners = new Set<() => void>();
  /** The place of the last event of each address space that is not remembered any more, those of the longest ago first. */
  readonly #forgotten = new Map<string, number>();
  /** The last of those whose address space is not remembered either. */
  #forgottenOthers = -1;
  /** In the order in which their intervals end. */
  readonly #alike = new Map<string, Alike>();
  readonly #max: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(max = EVENTS_MAX) {
    this.#max = max;
  }

  /** Events since the start. */
  get count(): number {
    return this.next - this.#before;
  }

  get oldest(): number {
    return this.#oldest;
  }

  /** The place of the event that comes next. */
  get next(): number {
    return this.#oldest + this.#events.length;
  }

  /** Undefined: it is not remembered any more, or there is none yet. */
  at(place: number): ServerEvent | undefined {
    return this.#events[place - this.#oldest];
  }

  /** The id of the event that is, or was, at this place. */
  idOf(place: number): string {
    return this.#ids.idOf(place);
  }

  /** Where to go on who has seen this event last; undefined: it is none of this server, or of a start whose events are gone. */
  placeAfter(id: string): number | undefined {
    const place = this.#ids.placeOf(id);
    return place === undefined || place >= this.next ? undefined : place + 1;
  }

  /** Where to begin who wants to see the newest events for which it holds, at most so many. */
  placeOfNewest(limit: number, holds: (event: ServerEvent) => boolean): number {
    let place = this.next;
    let found = 0;
    for (let at = this.next - 1; at >= this.#oldest && found < limit; at--) {
      if (!holds(this.at(at)!)) continue;
      found++;
      place = at;
    }
    return place;
  }

  /** Whether an event from this place on is not remembered any more: any, or one of this address space. */
  hasForgotten(place: number, addressSpace?: string): boolean {
    if (addressSpace === undefined) return place < this.#oldest;
    return place <= (this.#forgotten.get(addressSpace) ?? this.#forgottenOthers);
  }

  tell(happening: Happening): void {
    const { reason, addressSpace = '' } = happening;
    const nowMs = Date.now();
    const told = this.#alike.size < KINDS_MAX;
    const key = told ? `${reason} ${addressSpace}` : reason;
    const alike = this.#alike.get(key);
    if (alike && nowMs - alike.sinceMs < ALIKE_INTERVAL_MS) {
      if (++alike.count > ALIKE_MAX) return;
    } else {
      this.#end(key);
      // What is counted of several address spaces together is for none of them to know.
      this.#alike.set(key, { first: told ? happening : ofServer(happening), sinceMs: nowMs, count: 1 });
      this.#timer ??= setInterval(() => this.#endIntervals(), ALIKE_INTERVAL_MS / 10).unref();
    }
    this.#add(happening, nowMs);
  }

  /** Calls the listener after each event until the answer is called. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What is to be remembered over a restart. */
  kept(): KeptEvents {
    const from = Math.max(0, this.#events.length - this.#max);
    return { key: this.#ids.key, oldest: this.#oldest + from, events: this.#events.slice(from) };
  }

  /** Events of before this start go before those that have been told since; to be called before anybody reads. */
  restore({ key, oldest, events }: KeptEvents): void {
    this.#ids = new EventIds(key);
    const since = this.#events;
    this.#events = [...events];
    this.#oldest = oldest;
    this.#forgottenOthers = oldest - 1;
    this.#before = this.next;
    for (const event of since) this.#events.push({ ...event, id: this.idOf(this.next) });
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #add(happening: Happening, atMs: number): void {
    const event = eventOf(happening, this.idOf(this.next), atMs);
    // Forgotten in one go and not one by one, which would move all of them each time.
    if (this.#events.length >= this.#max * 1.25) this.#forget(this.#events.length - this.#max);
    this.#events.push(event);
    for (const listener of this.#listeners) listener();
  }

  #forget(count: number): void {
    for (const { addressSpace = SERVER } of this.#events.splice(0, count)) {
      this.#forgotten.delete(addressSpace);
      this.#forgotten.set(addressSpace, this.#oldest++);
    }
    for (const [addressSpace, place] of this.#forgotten) {
      if (this.#forgotten.size <= KINDS_MAX) break;
      this.#forgotten.delete(addressSpace);
      this.#forgottenOthers = place;
    }
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

function ofServer({ addressSpace: _addressSpace, ...happening }: Happening): Happening {
  return happening;
}
