import type { ServerResponse } from 'node:http';
import { type Outcome, REFUSALS, type Refusal, type RefusalCode } from '@angarium/core';

/** The HTTP status of each refusal of the core. */
export const REFUSAL_STATUS = {
  'address-not-found': 404,
  'address-exists': 409,
  'address-name-invalid': 422,
  'address-type-mismatch': 409,
  'address-in-use': 409,
  'address-deleted': 410,
  'addresses-exhausted': 403,
  'space-not-found': 404,
  'subscription-not-found': 404,
  'subscription-taken-over': 409,
  'subscription-mismatch': 409,
  'capability-unsupported': 422,
  'message-too-large': 413,
  'message-malformed': 400,
  'message-target-missing': 422,
  'queue-full': 507,
  'log-unavailable': 503,
  'links-exhausted': 403,
  unauthorized: 403,
  'server-stopping': 503,
} as const satisfies Record<RefusalCode, number>;

/** Problems that only the sending and receiving of messages over HTTP has. */
export const MESSAGE_PROBLEMS = {
  'request-invalid': { status: 400, meaning: 'The request is not what this path takes; the detail says where.' },
  'path-not-found': { status: 404, meaning: 'There is nothing at this path.' },
  'method-not-allowed': { status: 405, meaning: 'This path does not take this method; the header allow says which it takes.' },
  'lease-gone': { status: 410, meaning: 'None of the leases exists: they have expired, were settled, or belong to another user.' },
  'body-too-large': { status: 413, meaning: 'The body, or the batch, is larger than a limit allows; the detail names the limit.' },
  'media-type-unsupported': { status: 415, meaning: 'The body is of a media type that this path does not take.' },
  'message-rejected': { status: 422, meaning: 'The consumer has rejected the message, and it shall not be sent again.' },
  'credit-short': { status: 429, meaning: 'The address takes no message just now; try again after the time in retry-after.' },
  'limit-reached': { status: 429, meaning: 'This client, or all of them together, use as much as a limit allows; the detail names it.' },
  'no-consumer': { status: 503, meaning: 'The address stores nothing, and nobody consumes from it.' },
  'message-released': { status: 503, meaning: 'The consumer has given the message back without having processed it.' },
  'message-modified': { status: 503, meaning: 'The consumer has given the message back, and may have tried to process it.' },
  'server-starting': { status: 503, meaning: 'The server is still reading its log; try again in a moment.' },
  'outcome-unknown': { status: 504, meaning: 'The outcome was not heard in time: the message may or may not be processed.' },
  'reply-missing': { status: 504, meaning: 'The message was accepted, but no reply came in time.' },
} as const;

export type MessageProblemCode = keyof typeof MESSAGE_PROBLEMS;

/** A problem document of RFC 9457; `code` is ours and stable. */
export interface HttpProblem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  /** Header fields of the answer. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The client's mistake, found while its request is read. */
export class RequestError extends Error {
  readonly problem: HttpProblem;

  constructor(code: MessageProblemCode, detail: string) {
    super(detail);
    this.problem = messageProblem(code, detail);
  }
}

/** How long a client is asked to wait before it tries again, in seconds. */
const RETRY_AFTER = { 'retry-after': '1' };

export function messageProblem(code: MessageProblemCode, detail: string, headers?: Readonly<Record<string, string>>): HttpProblem {
  const { status, meaning } = MESSAGE_PROBLEMS[code];
  const retry = status === 429 || status === 503 ? RETRY_AFTER : undefined;
  return { status, code, title: meaning, detail, ...((headers ?? retry) && { headers: { ...retry, ...headers } }) };
}

export function refusalProblem({ code, description }: Refusal): HttpProblem {
  const status = REFUSAL_STATUS[code];
  return { status, code, title: REFUSALS[code], detail: description, ...(status === 503 && { headers: RETRY_AFTER }) };
}

/** What a sender is told of the outcome; undefined: accepted. */
export function outcomeProblem(outcome: Outcome): HttpProblem | undefined {
  switch (outcome.kind) {
    case 'accepted':
      return undefined;
    case 'rejected': {
      if (outcome.refusal) return refusalProblem(outcome.refusal);
      const { reason } = outcome;
      const words = reason === undefined ? 'no reason given' : [reason.condition, reason.description].filter(Boolean).join(': ');
      return messageProblem('message-rejected', `The consumer has rejected the message: ${words}.`);
    }
    case 'released':
      return messageProblem('message-released', 'The message was released: no consumer has processed it. Send it again.');
    case 'modified':
      return messageProblem(
        'message-modified',
        outcome.deliveryFailed
          ? 'The consumer was lost or has failed: the message may have been processed in part.'
          : 'The consumer has given the message back.',
      );
  }
}

/** The document as it is sent, also for one message of a batch. */
export function problemDocument({ status, code, title, detail }: HttpProblem): Readonly<Record<string, unknown>> {
  return { type: `urn:angarium:refusal:${code}`, title, status, code, detail };
}

export function writeProblem(response: ServerResponse, problem: HttpProblem): void {
  if (response.headersSent || response.destroyed) return;
  const body = JSON.stringify(problemDocument(problem));
  response.writeHead(problem.status, {
    ...problem.headers,
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

export function writeJson(response: ServerResponse, status: number, document: unknown, contentType = 'application/json'): void {
  if (response.headersSent || response.destroyed) return;
  const body = JSON.stringify(document);
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
