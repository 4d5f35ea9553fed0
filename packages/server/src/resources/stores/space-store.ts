import { type Broker, NEVER_CHANGED, type Resource, SPACE_DEFAULT } from '@angarium/core';
import type { EndOptions, Store } from '../kind.ts';
import { Problem } from '../problem.ts';
import { ResourceStore } from './resource-store.ts';

/** Documents of address spaces. There is always one of `default`, written or not. */
export class SpaceStore extends ResourceStore implements Store {
  readonly #spaces: Broker['spaces'];

  constructor(broker: Broker) {
    super(broker, 'AddressSpace');
    this.#spaces = broker.spaces;
  }

  override get(space: string, name: string): Resource | undefined {
    const written = super.get(space, name);
    if (written !== undefined || name !== SPACE_DEFAULT) return written;
    return { kind: 'AddressSpace', space: '', name, metadata: NEVER_CHANGED, spec: {} };
  }

  override *names(space: string): Iterable<string> {
    let named = false;
    for (const name of super.names(space)) {
      named ||= name === SPACE_DEFAULT;
      yield name;
    }
    if (!named) yield SPACE_DEFAULT;
  }

  refuseEnd({ name }: Resource, { force }: EndOptions): Problem | undefined {
    if (name === SPACE_DEFAULT)
      return new Problem('resource-in-use', 'The address space default is always there: it can be changed, and not deleted.');
    const addresses = [...(this.#spaces.get(name)?.addresses.values() ?? [])].filter(({ temporary }) => !temporary).length;
    if (force || addresses === 0) return undefined;
    return new Problem(
      'resource-in-use',
      `The address space ${name} has ${addresses} addresses: delete those first, or the space with force, with all that is in it.`,
    );
  }
}
