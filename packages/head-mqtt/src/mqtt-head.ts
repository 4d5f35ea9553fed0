import type { Duplex } from 'node:stream';
import { REASON } from '@angarium/codec-mqtt';
import { type Broker, ENCODING_MQTT, type Report, type Turn } from '@angarium/core';
import type { Access, Peer } from '@angarium/transport';
import { SlabPool, Strangers } from '@angarium/transport';
import { MqttConnection } from './connection.ts';
import { type MqttLimits, mqttLimits } from './limits.ts';
import { MQTT_CONTENT } from './mqtt-content.ts';
import { MqttSessions } from './sessions.ts';
import { UnfinishedPackets } from './unfinished-packets.ts';
import { MqttWills } from './will.ts';

export interface MqttHeadOptions extends Access {
  readonly broker: Broker;
  readonly turn: Turn;
  readonly report: Report;
  /** A name nobody can guess, for clients without an identifier. */
  readonly randomName: () => string;
  readonly limits?: Partial<MqttLimits>;
}

/** How often connections are looked at for timeouts, in milliseconds. */
const TICK_MS = 500;

/** MQTT 3.1.1 and 5.0 for the outside: takes streams, and keeps their connections and the sessions of their clients. */
export class MqttHead {
  readonly broker: Broker;
  readonly turn: Turn;
  readonly report: Report;
  readonly limits: MqttLimits;
  readonly access: Access;
  readonly randomName: () => string;
  readonly slabs = new SlabPool();
  readonly strangers: Strangers;
  readonly unfinished: UnfinishedPackets;
  readonly sessions: MqttSessions;
  readonly wills = new MqttWills();
  readonly #connections = new Set<MqttConnection>();
  #ticking: { cancel(): void } | undefined;
  #onEmpty: (() => void) | undefined;
  #stopping = false;

  constructor(options: MqttHeadOptions) {
    this.broker = options.broker;
    this.turn = options.turn;
    this.report = options.report;
    this.limits = mqttLimits(options.limits);
    this.strangers = new Strangers(this.limits.strangersMax);
    this.unfinished = new UnfinishedPackets(this.limits.unfinishedBytesMax);
    this.access = options;
    options.broker.encodings.add(ENCODING_MQTT, MQTT_CONTENT);
    this.randomName = options.randomName;
    this.sessions = new MqttSessions(options.broker, options.turn, this.limits);
  }

  /** The log was replayed: its sessions are there, and the wills of clients that are gone are due. Before the first connection. */
  restore(): void {
    for (const space of this.broker.spaces.values()) {
      // Sessions first: a will's delay ends with its session.
      this.sessions.restore(space);
      this.wills.restore(space, clientId => this.sessions.expirySecondsOf(space, clientId));
    }
  }

  get connections(): ReadonlySet<MqttConnection> {
    return this.#connections;
  }

  accept(stream: Duplex, peer: Peer): void {
    if (this.#stopping) {
      stream.destroy();
      return;
    }
    const connection = new MqttConnection(this, stream, peer);
    this.#connections.add(connection);
    this.strangers.set(connection, true);
    this.#tickLater();
  }

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

  forget(connection: MqttConnection): void {
    this.#connections.delete(connection);
    this.strangers.set(connection, false);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  /** Tells every client that the server is shutting down. Resolves when all have gone, or after `limitMs`, when those left are cut off. */
  async stop(description: string, limitMs: number): Promise<void> {
    this.#stopping = true;
    for (const connection of this.#connections) connection.disconnect(REASON.serverShuttingDown, description);
    if (this.#connections.size > 0)
      await new Promise<void>(resolve => {
        const limit = setTimeout(resolve, limitMs);
        this.#onEmpty = () => {
          clearTimeout(limit);
          resolve();
        };
      });
    this.#ticking?.cancel();
    for (const connection of this.#connections) connection.destroy();
    // Sessions that end later do so after the next start: nobody writes to the log from here on.
    this.sessions.stop();
  }
}
