import { AckReader, decodePacket, type Packet, PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, type Qos, REASON } from '@angarium/codec-mqtt';
import type { Producer, Visit } from '@angarium/core';
import type { MqttConnection } from './connection.ts';
import { IncomingPublishes } from './incoming-publishes.ts';
import type { MqttSession } from './session.ts';

/** Scratch for all connections. */
const ackReader = new AckReader();

/** What a client that is let in sends, packet by packet, until it leaves. */
export class ClientPackets {
  readonly #connection: MqttConnection;
  readonly #session: MqttSession;
  readonly #publishes: IncomingPublishes;
  readonly #version: 4 | 5;
  readonly #visit: Visit;

  constructor(connection: MqttConnection, session: MqttSession, visit: Visit, version: 4 | 5) {
    this.#connection = connection;
    this.#session = session;
    this.#publishes = new IncomingPublishes(connection, session, visit, version);
    this.#version = version;
    this.#visit = visit;
  }

  /** Addresses that the client has published to. */
  get addresses(): ReadonlyMap<string, Producer> {
    return this.#publishes.addresses;
  }

  /** A packet with this first byte and body. Throws `MqttDecodeError`. */
  take(first: number, bytes: Uint8Array, start: number, end: number): void {
    const type = first >> 4;
    if (type === PUBLISH) return this.#publishes.take(first, bytes, start, end);
    if (type >= PUBACK && type <= PUBCOMP) return this.#acknowledged(first, bytes, start, end);
    const packet = decodePacket(first, bytes, start, end, this.#version);
    const connection = this.#connection;
    switch (packet.kind) {
      case 'pingreq':
        connection.answer({ kind: 'pingresp' });
        return;
      case 'subscribe':
        return this.#subscribe(packet);
      case 'unsubscribe':
        return this.#unsubscribe(packet);
      case 'disconnect':
        return connection.goodbye(packet.reasonCode, packet.properties);
      case 'auth':
        return connection.authenticateAgain(packet);
      case 'connect':
        // [MQTT-3.1.0-2]
        return connection.disconnect(REASON.protocolError, 'a second CONNECT came');
      default:
        return connection.disconnect(REASON.protocolError, `${packet.kind} is for servers to send`);
    }
  }

  #acknowledged(first: number, bytes: Uint8Array, start: number, end: number): void {
    ackReader.read(first, bytes, start, end, this.#version);
    const { packetId, reasonCode, properties } = ackReader;
    switch (ackReader.type) {
      case PUBACK:
        this.#session.puback(packetId, reasonCode, properties?.reasonString);
        break;
      case PUBREC:
        this.#session.pubrec(packetId, reasonCode, properties?.reasonString);
        break;
      case PUBCOMP:
        this.#session.pubcomp(packetId);
        break;
      case PUBREL:
        return this.#publishes.release(packetId);
    }
    this.#connection.refillLater();
  }

  #subscribe(packet: Packet & { kind: 'subscribe' }): void {
    const session = this.#session;
    const identifier = packet.properties?.subscriptionIdentifiers?.[0] ?? 0;
    const reasonCodes: number[] = [];
    const reasons: string[] = [];
    const retained: { filter: string; qos: Qos }[] = [];
    for (const subscription of packet.subscriptions) {
      const { filter, qos } = subscription;
      const result = session.subscriptions.subscribe(subscription, identifier, this.#version, this.#visit);
      if (result.why) {
        reasons.push(result.why);
        this.#connection.report('info', `subscription refused: ${result.why}`, { filter });
      }
      // 3.1.1 has one code for every refusal (section 3.9.3).
      reasonCodes.push(result.reasonCode < 0x80 || this.#version === 5 ? result.reasonCode : 0x80);
      if (result.retained) retained.push({ filter, qos });
    }
    session.inbox.whenDurable(() => {
      if (!this.#answer('suback', packet.packetId, reasonCodes, reasons)) return;
      for (const { filter, qos } of retained) session.sendRetained(filter, qos);
      session.refill();
    });
  }

  #unsubscribe({ packetId, filters }: Packet & { kind: 'unsubscribe' }): void {
    const { subscriptions, inbox } = this.#session;
    const codes = filters.map(filter => (subscriptions.unsubscribe(filter) ? REASON.success : REASON.noSubscriptionExisted));
    const reasonCodes = this.#version === 5 ? codes : [];
    const reasons = filters.filter((_, i) => codes[i] !== REASON.success).map(filter => `There was no subscription to ${filter}.`);
    inbox.whenDurable(() => void this.#answer('unsuback', packetId, reasonCodes, reasons));
  }

  /** False: the client has gone meanwhile. */
  #answer(kind: 'suback' | 'unsuback', packetId: number, reasonCodes: number[], reasons: readonly string[]): boolean {
    const words = this.#version === 5 && reasons.length > 0 && { properties: this.#connection.words(reasons.join(' ')) };
    return this.#connection.answer({ kind, packetId, reasonCodes, ...words });
  }

  /** The rights of the client have changed. */
  askAgain(): void {
    this.#publishes.askAgain();
  }

  /** The client is gone. */
  detach(): void {
    this.#publishes.detach();
  }
}
