/** How much an event matters, the least first. */
export const EVENT_SEVERITIES = ['info', 'warning', 'error'] as const;
export type EventSeverity = (typeof EVENT_SEVERITIES)[number];

/** What an event is about. */
export const EVENT_TYPES = ['connection', 'access', 'document', 'address', 'connector', 'certificate', 'log', 'problem', 'events'] as const;

interface ReasonFacts {
  readonly type: (typeof EVENT_TYPES)[number];
  readonly severity: EventSeverity;
  readonly description: string;
}

/** Every reason of an event, by a stable name; docs/reference/events.md is made from this table. */
export const EVENT_REASONS = {
  ConnectionOpened: { type: 'connection', severity: 'info', description: 'A client is connected.' },
  ConnectionClosed: { type: 'connection', severity: 'info', description: 'It is no more; the note says for how long it was.' },
  ConnectionRefused: { type: 'connection', severity: 'warning', description: 'A connection is one too many; the note names the limit.' },
  AuthenticationFailed: {
    type: 'access',
    severity: 'warning',
    description: 'Somebody could not prove to be the user that he says he is: over a protocol, or in the console.',
  },
  SignedIn: { type: 'access', severity: 'info', description: 'Somebody has signed in to the console; the note says from where.' },
  SignedOut: { type: 'access', severity: 'info', description: 'He has signed out.' },
  SignInFailed: {
    type: 'access',
    severity: 'warning',
    description: 'Somebody went to sign in at the OpenID provider of his address space, and came back without.',
  },
  GuessingNoticed: {
    type: 'access',
    severity: 'warning',
    description: 'Many have failed from one place, or at one user: answers are delayed.',
  },
  AccessRefused: { type: 'access', severity: 'warning', description: 'A user asked for what he may not have.' },
  DocumentAdded: {
    type: 'document',
    severity: 'info',
    description: 'A document is there that was not: declared, or an address made by attaching.',
  },
  DocumentChanged: { type: 'document', severity: 'info', description: 'A document is another one.' },
  DocumentWaits: {
    type: 'document',
    severity: 'info',
    description: 'A document was deleted, and is there until the last of its finalizers is taken away; the note names them.',
  },
  DocumentDeleted: { type: 'document', severity: 'info', description: 'A document is gone.' },
  DeliveriesPaused: {
    type: 'address',
    severity: 'warning',
    description: 'Deliveries of an address are paused, since too many failed (breaker).',
  },
  AddressFull: {
    type: 'address',
    severity: 'warning',
    description: 'An address stores as much as it may: producers wait, or messages are refused. Said at most once a minute of each.',
  },
  SpaceFull: { type: 'address', severity: 'warning', description: 'An address space stores as much as it may: producers wait.' },
  SpaceHasRoom: { type: 'address', severity: 'info', description: 'It has room again.' },
  ConnectorFailed: {
    type: 'connector',
    severity: 'warning',
    description: 'A connector or a forwarder does not work, or no more, and is tried again.',
  },
  ConnectorWorks: { type: 'connector', severity: 'info', description: 'It works.' },
  CertificateExpires: { type: 'certificate', severity: 'warning', description: 'A certificate expires soon; said once a day.' },
  CertificateExpired: { type: 'certificate', severity: 'error', description: 'A certificate has expired; said once a day.' },
  CertificateReplaced: { type: 'certificate', severity: 'info', description: 'A new certificate is in use.' },
  LogPressed: { type: 'log', severity: 'error', description: 'The durable log takes no messages: the disk is full, or fails.' },
  LogRecovered: { type: 'log', severity: 'info', description: 'It takes messages again.' },
  Problem: { type: 'problem', severity: 'warning', description: 'Anything else that the server’s log has at the levels warn and error.' },
  EventsLeftOut: {
    type: 'events',
    severity: 'warning',
    description:
      'Events between the last one that a reader has seen and the next one are not remembered any more, or the server was started anew after it had ended otherwise than in order; the note says which.',
  },
} as const satisfies Readonly<Record<string, ReasonFacts>>;

export type EventReason = keyof typeof EVENT_REASONS;

export function isEventReason(text: unknown): text is EventReason {
  return typeof text === 'string' && Object.hasOwn(EVENT_REASONS, text);
}
