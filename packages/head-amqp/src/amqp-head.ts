import type { Duplex } from 'node:stream';
import { type Broker, ENCODING_AMQP, type Report, type Turn } from '@angarium/core';
import { type Access, type Peer, SlabPool, Strangers } from '@angarium/transport';
import { AMQP_CONTENT } from './amqp-content.ts';
import { AmqpConnection } from './connection.ts';
import { WILL_OWNER_PREFIX } from './connection-will.ts';
import { type AmqpLimits, amqpLimits } from './limits.ts';
import { SoleConnections } from './sole-connection.ts';
import { SuspendedLinks } from './suspended-links.ts';
import { type ConnectionHome, TICK_MS } from './symmetric-connection.ts';

export interface AmqpHeadOptions extends Access {
  readonly broker: Broker;
  readonly turn: Turn;
  /** Of this server, the same after a restart. */
  readonly containerId: string;
  /** Of this server, told in open. */
  readonly version?: string;
  readonly report: Report;
  readonly limits?: Partial<AmqpLimits>;
}

/** AMQP 1.0 for the outside: takes sockets, and keeps their connections. */
export class AmqpHead implements ConnectionHome {
  readonly broker: Broker;
  readonly turn: Turn;
  readonly containerId: string;
  readonly version: string;
  readonly report: Report;
  readonly limits: AmqpLimits;
  readonly access: Access;
  readonly slabs = new SlabPool();
  readonly soleConnections = new SoleConnections();
  readonly strangers: Strangers;
  readonly suspendedLinks: SuspendedLinks;
  readonly #connections = new Set<AmqpConnection>();
  #ticking: { cancel(): void } | undefined;
  #onEmpty: (() => void) | undefined;
  #stopping: string | undefined;

  constructor(options: AmqpHeadOptions) {
    this.broker = options.broker;
    this.turn = options.turn;
    this.containerId = options.containerId;
    this.version = options.version ?? '';
    this.report = options.report;
    this.limits = amqpLimits(options.limits);
    this.access = options;
    this.strangers = new Strangers(this.limits.strangersMax);
    this.suspendedLinks = new SuspendedLinks(options.turn, options.report, this.limits);
    options.broker.encodings.add(ENCODING_AMQP, AMQP_CONTENT);
  }

  /** The log was replayed: the clients of all wills are gone. Before the first connection. */
  restore(): void {
    for (const { wills } of this.broker.spaces.values()) wills.restore(WILL_OWNER_PREFIX);
  }

  get connections(): ReadonlySet<AmqpConnection> {
    return this.#connections;
  }

  accept(socket: Duplex, peer: Peer): void {
    if (this.#stopping !== undefined) {
      socket.destroy();
      return;
    }
    const connection = new AmqpConnection(this, socket, peer);
    this.#connections.add(connection);
    this.strangers.set(connection, true);
    this.#tickLater();
  }

  /** One timer for all connections, while there are any. */
  #tickLater(): void {
    if (this.#ticking || this.#connections.size === 0) return;
    this.#ticking = this.turn.after(TICK_MS, () => {
      this.#ticking = undefined;
      const { nowMs } = this.turn;
      for (const connection of this.#connections) connection.tick(nowMs);
      this.strangers.cutExcess(nowMs);
      this.#tickLater();
    });
  }

  /** The connection is gone. */
  forget(connection: AmqpConnection): void {
    this.#connections.delete(connection);
    this.strangers.set(connection, false);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  /** Tells every peer `amqp:connection:forced` with `description`. Resolves when all have gone, or after `limitMs`, when those left are cut off. */
  async stop(description: string, limitMs: number): Promise<void> {
    this.#stopping = description;
    for (const connection of this.#connections) connection.close('amqp:connection:forced', description);
    if (this.#connections.size > 0) {
      await new Promise<void>(resolve => {
        const limit = setTimeout(resolve, limitMs);
        this.#onEmpty = () => {
          clearTimeout(limit);
          resolve();
        };
      });
    }
    this.#ticking?.cancel();
    for (const connection of this.#connections) connection.destroy();
  }
}
