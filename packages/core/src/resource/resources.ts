import { sameSpec } from '../address/address-spec.ts';
import type { ResourceDefinition } from '../address/definition.ts';
import type { Shard } from '../store/shard.ts';
import type { Details } from '../topic/inbox.ts';
import type { Described, Resource } from './metadata.ts';
import type { Revisions } from './revisions.ts';

/** Documents of one kind in one place. */
type Named = Map<string, Resource & { readonly id: number }>;

/** Declared documents that the core keeps over a restart and does not understand: users, roles, connectors … What they mean is for the server to say. */
export class Resources {
  readonly #shard: Shard;
  readonly #revisions: Revisions;
  readonly #places = new Map<string, Named>();
  /** Those that there are documents of, or were. */
  readonly #kinds = new Set<string>();

  constructor(shard: Shard, revisions: Revisions) {
    this.#shard = shard;
    this.#revisions = revisions;
  }

  get(kind: string, space: string, name: string): Resource | undefined {
    return this.#places.get(placeOf(kind, space))?.get(name);
  }

  /** Those of a kind in an address space; `space` is empty for those of the server. */
  all(kind: string, space: string): ReadonlyMap<string, Resource> {
    return this.#places.get(placeOf(kind, space)) ?? NONE;
  }

  /** Writes a document, new or in place of the one of before. `done` is called when it is on disk; it is in force before. */
  put(kind: string, space: string, name: string, spec: Details, described: Described, done: (resource: Resource) => void): Resource {
    const named = this.#named(kind, space);
    const before = named.get(name);
    const respecified = before === undefined || !sameSpec(before.spec, spec);
    const metadata = this.#revisions.next(before?.metadata, described, respecified);
    const resource = { id: before?.id ?? this.#shard.newId(), kind, space, name, metadata, spec };
    this.#write(named, resource);
    this.#revisions.tell(before ? 'modified' : 'added', resource);
    this.#shard.whenDurable({ confirmed: () => done(resource) }, 0);
    return resource;
  }

  #named(kind: string, space: string): Named {
    const place = placeOf(kind, space);
    let named = this.#places.get(place);
    if (!named) {
      named = new Map();
      this.#places.set(place, named);
      this.#kinds.add(kind);
    }
    return named;
  }

  #write(named: Named, resource: Resource & { readonly id: number }): void {
    const { id, kind, space, name, metadata, spec } = resource;
    this.#shard.define({ id, kind: 'resource', space, resource: kind, name, metadata, spec });
    named.set(name, resource);
  }

  /** `done` is called when its end is on disk; answers whether there was one. */
  remove(kind: string, space: string, name: string, done: () => void): boolean {
    const place = placeOf(kind, space);
    const named = this.#places.get(place);
    const resource = named?.get(name);
    if (!named || !resource) return false;
    named.delete(name);
    if (named.size === 0) this.#places.delete(place);
    this.#shard.remove(resource.id);
    this.#revisions.tell('deleted', resource);
    this.#shard.whenDurable({ confirmed: done }, 0);
    return true;
  }

  /** All documents of an address space that ends. */
  removeSpace(space: string): void {
    for (const kind of this.#kinds) for (const name of [...this.all(kind, space).keys()]) this.remove(kind, space, name, () => {});
  }

  restore({ id, space, resource: kind, name, metadata, spec }: ResourceDefinition): void {
    this.#named(kind, space).set(name, { id, kind, space, name, metadata, spec });
    this.#revisions.restored(metadata.revision);
  }
}

const NONE: ReadonlyMap<string, Resource> = new Map();

/** A kind has letters only. */
function placeOf(kind: string, space: string): string {
  return `${kind}/${space}`;
}
