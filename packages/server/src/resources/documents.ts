import { type Described, type Principal, Refusal, type Resource } from '@angarium/core';
import type { Complaint, Kind, Store, Wish } from './kind.ts';
import { isComplaint } from './kind.ts';
import { KINDS } from './kinds.ts';
import { Problem } from './problem.ts';
import { sameDocument } from './same-document.ts';
import { keepSecrets } from './secrets.ts';
import { ResourceStore } from './stores/resource-store.ts';
import type { World } from './world.ts';

const NAME_PATTERN = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/;
const NAME_WORDS = 'must begin and end with a letter or digit, and have letters, digits, ".", "_" and "-" between them, at most 253 in all';

/** A document to be written. */
export interface Writing {
  readonly space: string;
  readonly name: string;
  readonly spec: object;
  readonly described: Pick<Described, 'labels' | 'annotations' | 'finalizers'>;
  /** Which one is to be changed; absent: whichever there is. */
  readonly expected?: Expected;
  readonly principal: Principal;
  /** There must be none of this name. */
  readonly create?: boolean;
  /** Secrets that it leaves out are to go. */
  readonly secretsWhole?: boolean;
  /** Checked, and not written. */
  readonly dryRun?: boolean;
  /** When it waits for its finalizers and this takes the last one: it goes although it is in use. */
  readonly force?: boolean;
}

export interface Expected {
  readonly resourceVersion?: string | undefined;
}

/** What has become of it. */
export interface Written {
  readonly resource: Resource;
  readonly outcome: 'created' | 'changed' | 'unchanged' | 'deleted';
}

export interface Ending extends Expected {
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

/** All declared documents of a server, whatever keeps them. It does not ask for rights: whoever calls does. */
export class Documents {
  readonly world: World;
  readonly kinds: readonly Kind[];
  readonly #stores: ReadonlyMap<string, Store>;

  constructor(world: World, kinds: readonly Kind[] = KINDS) {
    this.world = world;
    this.kinds = kinds;
    this.#stores = new Map(kinds.map(kind => [kind.kind, kind.store?.(world) ?? new ResourceStore(world.broker, kind.kind)]));
  }

  /** The kind of this name, as documents say it. */
  kind(name: string): Kind | undefined {
    return this.kinds.find(({ kind }) => kind === name);
  }

  get(kind: Kind, space: string, name: string): Resource | undefined {
    return this.#store(kind).get(space, name);
  }

  /** The same by any name that leads to it. */
  find(kind: Kind, space: string, name: string): Resource | undefined {
    const store = this.#store(kind);
    return store.get(space, store.nameOf?.(space, name) ?? name);
  }

  names(kind: Kind, space: string): Iterable<string> {
    return this.#store(kind).names(space);
  }

  /** Writes a document; settles when it is on disk. */
  async write(kind: Kind, writing: Writing): Promise<Written | Complaint> {
    const { space, name, principal, described } = writing;
    const store = this.#store(kind);
    const before = store.get(space, name);
    const refusal = refuseName(kind, name) ?? this.#refuseState(kind, writing, before);
    if (refusal) return refusal;
    const given = writing.secretsWhole ? writing.spec : keepSecrets(before?.spec, writing.spec, kind.secrets);
    let wish: Wish = { space, name, spec: given, before, principal };
    const complaint = kind.refuse?.(wish, this.world) ?? store.refuse?.(wish);
    if (complaint) return complaint;
    if (kind.prepare) {
      wish = { ...wish, spec: await kind.prepare(wish, this.world) };
      // Somebody else may have been quicker meanwhile.
      if (!sameRevision(store.get(space, name), before)) return changedMeanwhile(kind, name);
    }
    const { deletedMs } = before?.metadata ?? {};
    const beside: Described = { ...described, ...(deletedMs !== undefined && { deletedMs }) };
    const unchanged = before !== undefined && sameDocument(before, wish.spec, beside);
    if (deletedMs !== undefined && (described.finalizers ?? []).length === 0)
      return this.#finish(store, before!, { force: writing.force ?? false }, writing.dryRun);
    const outcome = before === undefined ? 'created' : unchanged ? 'unchanged' : 'changed';
    if (writing.dryRun) return { resource: this.#pretend(kind, wish, beside, unchanged), outcome };
    const resource = unchanged ? ((await store.confirm?.(wish)) ?? before) : await store.put(wish, beside);
    return isComplaint(resource) ? resource : { resource, outcome };
  }

  /** Deletes a document; settles when that is on disk. One with finalizers is marked, and waits for them. */
  async end(kind: Kind, resource: Resource, principal: Principal, ending: Ending): Promise<Written | Complaint> {
    const store = this.#store(kind);
    const { force = false, dryRun } = ending;
    const complaint =
      refuseRevision(kind, resource, ending) ??
      kind.refuseEnd?.(resource, this.world, { force, principal }) ??
      store.refuseEnd?.(resource, { force });
    if (complaint) return complaint;
    const { labels, annotations, finalizers = [], deletedMs } = resource.metadata;
    if (finalizers.length === 0) return this.#finish(store, resource, { force }, dryRun);
    if (deletedMs !== undefined || dryRun) return { resource, outcome: 'unchanged' };
    const { space, name, spec } = resource;
    const wish: Wish = { space, name, spec, before: resource, principal };
    const described: Described = { ...(labels && { labels }), ...(annotations && { annotations }), finalizers, deletedMs: Date.now() };
    const marked = await store.put(wish, described);
    return isComplaint(marked) ? marked : { resource: marked, outcome: 'changed' };
  }

  async #finish(store: Store, resource: Resource, options: { force: boolean }, dryRun = false): Promise<Written | Complaint> {
    const complaint = store.refuseEnd?.(resource, options) ?? (dryRun ? undefined : await store.remove(resource, options));
    return complaint ?? { resource, outcome: 'deleted' };
  }

