import { type AddressSpace, Refusal, type Turn, type Visit } from '@angarium/core';
import type { ListedLink } from '@angarium/transport';
import type { HttpLimits } from './limits.ts';
import { type HttpProblem, refusalProblem } from './problem.ts';
import { SharedProducer } from './shared-producer.ts';

/** A link that requests share. */
export interface RequestLink {
  readonly space: AddressSpace;
  readonly link: ListedLink;
}

/** One producer for each address that requests send to; it leaves when it was not used for a while. */
export class Producers {
  readonly #turn: Turn;
  readonly #limits: HttpLimits;
  readonly #producers = new Map<string, SharedProducer>();

  constructor(turn: Turn, limits: HttpLimits) {
    this.#turn = turn;
    this.#limits = limits;
  }

  get size(): number {
    return this.#producers.size;
  }

  /** `key` is distinct for each address of each space. All who may send there share one: each is asked for the right itself. */
  of(key: string, visit: Visit, name: string): SharedProducer | HttpProblem {
    const refused = visit.refuseProducer(name);
    if (refused) return refusalProblem(refused);
    const known = this.#producers.get(key);
    if (known) return known;
    const producer = new SharedProducer(visit.space, name, this.#turn, this.#limits, () => this.#producers.delete(key));
    const refusal = producer.attach();
    if (refusal instanceof Refusal) return refusalProblem(refusal);
    this.#producers.set(key, producer);
    return producer;
  }

  /** Of one space, or of all. */
  *links(space?: AddressSpace): Iterable<RequestLink> {
    for (const producer of this.#producers.values())
      if (space === undefined || producer.space === space) yield { space: producer.space, link: producer.listed() };
  }

  tick(nowMs: number): void {
    for (const producer of this.#producers.values()) producer.tick(nowMs);
  }

  stop(problem: HttpProblem): void {
    for (const producer of this.#producers.values()) producer.stop(problem);
    this.#producers.clear();
  }
}
