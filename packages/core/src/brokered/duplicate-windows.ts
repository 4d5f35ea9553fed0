import type { Address } from '../address/address.ts';
import type { DuplicatesDefinition } from '../address/definition.ts';
import type { Shard } from '../store/shard.ts';
import { BrokeredAddress } from './brokered-address.ts';
import { DuplicateWindow } from './duplicate-window.ts';

/** The addresses of a space that tell duplicates, and their windows. */
export class DuplicateWindows {
  readonly #space: string;
  readonly #shard: Shard;
  readonly #restored: DuplicateWindow[] = [];
  /** Found in the log, and nobody's any more. */
  readonly #stray: number[] = [];

  constructor(space: string, shard: Shard) {
    this.#space = space;
    this.#shard = shard;
  }

  /** What is declared of the address may have changed. */
  follow(address: Address): void {
    if (!(address instanceof BrokeredAddress)) return;
    const { duplicates } = address.spec;
    if (!duplicates) return this.end(address);
    if (address.duplicates) {
      address.duplicates.bounds = duplicates;
      return;
    }
    const queue = this.#shard.newQueue();
    this.#shard.define({ id: queue.id, kind: 'duplicates', space: this.#space, address: address.name });
    address.duplicates = new DuplicateWindow(address.name, queue, this.#shard, duplicates);
  }

  end(address: Address): void {
    if (!(address instanceof BrokeredAddress)) return;
    address.duplicates?.end();
    address.duplicates = undefined;
  }

  /** The definition was found in the log, after the address'. */
  restore({ id }: DuplicatesDefinition, address: Address | undefined): void {
    const limits = address?.spec.duplicates;
    if (!limits || !(address instanceof BrokeredAddress)) {
      this.#stray.push(id);
      return;
    }
    address.duplicates = new DuplicateWindow(address.name, this.#shard.queue(id), this.#shard, limits);
    this.#restored.push(address.duplicates);
  }

  /** The log can be read: the ids are read from it, and `done` is called when all are known. */
  restored(addresses: Iterable<Address>, done: () => void): void {
    for (const id of this.#stray.splice(0)) this.#shard.remove(id);
    for (const address of addresses) this.follow(address);
    const windows = this.#restored.splice(0);
    let waiting = windows.length;
    if (waiting === 0) return done();
    for (const window of windows)
      window.restore(() => {
        if (--waiting === 0) done();
      });
  }
}
