import { type Principal, Refusal, type Resource } from '@angarium/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { API_VERSION, type Document, type DocumentInput, describedOf, documentOf } from '../resources/document.ts';
import { type Documents, isMissing, type Written } from '../resources/documents.ts';
import { jsonPatch, PatchError } from '../resources/json-patch.ts';
import { type Complaint, isComplaint, type Kind } from '../resources/kind.ts';
import { API_PREFIX } from './documents.ts';
import { firstNames } from './first-names.ts';
import { mergePatch } from './merge-patch.ts';
import { sendComplaint, sendProblem } from './problem.ts';
import { refuseDocument, refuseSecrets } from './resource-access.ts';
import { type DeleteQuery, type ListQuery, PAGE_DEFAULT, PAGE_MAX, type WriteQuery } from './resource-queries.ts';
import { checkInput } from './resource-schemas.ts';
import { readSelection, type Selection } from './resource-selection.ts';
import type { Watches } from './watches.ts';

const JSON_PATCH = 'application/json-patch+json';

export interface Target {
  /** Empty: of the server. */
  readonly space: string;
  readonly name: string;
}

/** What the routes of one kind do. */
export class ResourceRequests {
  readonly #kind: Kind;
  readonly #documents: Documents;
  readonly #watches: Watches;

  constructor(kind: Kind, documents: Documents, watches: Watches) {
    this.#kind = kind;
    this.#documents = documents;
    this.#watches = watches;
  }

