import { type Address, type Broker, type Change, type ImportedFrom, ImportedName, type Resource, type SharedAction } from '@angarium/core';
import { BOTH_ACTIONS, type ExportSpec, type ImportSpec } from './resources/kinds/share-spec.ts';

/**
 * Makes addresses of one space found in another where the documents of both say so, and as long as they do. The answer ends the following, and
 * leaves what there is.
 */
export function followShares(broker: Broker): () => void {
  const shares = new AddressShares(broker);
  for (const space of broker.spaces.keys())
    for (const resource of broker.resources.all('AddressImport', space).values()) shares.import(resource);
  return broker.revisions.listen(change => shares.changed(change));
}

interface Followed {
  readonly importer: string;
  readonly imported: ImportedName;
  /** The space may be gone from the broker when its documents go. */
  readonly names: Pick<Map<string, ImportedName>, 'get' | 'delete'>;
}

class AddressShares {
  readonly #broker: Broker;
  /** By the space that imports, and the name. No space has a slash. */
  readonly #imports = new Map<string, Followed>();
  /** By the space that they are from. */
  readonly #bySource = new Map<string, Set<Followed>>();

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  changed({ what, kind, space, name, resource }: Change): void {
    if (kind === 'AddressImport') {
      if (what === 'deleted') this.#forget(resource);
      else this.import(resource);
    } else if (kind === 'AddressExport' || (kind === 'Address' && what !== 'modified'))
      for (const followed of this.#bySource.get(space) ?? [])
        if (kind === 'AddressExport' || followed.imported.from.address === name) this.#lead(followed);
  }

  import(resource: Resource): void {
    const { space: importer, name } = resource;
    const { from } = resource.spec as unknown as ImportSpec;
    const before = this.#imports.get(keyOf(resource))?.imported.from;
    if (before?.space === from.space && before.address === from.address) return;
    this.#forget(resource);
    const names = this.#broker.spaces.get(importer)?.names.imports;
    if (!names) return;
    const followed: Followed = { importer, names, imported: new ImportedName(name, importer, from) };
    names.set(name, followed.imported);
    this.#imports.set(keyOf(resource), followed);
    const siblings = this.#bySource.get(from.space);
    if (siblings) siblings.add(followed);
    else this.#bySource.set(from.space, new Set([followed]));
    this.#lead(followed);
  }

  #forget(resource: Resource): void {
    const followed = this.#imports.get(keyOf(resource));
    if (!followed) return;
    const { imported, names } = followed;
    this.#imports.delete(keyOf(resource));
    const siblings = this.#bySource.get(imported.from.space)!;
    siblings.delete(followed);
    if (siblings.size === 0) this.#bySource.delete(imported.from.space);
    names.delete(imported.name);
    imported.follow(undefined, new Set());
  }

  #lead({ imported, importer }: Followed): void {
    const actions = this.#exported(imported.from, importer);
    imported.follow(actions.size > 0 ? this.#addressOf(imported.from) : undefined, actions);
  }

  /** Only addresses of the space's own: nobody passes on what was shared with him. */
  #addressOf({ space, address }: ImportedFrom): Address | undefined {
    const found = this.#broker.spaces.get(space)?.addresses.get(address);
    return found?.temporary ? undefined : found;
  }

  /** What all documents together say that the space may do. */
  #exported({ space, address }: ImportedFrom, importer: string): ReadonlySet<SharedAction> {
    const actions = new Set<SharedAction>();
    for (const resource of this.#broker.resources.all('AddressExport', space).values()) {
      const exported = resource.spec as unknown as ExportSpec;
      if (exported.address !== address || !exported.to.includes(importer)) continue;
      for (const action of exported.actions ?? BOTH_ACTIONS) actions.add(action);
    }
    return actions;
  }
}

function keyOf({ space, name }: Resource): string {
  return `${space}/${name}`;
}
