import { STATUS_CODES } from 'node:http';
import { type Outcome, REFUSALS, type Refusal } from '@angarium/core';
import { HTTP_OUTCOMES, MESSAGE_PROBLEMS, type MessageProblemCode } from './outcome-table.ts';
import { type HttpResponse, isGone } from './request.ts';
import { securityLines } from './security-fields.ts';

const PROBLEM_TYPE = 'application/problem+json';

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

  constructor(problem: HttpProblem);
  constructor(code: MessageProblemCode, detail: string);
  constructor(problem: MessageProblemCode | HttpProblem, detail = '') {
    const known = typeof problem === 'string' ? messageProblem(problem, detail) : problem;
    super(known.detail);
    this.problem = known;
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
  const status = HTTP_OUTCOMES.refusals[code];
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
      return messageProblem(HTTP_OUTCOMES.outcomes.rejected, `The consumer has rejected the message: ${words}.`);
    }
    case 'released':
      return messageProblem(HTTP_OUTCOMES.outcomes.released, 'The message was released: no consumer has processed it. Send it again.');
    case 'modified':
      return messageProblem(
        HTTP_OUTCOMES.outcomes.modified,
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

export function writeProblem(response: HttpResponse, problem: HttpProblem): void {
  if (response.headersSent || isGone(response)) return;
  const body = JSON.stringify(problemDocument(problem));
  response.writeHead(problem.status, {
    ...problem.headers,
    'content-type': PROBLEM_TYPE,
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** The header lines of an answer after which the connection ends. */
export function closingFields(socket: object): string {
  return `connection: close\r\n${securityLines(socket)}`;
}

/** The whole answer as it goes over a connection of HTTP/1.1 without a `HttpResponse`, in latin1. `fields` are further header lines. */
export function rawProblem(problem: HttpProblem, fields: string): string {
  const body = Buffer.from(JSON.stringify(problemDocument(problem)), 'utf8');
  let lines = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${fields}content-type: ${PROBLEM_TYPE}\r\n`;
  for (const [name, value] of Object.entries(problem.headers ?? {})) lines += `${name}: ${value}\r\n`;
  return `${lines}content-length: ${body.length}\r\n\r\n${body.toString('latin1')}`;
}

export function writeJson(response: HttpResponse, status: number, document: unknown, contentType = 'application/json'): void {
  if (response.headersSent || isGone(response)) return;
  const body = JSON.stringify(document);
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
