import type { Duplex } from 'node:stream';
import { ByteWriter, encodePacket, type MqttVersion, type Packet, type Qos, writeAck } from '@angarium/codec-mqtt';
import type { Message, Task, Turn } from '@angarium/core';
import { ConnectionOutput, type SlabPool } from '@angarium/transport';
import type { MqttLimits } from './limits.ts';
import { OutgoingPublish } from './outgoing-publish.ts';
import type { TopicOptions } from './subscription-options.ts';

/** Whose output it is. */
export interface ClientOutputOwner {
  /** The turn ends: what is still to be written comes before its bytes go. */
  beforeFlush(): void;
  /** The client does not take what it is sent, or does again. */
  setBlocked(blocked: boolean): void;
  report(level: 'info', what: string, details?: Record<string, unknown>): void;
}

const scratch = new ByteWriter(512);

/** What one client is sent: written once a turn, never a packet larger than it takes, and no more than it keeps up with. */
export class ClientOutput implements Task {
  deferred = false;
  /** Too much is unsent: nothing is delivered, and nothing is read, until the client has taken some. */
  blocked = false;
  blockedAtMs = 0;
  version: MqttVersion = 4;
  /** The largest packet that the client takes. */
  packetSizeBytesMax = Number.POSITIVE_INFINITY;
  readonly #stream: Duplex;
  readonly #bytes: ConnectionOutput<ByteWriter>;
  readonly #turn: Turn;
  readonly #limits: MqttLimits;
  readonly #owner: ClientOutputOwner;
  #publish: OutgoingPublish | undefined;

  constructor(stream: Duplex, slabs: SlabPool, turn: Turn, limits: MqttLimits, owner: ClientOutputOwner) {
    this.#stream = stream;
    this.#bytes = new ConnectionOutput(stream, slabs, allocate => new ByteWriter(0, allocate));
    this.#turn = turn;
    this.#limits = limits;
    this.#owner = owner;
  }

  get unsentBytes(): number {
    return this.#bytes.unsentBytes;
  }

  /** Whether the client takes a packet of this size. */
  fits(packet: Packet): boolean {
    if (this.packetSizeBytesMax === Number.POSITIVE_INFINITY) return true;
    scratch.length = 0;
    encodePacket(scratch, packet, this.version);
    return scratch.length <= this.packetSizeBytesMax;
  }

  /** [MQTT-3.1.2-24]: what is larger than the client takes goes without its words, or else is left out. */
  packet(packet: Packet): void {
    const output = this.#bytes.room(0);
    const start = output.length;
    encodePacket(output, packet, this.version);
    if (output.length - start > this.packetSizeBytesMax) {
      output.length = start;
      // [MQTT-3.2.2-19], [MQTT-3.14.2-3], [MQTT-3.15.2-2]
      if ('properties' in packet && packet.properties?.reasonString !== undefined) {
        const { reasonString: _words, ...properties } = packet.properties;
        return this.packet({ ...packet, properties });
      }
      return this.#owner.report('info', `${packet.kind.toUpperCase()} left out: it is larger than this client takes`);
    }
    this.#written();
  }

  ack(kind: 'puback' | 'pubrec' | 'pubrel' | 'pubcomp', packetId: number, reasonCode: number): void {
    writeAck(this.#bytes.room(8), kind, packetId, reasonCode, this.version);
    this.#written();
  }

  /** The client may be published to, with so many topic aliases. */
  openPublish(topicAliasMaximum: number): void {
    this.#publish = new OutgoingPublish(this.#bytes, this.version, this.packetSizeBytesMax, topicAliasMaximum);
  }

  /** False: it is larger than the client takes. */
  publish(message: Message, qos: Qos, packetId: number, duplicate: boolean, retain: boolean, options: TopicOptions): boolean {
    const written = this.#publish!.write(message, qos, packetId, duplicate, retain, options);
    if (written) this.#written();
    else this.#owner.report('info', 'message left out: it is larger than this client takes', { topic: message.topic });
    return written;
  }

  #written(): void {
    this.later();
    if (this.blocked || this.#bytes.unsentBytes <= this.#limits.unsentBytesMax) return;
    // A busy turn can gather as much by itself: only what the socket does not take either makes the client a slow one.
    if (!this.#stream.destroyed) this.#bytes.flush();
    if (this.#bytes.unsentBytes <= this.#limits.unsentBytesMax) return;
    this.blocked = true;
    this.blockedAtMs = this.#turn.nowMs;
    this.#owner.setBlocked(true);
  }

  /** Something is due at the end of this turn. */
  later(): void {
    if (!this.deferred) this.#turn.deferLast(this);
  }

  /** The socket has room. */
  drained(): void {
    if (!this.blocked || this.#bytes.unsentBytes > this.#limits.unsentBytesMax / 2) return;
    this.blocked = false;
    this.#owner.setBlocked(false);
  }

  run(): void {
    this.#owner.beforeFlush();
    if (this.#stream.destroyed) return;
    this.#bytes.flush();
    if (this.blocked && this.#bytes.unsentBytes === 0) this.drained();
  }
}
