import type { ConsumerPort } from '../delivery/delivery.ts';

/** Ports that must not get an entry of a queue. */
export interface ExcludedPorts {
  has(port: ConsumerPort): boolean;
  add(port: ConsumerPort): unknown;
}

/** All but one: the entry was begun to be sent to that one, and whatever comes of it, nobody else gets it. */
export class AllButOne implements ExcludedPorts {
  readonly #one: ConsumerPort;

  constructor(one: ConsumerPort) {
    this.#one = one;
  }

  has(port: ConsumerPort): boolean {
    return port !== this.#one;
  }

  add(): void {}
}