  list(principal: Principal, space: string, query: ListQuery, reply: FastifyReply): FastifyReply {
    const selection = readSelection(query);
    const refusal = this.#refuse(principal, 'view', space) ?? refuseSecrets(principal, query);
    if (refusal) return sendComplaint(reply, refusal);
    if (typeof selection === 'string') return sendProblem(reply, 'request-invalid', selection);
    if (query.watch === 'true') return this.#watch(principal, space, query, selection, reply);
    const limit = Math.min(PAGE_MAX, Number(query.limit ?? PAGE_DEFAULT));
    const found = firstNames(this.#selected(principal, space, selection), query.continue, limit + 1);
    const shown = found.slice(0, limit);
    const options = { secrets: query.secrets === 'true', viewer: principal };
    return reply.send({
      apiVersion: API_VERSION,
      kind: `${this.#kind.kind}List`,
      metadata: { resourceVersion: String(this.#watches.history.revision), ...(found.length > limit && { continue: shown.at(-1) }) },
      items: shown.map(name => this.#shown(this.#documents.get(this.#kind, space, name)!, options)),
    });
  }

  #watch(principal: Principal, space: string, query: ListQuery, selection: Selection, reply: FastifyReply): FastifyReply {
    const concerns = (resource: Resource): boolean =>
      resource.space === space && selection.takes(resource) && this.#mayView(principal, space, resource.name);
    return this.#watches.begin(reply, principal, {
      kind: this.#kind.kind,
      present: () => this.#present(principal, space, selection),
      revision: Number(query.resourceVersion ?? 0),
      bookmarks: query.allowWatchBookmarks === 'true',
      timeoutMs: query.timeoutSeconds === undefined ? undefined : Number(query.timeoutSeconds) * 1000,
      concerns,
      show: (resource, revision) => this.#shown(resource, revision === undefined ? { viewer: principal } : { revision, status: false }),
    });
  }

  *#present(principal: Principal, space: string, selection: Selection): Generator<Resource> {
    for (const name of [...this.#selected(principal, space, selection)]) {
      const resource = this.#documents.get(this.#kind, space, name);
      if (resource) yield resource;
    }
  }

  *#selected(principal: Principal, space: string, { name: only, takes, all }: Selection): Generator<string> {
    for (const name of only === undefined ? this.#documents.names(this.#kind, space) : [only]) {
      if (!this.#mayView(principal, space, name)) continue;
      if (all || takesIt(this.#documents.get(this.#kind, space, name))) yield name;
    }
    function takesIt(resource: Resource | undefined): boolean {
      return resource !== undefined && takes(resource);
    }
  }

  #mayView(principal: Principal, space: string, name: string): boolean {
    return principal.administersServer || refuseDocument(principal, 'view', this.#kind, space, name) === undefined;
  }

  get(principal: Principal, { space, name }: Target, query: { readonly secrets?: string }, reply: FastifyReply): FastifyReply {
    const refusal = this.#refuse(principal, 'view', space, name) ?? refuseSecrets(principal, query);
    if (refusal) return sendComplaint(reply, refusal);
    const found = this.#documents.find(this.#kind, space, name);
    if (found === undefined) return sendComplaint(reply, isMissing(this.#kind, name));
    return reply.send(this.#shown(found, { secrets: query.secrets === 'true', viewer: principal }));
  }

  async create(request: FastifyRequest, space: string, reply: FastifyReply): Promise<FastifyReply> {
    const { body } = request;
    const wrong = checkInput(this.#kind, body, 'body');
    if (wrong !== undefined) return sendProblem(reply, 'request-invalid', wrong);
    const name = (body as DocumentInput).metadata?.name;
    if (name === undefined) return sendProblem(reply, 'request-invalid', 'body/metadata/name is missing: the name of the document.');
    return this.#write(request, { space, name }, body as DocumentInput, reply, { create: true });
  }

  async put(request: FastifyRequest, target: Target, reply: FastifyReply): Promise<FastifyReply> {
    const wrong = checkInput(this.#kind, request.body, 'body');
    if (wrong !== undefined) return sendProblem(reply, 'request-invalid', wrong);
    return this.#write(request, target, request.body as DocumentInput, reply, {});
  }

  async patch(request: FastifyRequest, { space, name: named }: Target, reply: FastifyReply): Promise<FastifyReply> {
    const { principal, body } = request;
    const found = this.#documents.find(this.#kind, space, named);
    const name = found?.name ?? named;
    const refusal = this.#refuse(principal, 'manage', space, name);
    if (refusal) return sendComplaint(reply, refusal);
    if (found === undefined) return sendComplaint(reply, isMissing(this.#kind, name));
    // Operations of a JSON patch can copy, and what they copy from is shown: they do not see secrets.
    const isJsonPatch = mediaTypeOf(request) === JSON_PATCH;
    const before = documentOf(this.#kind, found, this.#documents.world, { secrets: !isJsonPatch, status: false });
    let changed: unknown;
    try {
      changed = isJsonPatch ? jsonPatch(before, body) : mergePatch(before, body);
    } catch (error) {
      if (error instanceof PatchError) return sendProblem(reply, 'patch-inapplicable', `The patch cannot be applied: ${error.message}.`);
      throw error;
    }
    const wrong = checkInput(this.#kind, changed, 'the document, once changed, ');
    if (wrong !== undefined) return sendProblem(reply, 'request-invalid', wrong);
    const written = { space, name };
    return this.#write(request, written, changed as DocumentInput, reply, { secretsWhole: !isJsonPatch });
  }

  async #write(
    request: FastifyRequest,
    { space, name }: Target,
    { metadata = {}, spec = {} }: DocumentInput,
    reply: FastifyReply,
    how: { readonly create?: boolean; readonly secretsWhole?: boolean },
  ): Promise<FastifyReply> {
    const { principal } = request;
    const refusal = this.#refuse(principal, 'manage', space, name);
    if (refusal) return sendComplaint(reply, refusal);
    const misplaced = refusePlaceOf(metadata, space, name);
    if (misplaced !== undefined) return sendProblem(reply, 'request-invalid', misplaced);
    const { resourceVersion } = metadata;
    const { dryRun, force } = request.query as WriteQuery;
    const written = await this.#documents.write(this.#kind, {
      space,
      name,
      spec,
      principal,
      described: describedOf(metadata),
      expected: { resourceVersion },
      dryRun: dryRun === 'All',
      force: force === 'true',
      ...how,
    });
    return this.#sendWritten(principal, reply, written);
  }

  async end(request: FastifyRequest, { space, name }: Target, reply: FastifyReply): Promise<FastifyReply> {
    const { principal } = request;
    const { force, dryRun, resourceVersion } = request.query as DeleteQuery;
    const refusal = this.#refuse(principal, 'manage', space, name);
    if (refusal) return sendComplaint(reply, refusal);
    const found = this.#documents.get(this.#kind, space, name);
    if (found === undefined) return sendComplaint(reply, isMissing(this.#kind, name));
    const ended = await this.#documents.end(this.#kind, found, principal, {
      force: force === 'true',
      dryRun: dryRun === 'All',
      resourceVersion,
    });
    return this.#sendWritten(principal, reply, ended);
  }

  #sendWritten(viewer: Principal, reply: FastifyReply, written: Written | Complaint): FastifyReply {
    if (isComplaint(written)) return sendComplaint(reply, written);
    const { resource, outcome } = written;
    if (outcome === 'deleted') return reply.code(204).send();
    if (resource.metadata.deletedMs !== undefined) return reply.code(202).send(this.#shown(resource, { viewer }));
    if (outcome === 'created') reply.code(201).header('location', this.#pathOf(resource));
    return reply.send(this.#shown(resource, { viewer }));
  }

  #shown(resource: Resource, options: Parameters<typeof documentOf>[3]): Document {
    return documentOf(this.#kind, resource, this.#documents.world, options);
  }

  #pathOf({ space, name }: Resource): string {
    const place = space === '' ? '' : `/addressspaces/${space}`;
    return `${API_PREFIX}${place}/${this.#kind.plural}/${encodeURIComponent(name)}`;
  }

  /** A space that is not there is told to those who may enter all of them. */
  #refuse(principal: Principal, action: 'view' | 'manage', space: string, name?: string): Refusal | undefined {
    const refusal = refuseDocument(principal, action, this.#kind, space, name);
    if (refusal || space === '' || this.#documents.world.broker.spaces.has(space)) return refusal;
    return new Refusal('space-not-found', `There is no address space "${space}".`);
  }
}

/** What a document says of its place, where that is not the path's. */
function refusePlaceOf(metadata: NonNullable<DocumentInput['metadata']>, space: string, name: string): string | undefined {
  if (metadata.addressSpace !== undefined && metadata.addressSpace !== space)
    return `body/metadata/addressSpace is "${metadata.addressSpace}", but the path names "${space}".`;
  if (metadata.name !== undefined && metadata.name !== name)
    return `body/metadata/name is "${metadata.name}", but the path names "${name}".`;
  return undefined;
}

function mediaTypeOf(request: FastifyRequest): string | undefined {
  return request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
}
