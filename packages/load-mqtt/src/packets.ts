import type { Qos } from './load-options.ts';

/**
 * The packets that a generator writes (MQTT 3.1.1 and 5.0, section 3). It reads by packet types alone.
 *
 *     type 4 bits │ flags 4 bits │ remaining length, 1 to 4 bytes │ …
 */
export const PUBLISH = 3;
export const CONNACK = 2;
export const PUBACK = 4;
export const PUBREC = 5;
export const PUBREL = 6;
export const PUBCOMP = 7;
export const SUBACK = 9;
export const DISCONNECT = 14;

export function connectPacket(clientId: string, version: 4 | 5): Buffer {
  const cleanSession = 2;
  const properties = version === 5 ? [0] : [];
  return packet(0x10, Buffer.concat([text('MQTT'), Buffer.of(version, cleanSession, 0, 0, ...properties), text(clientId)]));
}

export function subscribePacket(filter: string, qos: Qos, version: 4 | 5): Buffer {
  const properties = version === 5 ? [0] : [];
  return packet(0x82, Buffer.concat([Buffer.of(0, 1, ...properties), text(filter), Buffer.of(qos)]));
}

export const DISCONNECT_PACKET: Buffer = Buffer.of(0xe0, 0);

function packet(first: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.of(first), lengthOf(body.length), body]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 255), bytes]);
}

/** A variable byte integer (section 1.5.5). */
function lengthOf(length: number): Buffer {
  const bytes: number[] = [];
  let rest = length;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return Buffer.from(bytes);
}

/**
 * A buffer full of one PUBLISH, many times over, ready to be written: nothing is copied to send, and only packet identifiers are patched in.
 */
export class PublishBurst {
  readonly bytes: Buffer;
  /** Bytes of one PUBLISH. */
  readonly stride: number;
  /** How many the buffer holds. */
  readonly capacity: number;
  /** Where the packet identifier stands; -1: there is none. */
  readonly #idAt: number;

  constructor(shape: {
    readonly topic: string;
    readonly qos: Qos;
    readonly version: 4 | 5;
    readonly sizeBytes: number;
    readonly bytesMax: number;
  }) {
    const { qos, version, sizeBytes, bytesMax } = shape;
    const topic = text(shape.topic);
    const id = qos > 0 ? [0, 0] : [];
    const properties = version === 5 ? [0] : [];
    const one = packet(0x30 | (qos << 1), Buffer.concat([topic, Buffer.of(...id, ...properties), Buffer.alloc(sizeBytes, 'x')]));
    this.stride = one.length;
    this.capacity = Math.max(1, Math.floor(bytesMax / one.length));
    this.bytes = Buffer.alloc(this.capacity * one.length, one);
    this.#idAt = qos === 0 ? -1 : one.length - sizeBytes - properties.length - id.length;
  }

  /** Numbers the first `count` publishes from `packetId` on, and answers the next identifier: 1 to 65,535, round and round. */
  number(packetId: number, count: number): number {
    if (this.#idAt < 0) return packetId;
    let next = packetId;
    for (let i = 0, at = this.#idAt; i < count; i++, at += this.stride) {
      this.bytes[at] = next >> 8;
      this.bytes[at + 1] = next;
      next = next === 0xffff ? 1 : next + 1;
    }
    return next;
  }
}
