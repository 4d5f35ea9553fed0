import Type from 'typebox';
import { API_PREFIX, API_VERSION, ENDPOINT, type EndpointDocument, list } from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { PROBLEM_ANSWER } from './problem.ts';

/** Where each protocol listens: clients ask this first. */
export function endpointRoutes(app: HttpApp, endpoints: () => Readonly<Record<string, string>>): void {
  app.addSchema(ENDPOINT);
  app.addSchema(list('EndpointList', Type.Unsafe<EndpointDocument>({ $ref: 'Endpoint#', type: 'object' })));
  app.get(
    `${API_PREFIX}/endpoints`,
    {
      schema: {
        operationId: 'listEndpoints',
        summary: 'List the protocols and where they listen',
        tags: ['server'],
        response: { 200: { description: 'The endpoints.', $ref: 'EndpointList#' }, default: PROBLEM_ANSWER },
      },
    },
    (_request, reply) => {
      const items = Object.entries(endpoints()).map(([name, url]) => ({
        apiVersion: API_VERSION,
        kind: 'Endpoint',
        metadata: { name },
        status: { url },
      }));
      return reply.send({ apiVersion: API_VERSION, kind: 'EndpointList', metadata: {}, items });
    },
  );
}
