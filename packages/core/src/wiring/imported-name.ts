import type { Address } from '../address/address.ts';
import { Refusal } from '../delivery/refusal.ts';
import { type ImportedFrom, type SharedAction, SharedAddress } from './shared-address.ts';

/** A name that a space has for an address of another one. The name is taken from the beginning, whether it leads anywhere or not. */
export class ImportedName {
  readonly name: string;
  readonly from: ImportedFrom;
  readonly #importer: string;
  #address: SharedAddress | undefined;

  constructor(name: string, importer: string, from: ImportedFrom) {
    this.name = name;
    this.from = from;
    this.#importer = importer;
  }

  /** Undefined: there is none that is shared with this space. */
  get address(): SharedAddress | undefined {
    return this.#address;
  }

  /** From now on it leads there, for these actions; `undefined`: nowhere, and those who came this way are told to go. */
  follow(source: Address | undefined, actions: ReadonlySet<SharedAction>): void {
    const before = this.#address;
    if (source !== undefined && before?.source === source) return before.allow(actions);
    // First, so that nobody who hears that he has to go comes back to it.
    this.#address = source && new SharedAddress(this.name, this.#importer, this.from, source, actions);
    before?.close(this.#refuse('address-deleted'));
  }

  /** Why nothing can be attached by this name. The same whether the other space has such an address or not. */
  refuse(): Refusal {
    return this.#refuse('address-not-found');
  }

  #refuse(code: 'address-deleted' | 'address-not-found'): Refusal {
    const { space, address } = this.from;
    return new Refusal(
      code,
      `${this.name} is a name for the address ${address} of the address space ${space}, which does not share it with ${this.#importer}: ask its administrator.`,
    );
  }
}