  #refuseState(kind: Kind, { name, create, expected, described }: Writing, before: Resource | undefined): Complaint | undefined {
    if (kind.spec === undefined) return new Problem('resource-read-only', `Documents of the kind ${kind.kind} are the server’s to write.`);
    if (create && before !== undefined) return existsAlready(kind, name);
    const refusal = before && refuseRevision(kind, before, expected ?? {});
    if (refusal) return refusal;
    if (before === undefined && expected?.resourceVersion !== undefined)
      return new Problem(
        'conflict',
        `The document ${name} was deleted since it was read: leave out metadata.resourceVersion to make it anew.`,
      );
    if (before?.metadata.deletedMs === undefined) return undefined;
    const added = (described.finalizers ?? []).find(finalizer => !before.metadata.finalizers?.includes(finalizer));
    if (added === undefined) return undefined;
    return new Problem('conflict', `The document ${name} was deleted, and takes no further finalizer such as ${added}.`);
  }

  /** What it would be like. */
  #pretend({ kind }: Kind, { space, name, spec, before }: Wish, beside: Described, unchanged: boolean): Resource {
    const { revision = 0, createdMs = Date.now(), generation = 0 } = before?.metadata ?? {};
    const metadata = { ...beside, revision, createdMs, generation: generation + (unchanged ? 0 : 1) };
    return { kind, space, name, spec: spec as Resource['spec'], metadata };
  }

  #store(kind: Kind): Store {
    return this.#stores.get(kind.kind)!;
  }
}

/** There is no document of this name. */
export function isMissing({ kind, refusals }: Kind, name: string): Complaint {
  const words = `There is no ${kind} ${JSON.stringify(name)}.`;
  return refusals ? new Refusal(refusals.missing, words) : new Problem('resource-not-found', words);
}

function existsAlready({ kind, refusals }: Kind, name: string): Complaint {
  const words = `${kind} ${JSON.stringify(name)} is there already: change it, or choose another name.`;
  return refusals?.exists ? new Refusal(refusals.exists, words) : new Problem('resource-exists', words);
}

function refuseName(kind: Kind, name: string): Problem | undefined {
  const words = kind.refuseName ? kind.refuseName(name) : NAME_PATTERN.test(name) ? undefined : NAME_WORDS;
  return words === undefined ? undefined : new Problem('resource-invalid', `metadata.name, ${JSON.stringify(name)}, ${words}.`);
}

function refuseRevision(kind: Kind, { name, metadata }: Resource, { resourceVersion }: Expected): Problem | undefined {
  return resourceVersion === undefined || resourceVersion === String(metadata.revision) ? undefined : changedMeanwhile(kind, name);
}

function changedMeanwhile(kind: Kind, name: string): Problem {
  return new Problem(
    'conflict',
    `The ${kind.kind} ${name} was changed since it was read: read it again, make the change on that, and write it with its metadata.resourceVersion.`,
  );
}

function sameRevision(one: Resource | undefined, other: Resource | undefined): boolean {
  return one?.metadata.revision === other?.metadata.revision;
}
