import type { FastifyInstance } from 'fastify';
import Type, { type TSchema } from 'typebox';
import type { ChangeHistory } from '../resources/change-history.ts';
import { API_VERSION } from '../resources/document.ts';
import type { Documents } from '../resources/documents.ts';
import type { Kind } from '../resources/kind.ts';
import { API_PREFIX, NAME_LENGTH_MAX } from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { PROBLEM_ANSWER } from './problem.ts';
import { DELETE_QUERY, type DeleteQuery, LIST_QUERY, type ListQuery, WRITE_QUERY } from './resource-queries.ts';
import { ResourceRequests } from './resource-requests.ts';
import { documentSchema, inputSchema, listSchema } from './resource-schemas.ts';
import { lazyCheck } from './schema-words.ts';
import { Watches } from './watches.ts';

const PATCH_TYPES = ['application/merge-patch+json', 'application/json-patch+json', 'application/json'];
const SPACE = Type.String({ description: 'The address space; "default" exists always.' });

interface Path {
  readonly space?: string;
  readonly name: string;
}

/** List, watch, get, create, put, patch and delete of every kind of declared document, as Kubernetes has them. */
export function resourceRoutes(app: HttpApp, documents: Documents, history: ChangeHistory): void {
  for (const type of PATCH_TYPES.slice(0, 2))
    app.addContentTypeParser(type, { parseAs: 'string' }, app.getDefaultJsonParser('error', 'error'));
  const watches = new Watches(history);
  for (const kind of documents.kinds) kindRoutes(app, kind, new ResourceRequests(kind, documents, watches));
  discoveryRoutes(app, documents.kinds);
}

function kindRoutes(all: FastifyInstance, kind: Kind, requests: ResourceRequests): void {
  const { plural, scope } = kind;
  const ofSpace = scope === 'space';
  const path = `${API_PREFIX}${ofSpace ? '/addressspaces/:space' : ''}/${plural}`;
  const [one, many] = [wordsOf(kind.kind), wordsOf(pluralOf(kind.kind))];
  const params = ofSpace ? Type.Object({ space: SPACE }) : undefined;
  const nameParams = Type.Object({
    ...(ofSpace && { space: SPACE }),
    name: Type.String({ minLength: 1, maxLength: NAME_LENGTH_MAX, description: 'The name of the document, URL-encoded: a/b is a%2Fb.' }),
  });
  const document = { $ref: `${kind.kind}#` };
  const body = { $ref: `${kind.kind}Input#` };
  const shared = { tags: [plural], ...(params && { params }) };
  const named = { tags: [plural], params: nameParams };
  const spaceOf = (of: unknown): string => (of as Partial<Path>).space ?? '';
  const targetOf = (of: unknown): { space: string; name: string } => ({ space: spaceOf(of), name: (of as Path).name });

  all.addSchema(documentSchema(kind));
  all.addSchema(listSchema(kind));
  if (kind.spec) all.addSchema(inputSchema(kind));
  void all.register((app, _options, done) => {
    // What is written is checked where it is written, by one check for all ways of writing.
    app.setValidatorCompiler(({ schema, httpPart }) => (httpPart === 'body' ? () => true : lazyCheck(schema as TSchema, httpPart ?? '')));
    app.setSerializerCompiler(() => data => JSON.stringify(data));

    app.get<{ Querystring: ListQuery }>(
      path,
      {
        schema: {
          ...shared,
          operationId: `list${pluralOf(kind.kind)}`,
          summary: `List ${many} by name, or watch them`,
          querystring: LIST_QUERY,
          response: {
            200: { description: 'A page of them; of a watch: lines of JSON.', $ref: `${kind.kind}List#` },
            default: PROBLEM_ANSWER,
          },
        },
      },
      (request, reply) => requests.list(request.principal, spaceOf(request.params), request.query, reply),
    );
    app.get<{ Querystring: { secrets?: string } }>(
      `${path}/:name`,
      {
        schema: {
          ...named,
          operationId: `get${kind.kind}`,
          summary: `Get one ${one} and its status`,
          querystring: Type.Pick(LIST_QUERY, ['secrets'], { additionalProperties: false }),
          response: { 200: { description: 'The document.', ...document }, default: PROBLEM_ANSWER },
        },
      },
      (request, reply) => requests.get(request.principal, targetOf(request.params), request.query, reply),
    );
    if (kind.spec) {
      const made = { 201: { description: 'Made, and on disk.', ...document } };
      const changed = { 200: { description: 'As it is from now on, on disk.', ...document } };
      app.post(
        path,
        {
          schema: {
            ...shared,
            operationId: `create${kind.kind}`,
            summary: `Create ${article(one)}; one that exists is a conflict`,
            querystring: WRITE_QUERY,
            body,
            response: { ...changed, ...made, default: PROBLEM_ANSWER },
          },
        },
        (request, reply) => requests.create(request, spaceOf(request.params), reply),
      );
      app.put(
        `${path}/:name`,
        {
          schema: {
            ...named,
            operationId: `put${kind.kind}`,
            summary: `Create ${article(one)}, or put another in the place of the one that is there`,
            querystring: WRITE_QUERY,
            body,
            response: { ...changed, ...made, default: PROBLEM_ANSWER },
          },
        },
        (request, reply) => requests.put(request, targetOf(request.params), reply),
      );
      app.patch(
        `${path}/:name`,
        {
          schema: {
            ...named,
            operationId: `update${kind.kind}`,
            summary: `Change ${article(one)} (JSON merge patch, RFC 7396, or JSON patch, RFC 6902)`,
            querystring: WRITE_QUERY,
            consumes: PATCH_TYPES,
            body: { anyOf: [{ type: 'object' }, { type: 'array' }] },
            response: { ...changed, default: PROBLEM_ANSWER },
          },
        },
        (request, reply) => requests.patch(request, targetOf(request.params), reply),
      );
      app.delete<{ Querystring: DeleteQuery }>(
        `${path}/:name`,
        {
          schema: {
            ...named,
            operationId: `delete${kind.kind}`,
            summary: `Delete ${article(one)}`,
            querystring: DELETE_QUERY,
            response: {
              202: { description: 'It waits for its finalizers.', ...document },
              204: { description: 'It is gone.', type: 'null' },
              default: PROBLEM_ANSWER,
            },
          },
        },
        (request, reply) => requests.end(request, targetOf(request.params), reply),
      );
    }
    done();
  });
}

function discoveryRoutes(app: HttpApp, kinds: readonly Kind[]): void {
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

/** `AddressPlan` as words: `address plan`. */
function wordsOf(kind: string): string {
  return kind.replaceAll(/(?!^)(?=[A-Z])/g, ' ').toLowerCase();
}

function pluralOf(kind: string): string {
  return /s$/.test(kind) ? `${kind}es` : `${kind}s`;
}

function article(words: string): string {
  return `${/^[aeio]/.test(words) ? 'an' : 'a'} ${words}`;
}
