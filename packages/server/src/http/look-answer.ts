import type { Broker } from '@angarium/core';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { LOOKOUT_READERS_MAX, type Lookout } from '../activity/lookout.ts';
import { Problem } from '../resources/problem.ts';
import { spaceOf } from './address-path.ts';
import { PROBLEM_ANSWER, sendComplaint } from './problem.ts';

const INTERVAL_DEFAULT = '2s';

export const INTERVAL_QUERY = Type.Object(
  {
    interval: Type.Optional(
      Type.String({
        pattern: '^([1-9]|[1-5][0-9]|60)s$',
        description: `Of an event stream: how often there is an event, 1s to 60s; ${INTERVAL_DEFAULT} where nothing is said.`,
      }),
    ),
  },
  { additionalProperties: false },
);

/** The answers of a route that tells how a space is, once or again and again. */
export function lookAnswer(schema: string, description: string) {
  return {
    200: {
      description,
      content: { 'application/json': { schema: { $ref: schema } }, 'text/event-stream': { schema: { type: 'string' } } },
    },
    default: PROBLEM_ANSWER,
  } as const;
}

/** Answers with the space as it is now, or, to who accepts them, with server-sent events (HTML standard, section 9.2). */
export function answerLook(broker: Broker, lookout: Lookout, of: string, interval: string | undefined, reply: FastifyReply): FastifyReply {
  const space = spaceOf(broker, of, reply);
  if (space === undefined) return reply;
  const { principal, headers } = reply.request;
  if (!headers.accept?.includes('text/event-stream'))
    return reply
      .type('application/json')
      .serializer((text: string) => text)
      .send(lookout.now(space, principal));
  const reader = lookout.open(space, 1000 * Number.parseInt(interval ?? INTERVAL_DEFAULT, 10), principal);
  if (reader) return reply.type('text/event-stream').header('cache-control', 'no-store').header('x-accel-buffering', 'no').send(reader);
  return sendComplaint(
    reply,
    new Problem('watches-exhausted', `There are ${LOOKOUT_READERS_MAX} readers already: end some, or try again later.`),
  );
}
