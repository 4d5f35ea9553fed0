import { isDeepStrictEqual } from 'node:util';
import type { AddressSpace, Broker, Report, Turn } from '@angarium/core';
import { type LinkPeer, type ListedLink, SlabPool } from '@angarium/transport';
import { type AmqpLimits, amqpLimits } from '../limits.ts';
import { SuspendedLinks } from '../suspended-links.ts';
import { Connector, type ConnectorParts, type ConnectorStatus } from './connector.ts';
import { type ConnectorSpec, refuseConnectorSpec } from './connector-spec.ts';
import { Forwarder, type ForwarderStatus } from './forwarder.ts';
import { type ForwarderSpec, refuseForwarderSpec } from './forwarder-spec.ts';

export interface ConnectorsOptions {
  readonly broker: Broker;
  readonly turn: Turn;
  readonly report: Report;
  /** Of this server, the same after a restart: remote subscriptions belong to it. */
  readonly containerId: string;
  /** Of this server, told in open. */
  readonly version?: string;
  readonly limits?: Partial<AmqpLimits>;
}

/** An address space, also one that has ended. */
export type SpaceName = Pick<AddressSpace, 'name'>;

/** The connectors, or the forwarders, of all address spaces, by name. */
export interface Registry<Spec, Status> {
  /** Makes one, or puts it in the place of the one of this name; answers why there cannot be such a one, in words. */
  put(space: AddressSpace, name: string, spec: Spec): string | undefined;
  /** Resolves when it is gone; false: there was none. */
  remove(space: SpaceName, name: string): Promise<boolean>;
  status(space: SpaceName, name: string): Status | undefined;
}

/** The links of a forwarder, and what it is. */
export interface ForwarderLinks {
  readonly peer: LinkPeer;
  readonly links: Iterable<ListedLink>;
}

export interface Connectors extends AsyncDisposable {
  readonly connectors: Registry<ConnectorSpec, ConnectorStatus>;
  readonly forwarders: Registry<ForwarderSpec, ForwarderStatus>;
  /** Of all forwarders of the space. */
  links(space: SpaceName): Iterable<ForwarderLinks>;
  /** Ends all connections in order. What is kept for forwarders stays, here and at the remotes. */
  stop(): Promise<void>;
}

/** What remotes are told when the server stops, or a connector is taken away. */
const STOPPING = 'the server is stopping';
const REMOVED = 'the connector was removed';
const CHANGED = 'the connector was changed';

/** Connections that we open to remote AMQP servers, and what is forwarded over them. */
export function openConnectors(options: ConnectorsOptions): Connectors {
  const { broker, turn, report, containerId, version = '' } = options;
  const limits = amqpLimits(options.limits);
  const parts: ConnectorParts = {
    broker,
    turn,
    report,
    containerId,
    version,
    limits,
    slabs: new SlabPool(),
    suspendedLinks: new SuspendedLinks(turn, report, limits),
  };
  const connectors = new NamesBySpace<Connector>();
  const forwarders = new NamesBySpace<Forwarder>();
  const forwardersOf = (space: SpaceName, name: string): Forwarder[] =>
    [...forwarders.of(space).values()].filter(({ spec }) => spec.connector === name);

  const leave = (forwarder: Forwarder, remove: boolean): void => {
    forwarder.leave(remove);
    connectors.of(forwarder.space).get(forwarder.spec.connector)?.delete(forwarder);
  };

  const join = (forwarder: Forwarder): void => {
    const connector = connectors.of(forwarder.space).get(forwarder.spec.connector);
    if (connector) connector.add(forwarder);
    else forwarder.orphaned();
  };

  const resume = (forwarder: Forwarder): void => {
    forwarder.resume();
    join(forwarder);
  };

  return {
    connectors: {
      put(space, name, spec) {
        const refused = refuseConnectorSpec(spec);
        if (refused !== undefined) return refused;
        const before = connectors.of(space).get(name);
        const { paused = false, ...rest } = spec;
        if (before && isDeepStrictEqual(before.spec, rest)) {
          if (paused && !before.paused) before.pause();
          else if (!paused && before.paused) before.resume();
          return undefined;
        }
        void before?.stop(CHANGED);
        const connector = new Connector(name, space, spec, parts);
        connectors.of(space).set(name, connector);
        for (const forwarder of forwardersOf(space, name)) connector.add(forwarder);
        return undefined;
      },
      async remove(space, name) {
        const connector = connectors.of(space).get(name);
        if (!connector) return false;
        for (const forwarder of forwardersOf(space, name)) connector.delete(forwarder);
        await connector.stop(REMOVED);
        // Another of this name may have come meanwhile.
        if (connectors.of(space).get(name) !== connector) return true;
        connectors.of(space).delete(name);
        for (const forwarder of forwardersOf(space, name)) forwarder.orphaned();
        return true;
      },
      status: (space, name) => connectors.of(space).get(name)?.status(),
    },
    forwarders: {
      put(space, name, spec) {
        const refused = refuseForwarderSpec(spec);
        if (refused !== undefined) return refused;
        const before = forwarders.of(space).get(name);
        const { paused = false, ...rest } = spec;
        if (before && isDeepStrictEqual(before.spec, rest)) {
          if (paused && !before.paused) before.pause();
          else if (!paused && before.paused) resume(before);
          return undefined;
        }
        if (before) leave(before, !before.keepsAs(spec));
        const forwarder = new Forwarder(name, space, spec, parts);
        forwarders.of(space).set(name, forwarder);
        join(forwarder);
        return undefined;
      },
      async remove(space, name) {
        const forwarder = forwarders.of(space).get(name);
        if (!forwarder) return false;
        forwarders.of(space).delete(name);
        leave(forwarder, true);
        return true;
      },
      status: (space, name) => forwarders.of(space).get(name)?.status(),
    },
    *links(space) {
      for (const forwarder of forwarders.of(space).values()) {
        const { name, spec } = forwarder;
        const host = connectors.of(space).get(spec.connector)?.host ?? spec.connector;
        const peer = `${host}/${spec.remoteAddress}`;
        const carrier = { protocol: 'AMQP 1.0', client: `forwarder ${name}`, user: undefined, peer, remote: true } as const;
        yield { peer: carrier, links: forwarder.listed() };
      }
    },
    async stop() {
      await Promise.all([...connectors.all()].map(connector => connector.stop(STOPPING)));
    },
    [Symbol.asyncDispose]() {
      return this.stop();
    },
  };
}

/** Things by the space that they belong to, and their name. */
class NamesBySpace<Thing> {
  readonly #things = new Map<string, Map<string, Thing>>();

  of({ name }: SpaceName): Map<string, Thing> {
    let things = this.#things.get(name);
    if (!things) {
      things = new Map();
      this.#things.set(name, things);
    }
    return things;
  }

  *all(): Iterable<Thing> {
    for (const things of this.#things.values()) yield* things.values();
  }
}
