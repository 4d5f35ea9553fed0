import { type AddressSpace, Meter, type Principal, type Visit } from '@angarium/core';

/** Meters of those who send requests: one for each principal in each address space, since a request is no connection. */
export class RequestMeters {
  readonly #spaces = new WeakMap<AddressSpace, WeakMap<Principal, Meter>>();

  of(visit: Visit): Meter {
    const { space, principal } = visit;
    let meters = this.#spaces.get(space);
    if (!meters) {
      meters = new WeakMap();
      this.#spaces.set(space, meters);
    }
    let meter = meters.get(principal);
    if (!meter) {
      meter = new Meter(visit);
      meters.set(principal, meter);
    }
    return meter;
  }
}

/** Resolves when the meter lets more come in; undefined: it does so now. */
export function resting(meter: Meter): Promise<void> | undefined {
  let goOn: () => void = () => {};
  const over = new Promise<void>(resolve => {
    goOn = resolve;
  });
  return meter.rests({ readOn: () => goOn() }) ? over : undefined;
}
