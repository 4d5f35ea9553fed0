import { REFUSALS, Refusal } from '@angarium/core';
import { HTTP_OUTCOMES, type HttpProblem, MESSAGE_PROBLEMS } from '@angarium/head-http';
import type { FastifyReply } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Complaint } from '../resources/kind.ts';
import { RESOURCE_PROBLEMS } from '../resources/problem.ts';

/** Problems that only HTTP has: they are about the request, before the core hears of it. */
export const REQUEST_PROBLEMS = {
  ...MESSAGE_PROBLEMS,
  ...RESOURCE_PROBLEMS,
  'credentials-missing': { status: 401, meaning: 'A user name and password (basic authentication) are needed.' },
  'credentials-wrong': { status: 401, meaning: 'The user name or the password is wrong.' },
  'session-ended': { status: 401, meaning: 'Nobody is signed in with this cookie any more.' },
  'access-undecided': { status: 503, meaning: 'Whether the credentials are right cannot be said now: try again.' },
  'host-refused': { status: 403, meaning: 'Without a password, the API is called by IP address, as localhost, or by a name of httpHosts.' },
  'origin-refused': { status: 403, meaning: 'A page of another origin may not call the API.' },
  'connection-not-found': { status: 404, meaning: 'There is no connection of this id.' },
  'webhook-not-found': { status: 404, meaning: 'There is no webhook of this name.' },
  'webhook-exists': { status: 409, meaning: 'A webhook of this name exists already.' },
  'backup-under-way': { status: 409, meaning: 'Another backup is being made, and there is one at a time.' },
  'patch-inapplicable': { status: 422, meaning: 'The patch does not fit the document; the detail says where.' },
  'webhook-invalid': { status: 422, meaning: 'The webhook cannot be like this, or may not lead there; the detail says why.' },
  'internal-error': { status: 500, meaning: 'The server made a mistake; its log says more.' },
} as const;

export type RequestProblemCode = keyof typeof REQUEST_PROBLEMS;

/** A problem document of RFC 9457; `code` is ours, stable, and listed in docs/reference/refusals.md. */
export const PROBLEM = Type.Object(
  {
    type: Type.String({ description: 'A URI that names the kind of problem.' }),
    title: Type.String({ description: 'What this kind of problem means.' }),
    status: Type.Integer({ description: 'The HTTP status.' }),
    code: Type.String({ description: 'A stable code: a refusal, or a problem of the request.' }),
    detail: Type.String({ description: 'What went wrong this time, and what to do.' }),
  },
  { $id: 'Problem', description: 'A problem document (RFC 9457).' },
);

export type Problem = Static<typeof PROBLEM>;

declare module 'fastify' {
  interface FastifyReply {
    /** The code of the problem that was answered, or that an operation has ended with. */
    problemCode?: string;
  }
}

const MEDIA_TYPE = 'application/problem+json';

/** What every route answers when it refuses, for /openapi.json. */
export const PROBLEM_ANSWER = {
  description: 'A problem document (RFC 9457); refusals.md lists its codes.',
  content: { [MEDIA_TYPE]: { schema: { $ref: 'Problem#' } } },
} as const;

export function sendRefusal(reply: FastifyReply, refusal: Refusal): FastifyReply {
  return send(reply, refusal.code, HTTP_OUTCOMES.refusals[refusal.code], REFUSALS[refusal.code], refusal.description);
}

export function sendComplaint(reply: FastifyReply, complaint: Complaint): FastifyReply {
  return complaint instanceof Refusal ? sendRefusal(reply, complaint) : sendProblem(reply, complaint.code, complaint.description);
}

export function sendProblem(reply: FastifyReply, code: RequestProblemCode, detail: string): FastifyReply {
  const { status, meaning } = REQUEST_PROBLEMS[code];
  return send(reply, code, status, meaning, detail);
}

/** The same for a request that does not go through fastify. */
export function requestProblem(code: RequestProblemCode, detail: string, headers?: Readonly<Record<string, string>>): HttpProblem {
  const { status, meaning } = REQUEST_PROBLEMS[code];
  return { status, code, title: meaning, detail, ...(headers && { headers }) };
}

export function sendHttpProblem(reply: FastifyReply, problem: HttpProblem): FastifyReply {
  if (problem.headers) reply.headers(problem.headers);
  return send(reply, problem.code, problem.status, problem.title, problem.detail);
}

function send(reply: FastifyReply, code: string, status: number, title: string, detail: string): FastifyReply {
  const problem: Problem = { type: `urn:angarium:refusal:${code}`, title, status, code, detail };
  reply.problemCode = code;
  // Serialized here: a route's own response schema is for its answers, and would cut a problem short.
  return reply
    .code(status)
    .type(MEDIA_TYPE)
    .serializer((body: unknown) => JSON.stringify(body))
    .send(problem);
}
