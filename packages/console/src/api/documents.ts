import { queryOptions } from '@tanstack/react-query';
import { API, call, spacePath } from './request.ts';

/** Declared documents (docs/resources.md): one set of requests for all kinds. */
export interface Metadata {
  readonly name: string;
  readonly addressSpace?: string;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
}

export interface ResourceDocument<Spec = Readonly<Record<string, unknown>>, Status = Readonly<Record<string, unknown>>> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly spec: Spec;
  readonly status?: Status;
}

interface DocumentList<Document> {
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items: readonly Document[];
}

/** Where the documents of each kind stand: of the server, or of an address space. */
export const KINDS = {
  Address: { plural: 'addresses', inSpace: true },
  AddressExport: { plural: 'addressexports', inSpace: true },
  AddressImport: { plural: 'addressimports', inSpace: true },
  AddressPlan: { plural: 'addressplans', inSpace: true },
  AddressSpace: { plural: 'addressspaces', inSpace: false },
  AddressSpacePlan: { plural: 'addressspaceplans', inSpace: false },
  AuthenticationService: { plural: 'authenticationservices', inSpace: false },
  Connector: { plural: 'connectors', inSpace: true },
  Endpoint: { plural: 'endpoints', inSpace: false },
  Forwarder: { plural: 'forwarders', inSpace: true },
  Role: { plural: 'roles', inSpace: true },
  RoleBinding: { plural: 'rolebindings', inSpace: true },
  User: { plural: 'users', inSpace: true },
} as const;

export type Kind = keyof typeof KINDS;

/** What is written: the server fills in the rest. */
export interface DocumentDraft {
  readonly kind: Kind;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>>; readonly resourceVersion?: string };
  readonly spec: object;
}

function pathOf(kind: Kind, space: string, ...name: readonly string[]): string {
  const { plural, inSpace } = KINDS[kind];
  return inSpace ? spacePath(space, plural, ...name) : [API, plural, ...name.map(encodeURIComponent)].join('/');
}

/** The option `--space` of commands for documents of this kind; those of the server have none. */
export function spaceOption(kind: Kind, space: string): { readonly space: string | undefined } {
  return { space: KINDS[kind].inSpace ? space : undefined };
}

/** The draft as `angarium apply -f` takes it. */
export function wholeDocument({ kind, metadata, spec }: DocumentDraft, space: string): ResourceDocument<object> {
  return {
    apiVersion: 'angarium.dev/v1',
    kind,
    metadata: { ...metadata, ...(KINDS[kind].inSpace && { addressSpace: space }) },
    spec,
  };
}

/** Pages of a list, so that one answer never keeps the server's loop for long. */
const PAGE_SIZE = 500;
/** Most pages that are read: a list that people look at has an end. */
const PAGES_MAX = 40;

/** All documents of a kind; `space` counts for kinds of an address space. */
export async function listDocuments<Document>(kind: Kind, space: string, signal?: AbortSignal): Promise<readonly Document[]> {
  const items: Document[] = [];
  let next: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const list: DocumentList<Document> = await call(pathOf(kind, space), {
      query: { limit: PAGE_SIZE, continue: next },
      ...(signal && { signal }),
    });
    items.push(...list.items);
    next = list.metadata.continue;
    if (!next) break;
  }
  return items;
}

export function getDocument<Document>(kind: Kind, space: string, name: string, signal?: AbortSignal): Promise<Document> {
  return call(pathOf(kind, space, name), signal ? { signal } : {});
}

/** Creates; one that exists is the problem `conflict` or the like. */
export function createDocument<Document>(draft: DocumentDraft, space: string): Promise<Document> {
  return call(pathOf(draft.kind, space), { method: 'POST', body: wholeDocument(draft, space) });
}

/** Asks whether it could be created or put, and changes nothing. */
export function checkDocument(draft: DocumentDraft, space: string): Promise<unknown> {
  return call(pathOf(draft.kind, space), { method: 'POST', body: wholeDocument(draft, space), query: { dryRun: 'All' } });
}

/** A merge patch (RFC 7396): null removes a field. `dryRun`: it is checked, and not done. */
export function patchDocument<Document>(kind: Kind, space: string, name: string, patch: object, dryRun = false): Promise<Document> {
  return call(pathOf(kind, space, name), {
    method: 'PATCH',
    body: patch,
    query: { dryRun: dryRun ? 'All' : undefined },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
}

/** `force`: although it is in use or holds something; of an address space with all that is in it. */
export function deleteDocument(kind: Kind, space: string, name: string, force = false): Promise<unknown> {
  return call(pathOf(kind, space, name), { method: 'DELETE', query: { force: force ? true : undefined } });
}

/** What people look at is read again after so long, in milliseconds, and after each change of its kind at once. */
const REFRESH_MS = 10_000;

/** A list of many pages is read again less often: it costs the server as much as they are. */
function listRefreshMs({ state }: { readonly state: { readonly data: readonly unknown[] | undefined } }): number {
  return REFRESH_MS * Math.max(1, Math.ceil((state.data?.length ?? 0) / PAGE_SIZE));
}

/** For `useQuery`: all documents of a kind. `invalidateQueries({ queryKey: ['documents', kind] })` after a change. */
export function documentsQuery<Document = ResourceDocument>(kind: Kind, space: string) {
  return queryOptions({
    queryKey: ['documents', kind, KINDS[kind].inSpace ? space : ''],
    queryFn: ({ signal }) => listDocuments<Document>(kind, space, signal),
    refetchInterval: listRefreshMs,
  });
}

/** For `useQuery`: one document. */
export function documentQuery<Document = ResourceDocument>(kind: Kind, space: string, name: string) {
  return queryOptions({
    queryKey: ['documents', kind, KINDS[kind].inSpace ? space : '', name],
    queryFn: ({ signal }) => getDocument<Document>(kind, space, name, signal),
    refetchInterval: REFRESH_MS,
  });
}
