/** The most characters of a name that somebody else chose. */
export const NAME_CHARACTERS_MAX = 1024;

/** What somebody did, or tried. What is not known of it is absent. */
export interface AuditEvent {
  /** Who it was, or said to be where `action` is `authenticate`. */
  readonly user?: string;
  /** The address space that the user is of. */
  readonly userSpace?: string;
  /** Host and port; of a failed authentication the host, of IPv6 the network. */
  readonly peer?: string;
  /** As in `AMQP 1.0`, `MQTT 5.0`, `HTTP`. */
  readonly protocol?: string;
  /** An operation of the HTTP API by its `operationId`, or what was refused: `send`, `receive`, `view`, `manage`, `enter`, `authenticate`. */
  readonly action: string;
  /** With what: a kind of document, `Address` with what was refused at an address. */
  readonly kind?: string;
  readonly name?: string;
  /** Where; absent: it is of the whole server. */
  readonly addressSpace?: string;
  readonly outcome: 'done' | 'refused';
  /** Why it was refused: a code of docs/reference/refusals.md. */
  readonly code?: string;
}

/** A line of the audit log. */
export interface AuditEntry extends AuditEvent {
  /** ISO 8601. */
  readonly time: string;
  /** So many in a second that were the same; 1 where it is absent. */
  readonly count?: number;
}

/** What there was no room for: `count` events. */
export const LEFT_OUT = 'events-left-out';

/** The event without what is undefined, its names not longer than they may be. */
export function boundedEvent(event: { readonly [Field in keyof AuditEvent]: AuditEvent[Field] | undefined }): AuditEvent {
  const bounded: Record<string, string> = {};
  for (const [field, value] of Object.entries(event)) if (value !== undefined) bounded[field] = value.slice(0, NAME_CHARACTERS_MAX);
  return bounded as unknown as AuditEvent;
}
