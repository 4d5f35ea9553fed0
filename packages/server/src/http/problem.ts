import { REFUSALS, type Refusal, type RefusalCode } from '@angarium/core';
import type { FastifyReply } from 'fastify';
import Type, { type Static } from 'typebox';

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

/** Problems that only HTTP has: they are about the request, before the core hears of it. */
export const REQUEST_PROBLEMS = {
  'request-invalid': { status: 400, meaning: 'The request is not what this path takes; the detail says where.' },
  'credentials-missing': { status: 401, meaning: 'A user name and password (basic authentication) are needed.' },
  'credentials-wrong': { status: 401, meaning: 'The user name or the password is wrong.' },
  'host-refused': { status: 403, meaning: 'Without a password, the API is called by IP address, as localhost, or by a name of httpHosts.' },
  'origin-refused': { status: 403, meaning: 'A page of another origin may not call the API.' },
  'path-not-found': { status: 404, meaning: 'There is nothing at this path.' },
  'connection-not-found': { status: 404, meaning: 'There is no connection of this id.' },
  'body-too-large': { status: 413, meaning: 'The body is larger than httpBodyBytesMax.' },
  'media-type-unsupported': { status: 415, meaning: 'The body has to be application/json.' },
  'server-starting': { status: 503, meaning: 'The server is still reading its log; try again in a moment.' },
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

const MEDIA_TYPE = 'application/problem+json';

export function sendRefusal(reply: FastifyReply, refusal: Refusal): FastifyReply {
  return send(reply, refusal.code, REFUSAL_STATUS[refusal.code], REFUSALS[refusal.code], refusal.description);
}

export function sendProblem(reply: FastifyReply, code: RequestProblemCode, detail: string): FastifyReply {
  const { status, meaning } = REQUEST_PROBLEMS[code];
  return send(reply, code, status, meaning, detail);
}

function send(reply: FastifyReply, code: string, status: number, title: string, detail: string): FastifyReply {
  const problem: Problem = { type: `urn:angarium:refusal:${code}`, title, status, code, detail };
  // Serialized here: a route's own response schema is for its answers, and would cut a problem short.
  return reply
    .code(status)
    .type(MEDIA_TYPE)
    .serializer((body: unknown) => JSON.stringify(body))
    .send(problem);
}
