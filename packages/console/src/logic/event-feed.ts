import { Versioned } from './versioned.ts';

export type EventSeverity = 'info' | 'warning' | 'error';

/** Something that has happened (`GET …/events`; docs/reference/events.md has the reasons). */
export interface ServerEvent {
  /** By which it is known when it is told again. */
  readonly id: string;
  readonly atMs: number;
  /** What kind of thing it is about. */
  readonly type: string;
  readonly reason: string;
  readonly severity: EventSeverity;
  /** Absent: it is of the whole server. */
  readonly addressSpace?: string;
  readonly regarding: { readonly kind: string; readonly name: string };
  readonly note: string;
  /** So many that were like it, and were not told one by one. */
  readonly count?: number;
}

/** Events that are kept to be looked at. */
export const EVENTS_SHOWN_MAX = 2_000;

/** The latest events, newest first, as they come; whoever reads may have the list stand still meanwhile. */
export class EventFeed extends Versioned {
  #events: readonly ServerEvent[] = [];
  #waiting: ServerEvent[] = [];
  #paused = false;
  /** Of those that were told, the latest. */
  readonly #known = new Set<string>();

  get events(): readonly ServerEvent[] {
    return this.#events;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Those that have come while the list stands still. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** A stream that begins anew tells of events again: those are known. */
  take(event: ServerEvent): void {
    if (this.#known.has(event.id)) return;
    this.#known.add(event.id);
    if (this.#known.size > EVENTS_SHOWN_MAX) for (const oldest of this.#known) if (this.#known.delete(oldest)) break;
    this.#waiting.push(event);
    if (this.#waiting.length > EVENTS_SHOWN_MAX) this.#waiting.shift();
    if (this.#paused) this.changed();
    else this.#show();
  }

  pause(paused: boolean): void {
    this.#paused = paused;
    if (paused) this.changed();
    else this.#show();
  }

  #show(): void {
    this.#events = [...this.#waiting.reverse(), ...this.#events].slice(0, EVENTS_SHOWN_MAX);
    this.#waiting = [];
    this.changed();
  }
}

export interface EventFilter {
  readonly text: string;
  /** '': any. */
  readonly severity: string;
  readonly type: string;
}

export function filterEvents(events: readonly ServerEvent[], { text, severity, type }: EventFilter): readonly ServerEvent[] {
  const part = text.toLowerCase();
  return events.filter(
    event =>
      (severity === '' || event.severity === severity) &&
      (type === '' || event.type === type) &&
      `${event.reason} ${event.regarding.kind} ${event.regarding.name} ${event.note}`.toLowerCase().includes(part),
  );
}
