import { type AddressCounters, zeroCounters } from '../address/address.ts';
import type { Refusal, RefusalCode } from '../delivery/refusal.ts';

/** What an address space has to remember besides its addresses, so that its numbers since the start never go down. Nothing is made before there is something to count. */
export class SpaceTally {
  #ended: AddressCounters | undefined;
  #refusals: Map<RefusalCode, number> | undefined;

  /** Of addresses and inboxes that there are no more, together; undefined: there were none. */
  get ended(): Readonly<AddressCounters> | undefined {
    return this.#ended;
  }

  /** What visitors were refused, by code: their links, their connections beyond a limit, and what they sent to stored addresses. */
  get refusals(): ReadonlyMap<RefusalCode, number> {
    return this.#refusals ?? NONE;
  }

  /** An address or an inbox ends, which has counted so much. */
  end(counters: Readonly<AddressCounters>): void {
    this.#ended ??= zeroCounters();
    addCounters(this.#ended, counters);
  }

  /** Counts it, and answers it. */
  refused(refusal: Refusal): Refusal {
    this.#refusals ??= new Map();
    this.#refusals.set(refusal.code, (this.#refusals.get(refusal.code) ?? 0) + 1);
    return refusal;
  }
}

const NONE: ReadonlyMap<RefusalCode, number> = new Map();

const COUNTERS = Object.keys(zeroCounters()) as (keyof AddressCounters)[];

/** Adds `counters`, or takes them away. */
export function addCounters(to: AddressCounters, counters: Readonly<AddressCounters>, sign: 1 | -1 = 1): void {
  for (const name of COUNTERS) to[name] += sign * counters[name];
}
