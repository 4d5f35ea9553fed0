import { ApiClient, type ListDocument } from '../api-client.ts';
import { CommandError } from '../exit-code.ts';
import { resolveTarget, type TargetOptions } from '../target.ts';
import { DOCUMENTS, kindNamed, type ResourceKind } from './kind-names.ts';

/** A declared document as the API shows it; the fields of `spec` and `status` are those of its kind. */
export interface ResourceDocument {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ResourceMetadata;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

export interface ResourceMetadata {
  readonly name: string;
  readonly addressSpace?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  /** What the server adds for itself. */
  readonly uid?: string;
  readonly deletionTimestamp?: string;
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: ResourceDocument & { readonly message?: string; readonly code?: number };
}

/** The schema of a kind, as the API serves it. */
export interface KindSchema {
  readonly kind: string;
  readonly plural: string;
  readonly scope: 'server' | 'space';
  readonly description: string;
  readonly secrets: readonly string[];
  readonly spec?: object;
  readonly status?: object;
}

export type Query = Readonly<Record<string, string | undefined>>;

/** Declared documents of a server, of any kind that it knows. */
export class ResourceClient {
  readonly api: ApiClient;
  /** The address space that is meant where nothing else is said. */
  readonly space: string;
  readonly #kinds = new Map<string, Promise<readonly ResourceKind[]>>();

  constructor(api: ApiClient, space: string) {
    this.api = api;
    this.space = space;
  }

  static async of(options: TargetOptions): Promise<ResourceClient> {
    const target = await resolveTarget(options);
    return new ResourceClient(new ApiClient(target), target.space);
  }

  /** The kinds of a version of documents, those that others need first; none when the server does not know the version. */
  kinds(apiVersion: string = DOCUMENTS): Promise<readonly ResourceKind[]> {
    const known = this.#kinds.get(apiVersion) ?? this.#discover(apiVersion);
    this.#kinds.set(apiVersion, known);
    return known;
  }

  async #discover(apiVersion: string): Promise<readonly ResourceKind[]> {
    const found = await this.api.find<{ resources?: readonly (Omit<ResourceKind, 'apiVersion' | 'plural'> & { name: string })[] }>(
      `/apis/${apiVersion}`,
    );
    return (found?.resources ?? []).map(({ name, ...kind }) => ({ ...kind, apiVersion, plural: name }));
  }

  /** The kind of a name that people use: `Address`, `address`, `addresses`, `ad`. */
  async kind(name: string): Promise<ResourceKind> {
    const kinds = await this.kinds();
    const found = kindNamed(kinds, name);
    if (found) return found;
    throw new CommandError('usage', `There is no kind ${name}. There are: ${kinds.map(({ plural }) => plural).join(', ')}.`);
  }

  /** The path of a document, or of all of a kind in a place. Documents of others than ours are in namespaces. */
  path({ apiVersion, plural, namespaced }: ResourceKind, space: string, name?: string): string {
    const within = apiVersion === DOCUMENTS ? 'addressspaces' : 'namespaces';
    const all = `/apis/${apiVersion}${namespaced ? `/${within}/${encodeURIComponent(space)}` : ''}/${plural}`;
    return name === undefined ? all : `${all}/${encodeURIComponent(name)}`;
  }

  get(kind: ResourceKind, space: string, name: string, query: Query = {}): Promise<ResourceDocument> {
    return this.api.get(`${this.path(kind, space, name)}${queryText(query)}`);
  }

  find(kind: ResourceKind, space: string, name: string): Promise<ResourceDocument | undefined> {
    return this.api.find(this.path(kind, space, name));
  }

  put(kind: ResourceKind, space: string, name: string, document: unknown, query: Query = {}): Promise<ResourceDocument> {
    return this.api.put(`${this.path(kind, space, name)}${queryText(query)}`, document);
  }

  /** The document when it is still there, and waits for its finalizers. */
  delete(kind: ResourceKind, space: string, name: string, query: Query = {}): Promise<ResourceDocument | undefined> {
    return this.api.delete(`${this.path(kind, space, name)}${queryText(query)}`);
  }

  /** All documents of a kind in a place, page by page. */
  async *list(kind: ResourceKind, space: string, query: Query = {}): AsyncGenerator<ResourceDocument> {
    let more: string | undefined;
    do {
      const page = await this.api.get<ListDocument<ResourceDocument>>(
        `${this.path(kind, space)}${queryText({ ...query, continue: more })}`,
      );
      yield* page.items;
      more = page.metadata.continue;
    } while (more !== undefined);
  }

  /** The documents that are there, and then their changes. */
  watch(kind: ResourceKind, space: string, query: Query = {}): AsyncGenerator<WatchEvent> {
    return this.api.lines<WatchEvent>('GET', `${this.path(kind, space)}${queryText({ ...query, watch: 'true' })}`);
  }

  /** The names of the address spaces that the user may enter. */
  async spaces(): Promise<readonly string[]> {
    const documents = await Array.fromAsync(this.list(await this.kind('AddressSpace'), ''));
    return documents.map(({ metadata }) => metadata.name);
  }

  async schemas(): Promise<readonly KindSchema[]> {
    return (await this.api.get<{ items: readonly KindSchema[] }>(`/apis/${DOCUMENTS}/schemas`)).items;
  }
}

function queryText(query: Query): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}
