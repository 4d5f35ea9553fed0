import type { Kind } from '../resources/kind.ts';
import { API_PREFIX, API_VERSION } from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { PROBLEM_ANSWER } from './problem.ts';

/** Which kinds there are, and what their documents say. */
export function discoveryRoutes(app: HttpApp, kinds: readonly Kind[]): void {
  const tags = ['server'];
  app.get(
    API_PREFIX,
    {
      schema: {
        operationId: 'listKinds',
        summary: 'List the kinds of declared documents (an APIResourceList of Kubernetes)',
        tags,
        response: { 200: { description: 'The kinds.', type: 'object', additionalProperties: true }, default: PROBLEM_ANSWER },
      },
    },
    (_request, reply) =>
      reply.send({
        apiVersion: 'v1',
        kind: 'APIResourceList',
        groupVersion: API_VERSION,
        resources: kinds.map(({ kind, plural, scope, spec }) => ({
          name: plural,
          singularName: kind.toLowerCase(),
          kind,
          namespaced: scope === 'space',
          verbs: spec ? ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'] : ['get', 'list'],
        })),
      }),
  );
  app.get(
    `${API_PREFIX}/schemas`,
    {
      schema: {
        operationId: 'listSchemas',
        summary: 'List the kinds of declared documents with the JSON schemas of what they say',
        tags,
        response: { 200: { description: 'The schemas.', type: 'object', additionalProperties: true }, default: PROBLEM_ANSWER },
      },
    },
    (_request, reply) =>
      reply.send({
        apiVersion: API_VERSION,
        kind: 'SchemaList',
        items: kinds.map(({ kind, plural, scope, description, spec, status, secrets = [] }) => ({
          kind,
          plural,
          scope,
          description,
          secrets,
          ...(spec && { spec }),
          ...(status && { status }),
        })),
      }),
  );
}
