import type { Broker, Described, Resource } from '@angarium/core';
import type { Store, Wish } from '../kind.ts';
import { Problem } from '../problem.ts';

/** Documents of one kind in one place, at the most. */
export const DOCUMENTS_MAX = 100_000;

/** Documents that the core keeps, and does not understand. */
export class ResourceStore implements Store {
  readonly #broker: Broker;
  readonly #kind: string;

  constructor(broker: Broker, kind: string) {
    this.#broker = broker;
    this.#kind = kind;
  }

  get(space: string, name: string): Resource | undefined {
    return this.#broker.resources.get(this.#kind, space, name);
  }

  names(space: string): Iterable<string> {
    return this.#broker.resources.all(this.#kind, space).keys();
  }

  refuse({ space, before }: Wish): Problem | undefined {
    if (before !== undefined || this.#broker.resources.all(this.#kind, space).size < DOCUMENTS_MAX) return undefined;
    return new Problem('resources-exhausted', `There are ${DOCUMENTS_MAX} documents of the kind ${this.#kind} already: delete some.`);
  }

  put({ space, name, spec }: Wish, described: Described): Promise<Resource> {
    return new Promise(resolve => this.#broker.resources.put(this.#kind, space, name, spec as Resource['spec'], described, resolve));
  }

  remove({ space, name }: Resource): Promise<undefined> {
    return new Promise(resolve => {
      const gone = (): void => resolve(undefined);
      if (!this.#broker.resources.remove(this.#kind, space, name, gone)) gone();
    });
  }
}
