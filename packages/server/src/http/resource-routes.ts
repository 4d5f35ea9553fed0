import type { FastifyInstance } from 'fastify';
import Type, { type TObject } from 'typebox';
import type { ChangeHistory } from '../resources/change-history.ts';
import type { Documents } from '../resources/documents.ts';
import type { Kind } from '../resources/kind.ts';
import { API_PREFIX, NAME_LENGTH_MAX } from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { PROBLEM_ANSWER } from './problem.ts';
import { DELETE_QUERY, type DeleteQuery, LIST_QUERY, type ListQuery, WRITE_QUERY } from './resource-queries.ts';
import { ResourceRequests } from './resource-requests.ts';
import { documentSchema, inputSchema, listSchema } from './resource-schemas.ts';
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
}

/** What the routes of one kind have in common. */
interface KindRoutes {
  readonly kind: Kind;
  readonly requests: ResourceRequests;
  /** Of all documents, and of one of them. */
  readonly path: string;
  readonly named: string;
  /** Of their OpenAPI. */
  readonly all: { readonly tags: string[]; readonly params?: TObject };
  readonly one: { readonly tags: string[]; readonly params: TObject };
  readonly document: { readonly $ref: string };
}

function kindRoutes(app: HttpApp, kind: Kind, requests: ResourceRequests): void {
  const { plural, scope } = kind;
  const ofSpace = scope === 'space';
  const path = `${API_PREFIX}${ofSpace ? '/addressspaces/:space' : ''}/${plural}`;
  const name = Type.String({
    minLength: 1,
    maxLength: NAME_LENGTH_MAX,
    description: 'The name of the document, URL-encoded: a/b is a%2Fb.',
  });
  const routes: KindRoutes = {
    kind,
    requests,
    path,
    named: `${path}/:name`,
    all: { tags: [plural], ...(ofSpace && { params: Type.Object({ space: SPACE }) }) },
    one: { tags: [plural], params: Type.Object({ ...(ofSpace && { space: SPACE }), name }) },
    document: { $ref: `${kind.kind}#` },
  };
  app.addSchema(documentSchema(kind));
  app.addSchema(listSchema(kind));
  if (kind.spec) app.addSchema(inputSchema(kind));
  void app.register((scoped, _options, done) => {
    // What is written is checked where it is written, by one check for all ways of writing.
    scoped.setValidatorCompiler(route => (route.httpPart === 'body' ? () => true : app.validatorCompiler!(route)));
    readRoutes(scoped, routes);
    if (kind.spec) writeRoutes(scoped, routes);
    done();
  });
}

function readRoutes(app: FastifyInstance, { kind, requests, path, named, all, one, document }: KindRoutes): void {
  app.get<{ Querystring: ListQuery }>(
    path,
    {
      schema: {
        ...all,
        operationId: `list${pluralOf(kind.kind)}`,
        summary: `List ${wordsOf(pluralOf(kind.kind))} by name, or watch them`,
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
    named,
    {
      schema: {
        ...one,
        operationId: `get${kind.kind}`,
        summary: `Get one ${wordsOf(kind.kind)} and its status`,
        querystring: Type.Pick(LIST_QUERY, ['secrets'], { additionalProperties: false }),
        response: { 200: { description: 'The document.', ...document }, default: PROBLEM_ANSWER },
      },
    },
    (request, reply) => requests.get(request.principal, targetOf(request.params), request.query, reply),
  );
}

function writeRoutes(app: FastifyInstance, { kind, requests, path, named, all, one, document }: KindRoutes): void {
  const body = { $ref: `${kind.kind}Input#` };
  const words = article(wordsOf(kind.kind));
  const changed = { 200: { description: 'As it is from now on, on disk.', ...document } };
  const made = { ...changed, 201: { description: 'Made, and on disk.', ...document } };
  /** The description of one that writes. */
  const writing = (of: object, operationId: string, summary: string, response: object) => ({
    schema: {
      ...of,
      operationId: `${operationId}${kind.kind}`,
      summary,
      querystring: WRITE_QUERY,
      response: { ...response, default: PROBLEM_ANSWER },
    },
  });

  const create = writing({ ...all, body }, 'create', `Create ${words}; one that exists is a conflict`, made);
  app.post(path, create, (request, reply) => requests.create(request, spaceOf(request.params), reply));

  const put = writing({ ...one, body }, 'put', `Create ${words}, or put another in the place of the one that is there`, made);
  app.put(named, put, (request, reply) => requests.put(request, targetOf(request.params), reply));

  const patched = { ...one, consumes: PATCH_TYPES, body: { anyOf: [{ type: 'object' }, { type: 'array' }] } };
  const patch = writing(patched, 'update', `Change ${words} (JSON merge patch, RFC 7396, or JSON patch, RFC 6902)`, changed);
  app.patch(named, patch, (request, reply) => requests.patch(request, targetOf(request.params), reply));

  app.delete<{ Querystring: DeleteQuery }>(
    named,
    {
      schema: {
        ...one,
        operationId: `delete${kind.kind}`,
        summary: `Delete ${words}`,
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

/** The address space of a path; empty: the path is of documents of the server. */
function spaceOf(params: unknown): string {
  return (params as Partial<Path>).space ?? '';
}

function targetOf(params: unknown): { space: string; name: string } {
  return { space: spaceOf(params), name: (params as Path).name };
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
