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
