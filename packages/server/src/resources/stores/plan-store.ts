import { type AddressPlan, type Broker, type Described, Refusal, type Resource } from '@angarium/core';
import type { Complaint, Store, Wish } from '../kind.ts';

/** Address plans are in their space, since addresses are what they say. */
export class PlanStore implements Store {
  readonly #broker: Broker;

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  get(space: string, name: string): Resource | undefined {
    const plan = this.#broker.spaces.get(space)?.plans.all.get(name);
    return plan && resourceOf(space, plan);
  }

  names(space: string): Iterable<string> {
    return this.#broker.spaces.get(space)?.plans.all.keys() ?? [];
  }

  refuse({ space, name, spec }: Wish): Refusal | undefined {
    return this.#broker.space(space).plans.refuse(name, spec as AddressPlan['spec']);
  }

  put({ space, name, spec }: Wish, described: Described): Promise<Resource | Complaint> {
    return new Promise(resolve =>
      this.#broker
        .space(space)
        .plans.put(
          name,
          spec as AddressPlan['spec'],
          result => resolve(result instanceof Refusal ? result : resourceOf(space, result)),
          described,
        ),
    );
  }

  refuseEnd({ space, name }: Resource): Refusal | undefined {
    return this.#broker.space(space).plans.refuseRemoval(name);
  }

  remove({ space, name }: Resource): Promise<Refusal | undefined> {
    return new Promise(resolve => this.#broker.space(space).plans.remove(name, resolve));
  }
}

function resourceOf(space: string, { name, metadata, spec }: AddressPlan): Resource {
  return { kind: 'AddressPlan', space, name, metadata, spec: spec as unknown as Resource['spec'] };
}
