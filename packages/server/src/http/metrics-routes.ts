import { Readable } from 'node:stream';
import { type Broker, Refusal } from '@angarium/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { mayHear } from '../activity/attention.ts';
import { type ExpositionFormat, formatFor, MEDIA_TYPES } from '../metrics/exposition.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { SPACE_PARAMETERS, spaceOf } from './address-path.ts';
import { API_PREFIX } from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { PROBLEM_ANSWER, sendRefusal } from './problem.ts';

const ANSWER = {
  200: {
    description: 'Metrics, as docs/reference/metrics.md has them.',
    content: {
      'text/plain': { schema: Type.String({ description: 'Prometheus’ text format.' }) },
      'application/openmetrics-text': { schema: Type.String({ description: 'OpenMetrics 1.0, for clients that accept it.' }) },
    },
  },
  default: PROBLEM_ANSWER,
};

/** What Prometheus reads: of the whole server for its administrators, of an address space for its users. */
export function metricsRoutes(app: HttpApp, broker: Broker, metrics: Metrics, open: boolean): void {
  const tags = ['monitoring'];
  app.get(
    '/metrics',
    {
      ...(open && { config: { open: true } }),
      schema: {
        operationId: 'readMetrics',
        summary:
          'Metrics of the server, its address spaces and addresses; for administrators of the server, users with the role server-monitor, or for anybody with metricsOpen',
        tags,
        response: ANSWER,
      },
    },
    (request, reply) => {
      if (!open && !request.principal.monitorsServer)
        return sendRefusal(
          reply,
          new Refusal(
            'unauthorized',
            `The user ${request.principal.user} may not view the metrics of the server: those of an address space are at ${API_PREFIX}/addressspaces/NAME/metrics.`,
          ),
        );
      return send(request, reply, format => metrics.all(format));
    },
  );
  app.get(
    `${API_PREFIX}/addressspaces/:space/metrics`,
    {
      schema: {
        operationId: 'readSpaceMetrics',
        summary: 'Metrics of an address space, and of those of its addresses that you may view',
        description:
          'Sums of the space are for who may view all of its addresses, and how many are connected for who may view connections; to others `angarium_left_out` says that they are left out.',
        tags,
        params: SPACE_PARAMETERS,
        response: ANSWER,
      },
    },
    (request, reply) => {
      const space = spaceOf(broker, request.params.space, reply);
      if (space === undefined) return reply;
      const { principal } = request;
      const sees = (address: string): boolean => mayHear(principal, { of: 'address', name: address });
      const view = { sums: mayHear(principal, { of: 'space' }), visitors: mayHear(principal, { of: 'kind', kind: 'Connection' }) };
      return send(request, reply, format => metrics.ofSpace(space, format, sees, view));
    },
  );
}

function send(request: FastifyRequest, reply: FastifyReply, metrics: (format: ExpositionFormat) => AsyncIterable<string>): FastifyReply {
  const format = formatFor(request.headers.accept);
  return reply.type(MEDIA_TYPES[format]).send(Readable.from(metrics(format)));
}
