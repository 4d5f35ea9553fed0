import type { OutcomeTable } from '@angarium/core';

/** Problems that only the sending and receiving of messages over HTTP has. */
export const MESSAGE_PROBLEMS = {
  'request-invalid': { status: 400, meaning: 'The request is not what this path takes; the detail says where.' },
  'path-not-found': { status: 404, meaning: 'There is nothing at this path.' },
  'method-not-allowed': { status: 405, meaning: 'This path does not take this method; the header allow says which it takes.' },
  'request-timeout': { status: 408, meaning: 'The request has not arrived in time; the connection is closed.' },
  'lease-gone': { status: 410, meaning: 'None of the leases exists: they have expired, were settled, or belong to another user.' },
  'body-too-large': { status: 413, meaning: 'The body, or the batch, is larger than a limit allows; the detail names the limit.' },
  'media-type-unsupported': { status: 415, meaning: 'The body is of a media type that this path does not take.' },
  'message-rejected': { status: 422, meaning: 'The consumer has rejected the message, and it shall not be sent again.' },
  'header-too-large': { status: 431, meaning: 'The request line and the header fields are larger than a limit allows.' },
  'credit-short': { status: 429, meaning: 'The address takes no message just now; try again after the time in retry-after.' },
  'limit-reached': { status: 429, meaning: 'This client, or all of them together, use as much as a limit allows; the detail names it.' },
  'no-consumer': { status: 503, meaning: 'The address stores nothing, and nobody consumes from it.' },
  'message-released': { status: 503, meaning: 'The consumer has given the message back without having processed it.' },
  'message-modified': { status: 503, meaning: 'The consumer has given the message back, and may have tried to process it.' },
  'server-starting': { status: 503, meaning: 'The server is still reading its log; try again in a moment.' },
  'connection-closed': { status: 503, meaning: 'An administrator has closed the connection; the detail says who.' },
  'outcome-unknown': { status: 504, meaning: 'The outcome was not heard in time: the message may or may not be processed.' },
  'reply-missing': { status: 504, meaning: 'The message was accepted, but no reply came in time.' },
} as const;

export type MessageProblemCode = keyof typeof MESSAGE_PROBLEMS;

/** What a sender whose request is answered 202 has instead of a problem. */
export const STATUS_ACCEPTED = 202;

/** Outcomes as the problems that a sender is answered; refusals as the status of theirs, whose code is the refusal's own. */
export const HTTP_OUTCOMES = {
  outcomes: { accepted: STATUS_ACCEPTED, rejected: 'message-rejected', released: 'message-released', modified: 'message-modified' },
  refusals: {
    'address-not-found': 404,
    'address-exists': 409,
    'address-name-invalid': 422,
    'address-spec-invalid': 422,
    'address-type-mismatch': 409,
    'address-in-use': 409,
    'address-deleted': 410,
    'addresses-exhausted': 403,
    'plan-not-found': 404,
    'plan-in-use': 409,
    'space-not-found': 404,
    'subscription-not-found': 404,
    'subscription-taken-over': 409,
    'subscription-mismatch': 409,
    'capability-unsupported': 422,
    'message-too-large': 413,
    'message-malformed': 400,
    'message-not-found': 404,
    'message-in-use': 409,
    'message-target-missing': 422,
    'queue-full': 507,
    'consumers-exhausted': 403,
    'log-unavailable': 503,
    'connections-exhausted': 429,
    'sessions-exhausted': 429,
    'links-exhausted': 403,
    'transactions-exhausted': 429,
    'transaction-too-large': 413,
    'transaction-expired': 410,
    unauthorized: 403,
    'server-stopping': 503,
  },
} as const satisfies OutcomeTable<MessageProblemCode | typeof STATUS_ACCEPTED, number>;
