import { NEVER_CHANGED, type Resource } from '@angarium/core';
import type { Store } from '../kind.ts';
import { Problem } from '../problem.ts';
import type { World } from '../world.ts';

/** The listeners that there are: nothing is kept of them. */
export class EndpointStore implements Store {
  readonly #endpoints: World['endpoints'];

  constructor(endpoints: World['endpoints']) {
    this.#endpoints = endpoints;
  }

  get(_space: string, name: string): Resource | undefined {
    if (this.#endpoints()[name] === undefined) return undefined;
    return { kind: 'Endpoint', space: '', name, metadata: NEVER_CHANGED, spec: {} };
  }

  names(): Iterable<string> {
    return Object.keys(this.#endpoints());
  }

  put(): Promise<Problem> {
    return Promise.resolve(READ_ONLY);
  }

  remove(): Promise<Problem> {
    return Promise.resolve(READ_ONLY);
  }
}

const READ_ONLY = new Problem('resource-read-only', 'Where the server listens is said by its configuration.');
