import { EVENT_REASONS, type EventReason, type EventSeverity } from './event-reasons.ts';

/** Something that has happened, for people who look after the server or one of its address spaces. */
export interface ServerEvent {
  /** Whoever has seen it says so by this, and gets what comes after it. It tells nothing else: neither its place, nor how many there are between two. */
  readonly id: string;
  readonly atMs: number;
  readonly type: string;
  readonly reason: EventReason;
  readonly severity: EventSeverity;
  /** Absent: it is of the whole server. */
  readonly addressSpace?: string;
  readonly regarding: Regarding;
  readonly note: string;
  /** So many that were like it, and that were not told one by one; 1 when absent. */
  readonly count?: number;
}

export interface Regarding {
  /** A kind of document, or Connection, Certificate, Server. */
  readonly kind: string;
  readonly name: string;
}

/** An event before it has its place. */
export type Happening = Pick<ServerEvent, 'reason' | 'addressSpace' | 'regarding' | 'note' | 'count'> & {
  /** As its reason has it, when absent. */
  readonly severity?: EventSeverity;
};

/** Most characters of a note or a name: what peers say of themselves may be long. */
const TEXT_LENGTH_MAX = 1000;

export function eventOf(happening: Happening, id: string, atMs: number): ServerEvent {
  const { reason, severity, addressSpace, regarding, note, count } = happening;
  const facts = EVENT_REASONS[reason];
  return {
    id,
    atMs,
    type: facts.type,
    reason,
    severity: severity ?? facts.severity,
    ...(addressSpace !== undefined && { addressSpace }),
    regarding: { kind: regarding.kind, name: regarding.name.slice(0, TEXT_LENGTH_MAX) },
    note: note.slice(0, TEXT_LENGTH_MAX),
    ...(count !== undefined && { count }),
  };
}
