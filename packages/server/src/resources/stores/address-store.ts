import {
  type Address,
  type AddressSpace,
  type AddressSpec,
  type Broker,
  type Described,
  Refusal,
  type Resource,
  refuseRemoval,
} from '@angarium/core';
import type { Complaint, EndOptions, Store, Wish } from '../kind.ts';

/** Addresses are in their space, since messages go to them. */
export class AddressStore implements Store {
  readonly #broker: Broker;

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  get(space: string, name: string): Resource | undefined {
    const found = this.#broker.spaces.get(space);
    const address = found?.addresses.get(name);
    return address && found?.resourceOf(address);
  }

  nameOf(space: string, name: string): string {
    return this.#broker.spaces.get(space)?.find(name)?.name ?? name;
  }

  names(space: string): Iterable<string> {
    return this.#broker.spaces.get(space)?.addresses.keys() ?? [];
  }

  refuse({ space, name, spec }: Wish): Refusal | undefined {
    return this.#broker.space(space).refuseDeclared(name, spec as AddressSpec);
  }

  put({ space: of, name, spec, before }: Wish, described: Described): Promise<Resource | Complaint> {
    const space = this.#broker.space(of);
    return resourceFrom(space, done =>
      before === undefined
        ? space.declare(name, spec as AddressSpec, done, described)
        : space.update(name, spec as AddressSpec, done, described),
    );
  }

  /** One that came by attaching, and would go with its links, stays from now on. */
  confirm({ space: of, name, spec }: Wish): Promise<Resource | Complaint> {
    const space = this.#broker.space(of);
    return resourceFrom(space, done => space.declare(name, spec as AddressSpec, done));
  }

  refuseEnd({ space, name }: Resource, { force }: EndOptions): Refusal | undefined {
    const address = this.#broker.space(space).addresses.get(name);
    return force || address === undefined ? undefined : refuseRemoval(address);
  }

  remove({ space, name }: Resource, options: EndOptions): Promise<Refusal | undefined> {
    return new Promise(resolve => this.#broker.space(space).remove(name, options, resolve));
  }
}

function resourceFrom(space: AddressSpace, write: (done: (result: Address | Refusal) => void) => void): Promise<Resource | Refusal> {
  return new Promise(resolve => write(result => resolve(result instanceof Refusal ? result : space.resourceOf(result))));
}
