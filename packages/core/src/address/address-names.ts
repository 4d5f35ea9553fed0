import { Refusal } from '../delivery/refusal.ts';
import { LateMap } from '../late-map.ts';
import type { ImportedName } from '../wiring/imported-name.ts';
import type { Address } from './address.ts';

/** By which names addresses are found in a space: their own, their aliases, and those that it has for addresses of other spaces. No two are alike. */
export class AddressNames {
  readonly own = new Map<string, Address>();
  /** Grows whenever an address comes, goes, or is another one from now on. */
  version = 0;
  readonly #aliases = new LateMap<string, Address>();
  /** For addresses of other spaces. */
  readonly imports = new LateMap<string, ImportedName>();

  find(name: string): Address | undefined {
    return this.own.get(name) ?? this.#aliases.get(name) ?? this.imports.get(name)?.address;
  }

  /** By which rights are asked for: an alias stands for the address's own name, also as the beginning of a topic. */
  ownName(name: string): string {
    if (this.#aliases.size === 0 || this.own.has(name)) return name;
    for (let end = name.length; end > 0; end = name.lastIndexOf('/', end - 1)) {
      const beginning = name.slice(0, end);
      const address = this.find(beginning);
      // Topics are below the longest beginning that is a topic address.
      if (address === undefined || (end < name.length && address.spec.type !== 'topic')) continue;
      return this.#aliases.get(beginning) === address ? address.name + name.slice(end) : name;
    }
    return name;
  }

  has(name: string): boolean {
    return this.own.has(name) || this.#aliases.has(name) || this.imports.has(name);
  }

  /** Whether it is an address of the space, or one of another space that is found here. */
  leadTo(address: Address): boolean {
    return this.own.get(address.name) === address || [...this.imports.values()].some(imported => imported.address?.source === address);
  }

  /** Why this cannot be a name for an address of another space. */
  refuseImport(name: string): Refusal | undefined {
    const holder = this.own.get(name) ?? this.#aliases.get(name);
    if (!holder) return undefined;
    return new Refusal('address-exists', `The name ${name} is taken by the address ${holder.name}: choose another one for the import.`);
  }

  /** Why the address of this name, which may exist, cannot have these aliases too. */
  refuse(name: string, aliases: readonly string[] = []): Refusal | undefined {
    const other = this.#aliases.get(name);
    if (other)
      return new Refusal('address-exists', `${name} is an alias of the address ${other.name}: take it away there, or choose another name.`);
    const imported = [name, ...aliases].find(each => this.imports.has(each));
    if (imported !== undefined)
      return new Refusal(
        'address-exists',
        `${imported} is the name of an import from another address space: delete that, or choose another name.`,
      );
    for (const alias of aliases) {
      const holder = this.find(alias);
      if (holder && holder.name !== name)
        return new Refusal('address-exists', `The alias ${alias} is taken by the address ${holder.name}: choose another one.`);
    }
    return undefined;
  }

  add(address: Address): void {
    this.version++;
    this.own.set(address.name, address);
    for (const alias of address.spec.aliases ?? []) this.#aliases.set(alias, address);
  }

  /** Takes it out, and answers whether it was there. */
  remove(address: Address): boolean {
    if (!this.own.delete(address.name)) return false;
    this.version++;
    for (const alias of address.spec.aliases ?? []) this.#aliases.delete(alias);
    return true;
  }
}
