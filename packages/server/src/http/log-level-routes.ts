import { type Principal, Refusal } from '@angarium/core';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { LOG_LEVELS_OF_PARTS } from '../log-level-schema.ts';
import type { LogParts } from '../log-parts.ts';
import { API_PREFIX } from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { PROBLEM_ANSWER, sendRefusal } from './problem.ts';

const PATH = `${API_PREFIX}/loglevels`;

/** Which lines the server writes to its log, by part. */
export function logLevelRoutes(app: HttpApp, parts: LogParts): void {
  app.addSchema(
    Type.Object(LOG_LEVELS_OF_PARTS, { $id: 'LogLevels', description: 'The least important lines that are written, by part.' }),
  );
  const tags = ['monitoring'];
  const answer = { 200: { description: 'As they are from now on.', $ref: 'LogLevels#' }, default: PROBLEM_ANSWER };
  app.get(
    PATH,
    { schema: { operationId: 'getLogLevels', summary: 'Get the levels of the log by part', tags, response: answer } },
    (request, reply) => refuse(request.principal, reply) ?? reply.send(parts.levels),
  );
  app.patch(
    PATH,
    {
      schema: {
        operationId: 'updateLogLevels',
        summary: 'Change levels of the log, until the server is started anew',
        tags,
        body: Type.Partial(Type.Object(LOG_LEVELS_OF_PARTS), { additionalProperties: false }),
        response: answer,
      },
    },
    (request, reply) => {
      const refused = refuse(request.principal, reply);
      if (refused) return refused;
      parts.change(request.body);
      return reply.send(parts.levels);
    },
  );
}

function refuse(principal: Principal, reply: FastifyReply): FastifyReply | undefined {
  if (principal.administersServer) return undefined;
  return sendRefusal(
    reply,
    new Refusal(
      'unauthorized',
      `The user ${principal.user} may not see or change the log of the server: ask an administrator of the server.`,
    ),
  );
}
