import { AmqpMap, AmqpSymbol, type Open } from '@angarium/codec-amqp';
import type { AddressSpace } from '@angarium/core';

/** The capability with which a peer asks to be the only connection of its container, as JMS wants of clients with an identifier. */
export const SOLE_CONNECTION = 'sole-connection-for-container';

/** What the open of a refused connection says, so that the peer waits for the close, and what that says then. */
export const REFUSED_OPEN = new AmqpMap([[new AmqpSymbol('amqp:connection-establishment-failed'), true]]);
export const CONTAINER_ID_INVALID = new AmqpMap([[new AmqpSymbol('invalid-field'), new AmqpSymbol('container-id')]]);

/** The containers of which there shall be one connection at a time, in each address space. */
export class SoleConnections {
  readonly #containers = new WeakMap<AddressSpace, Set<string>>();

  /** Takes the container of a peer that asks for it, until the release is called; undefined: another connection has it. */
  claim(space: AddressSpace, { containerId, desiredCapabilities }: Open): (() => void) | undefined {
    if (!desiredCapabilities?.includes(SOLE_CONNECTION)) return () => {};
    const containers = this.#containers.get(space) ?? new Set();
    this.#containers.set(space, containers);
    if (containers.has(containerId)) return undefined;
    containers.add(containerId);
    return () => containers.delete(containerId);
  }
}
