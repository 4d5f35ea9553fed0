import type { ByteWriter } from '../byte-writer.ts';
import { hexadecimal, malformed } from '../decode-error.ts';
import { FieldReader } from '../field-reader.ts';
import type { MqttVersion } from '../packet-type.ts';
import * as type from '../packet-type.ts';
import { type Acknowledgement, decodeAcknowledgement, encodeAcknowledgement } from './acknowledgement.ts';
import { type Auth, decodeAuth, encodeAuth } from './auth.ts';
import { type Connack, decodeConnack, encodeConnack } from './connack.ts';
import { type Connect, decodeConnect, encodeConnect } from './connect.ts';
import { type Disconnect, decodeDisconnect, encodeDisconnect } from './disconnect.ts';
import { decodePublish, encodePublish, type Publish, publishFirstByte } from './publish.ts';
import { decodeSuback, encodeSuback, type Suback } from './suback.ts';
import { decodeSubscribe, encodeSubscribe, type Subscribe } from './subscribe.ts';
import { decodeUnsuback, encodeUnsuback, type Unsuback } from './unsuback.ts';
import { decodeUnsubscribe, encodeUnsubscribe, type Unsubscribe } from './unsubscribe.ts';

/** An MQTT control packet (section 3). PINGREQ and PINGRESP say nothing but that they are there (sections 3.12, 3.13). */
export type Packet =
  | ({ kind: 'connect' } & Connect)
  | ({ kind: 'connack' } & Connack)
  | ({ kind: 'publish' } & Publish)
  | ({ kind: 'puback' } & Acknowledgement)
  | ({ kind: 'pubrec' } & Acknowledgement)
  | ({ kind: 'pubrel' } & Acknowledgement)
  | ({ kind: 'pubcomp' } & Acknowledgement)
  | ({ kind: 'subscribe' } & Subscribe)
  | ({ kind: 'suback' } & Suback)
  | ({ kind: 'unsubscribe' } & Unsubscribe)
  | ({ kind: 'unsuback' } & Unsuback)
  | { kind: 'pingreq' }
  | { kind: 'pingresp' }
  | ({ kind: 'disconnect' } & Disconnect)
  | ({ kind: 'auth' } & Auth);

/**
 * The packet whose first byte is `first` and whose body, without the fixed header, is `bytes[start, end)`. All that can be checked on
 * one packet is checked; what depends on the connection's direction or state is for the caller. A CONNECT names its own version.
 * Nothing of the answer points into `bytes`. Throws `MqttDecodeError`.
 *
 *     first byte   remaining length               body
 *     type flags   1 to 4 bytes (splitter)        bytes[start, end)
 */
export function decodePacket(first: number, bytes: Uint8Array, start: number, end: number, version: MqttVersion): Packet {
  const packetType = first >> 4;
  // [MQTT-2.1.3-1] (3.1.1: [MQTT-2.2.2-2])
  if (packetType !== type.PUBLISH && (first & 0x0f) !== type.FLAGS_RESERVED[packetType]) {
    throw malformed(`a packet begins with ${hexadecimal(first)}, whose flags its type may not have`);
  }
  const fields = new FieldReader(packetType, bytes, start, end);
  const packet = decodeBody(packetType, first, fields, version);
  fields.finish();
  return packet;
}

function decodeBody(packetType: number, first: number, fields: FieldReader, version: MqttVersion): Packet {
  switch (packetType) {
    case type.CONNECT:
      return decodeConnect(fields);
    case type.CONNACK:
      return decodeConnack(fields, version);
    case type.PUBLISH:
      return decodePublish(first, fields, version);
    case type.PUBACK:
      return decodeAcknowledgement('puback', fields, version);
    case type.PUBREC:
      return decodeAcknowledgement('pubrec', fields, version);
    case type.PUBREL:
      return decodeAcknowledgement('pubrel', fields, version);
    case type.PUBCOMP:
      return decodeAcknowledgement('pubcomp', fields, version);
    case type.SUBSCRIBE:
      return decodeSubscribe(fields, version);
    case type.SUBACK:
      return decodeSuback(fields, version);
    case type.UNSUBSCRIBE:
      return decodeUnsubscribe(fields, version);
    case type.UNSUBACK:
      return decodeUnsuback(fields, version);
    case type.PINGREQ:
      return { kind: 'pingreq' };
    case type.PINGRESP:
      return { kind: 'pingresp' };
    case type.DISCONNECT:
      return decodeDisconnect(fields, version);
    case type.AUTH:
      if (version === 5) return decodeAuth(fields);
      throw malformed('packet type 15 is reserved in MQTT 3.1.1');
    default:
      throw malformed(`packet type ${packetType} is reserved`);
  }
}

/**
 * Writes a whole packet. Fields that 3.1.1 does not know are left out there. Throws a RangeError for what cannot be said on the wire:
 * that is the caller's mistake, and `writer` is as it was before. A CONNECT is written in its own version.
 */
export function encodePacket(writer: ByteWriter, packet: Packet, version: MqttVersion): void {
  const before = writer.length;
  try {
    writer.u8(packetFirstByte(packet));
    const start = writer.beginSized();
    encodeBody(writer, packet, version);
    writer.endSized(start);
  } catch (error) {
    writer.length = before;
    throw error;
  }
}

function packetFirstByte(packet: Packet): number {
  if (packet.kind === 'publish') return publishFirstByte(packet.qos, packet.duplicate, packet.retain);
  return type.firstByte(type.PACKET_KINDS.indexOf(packet.kind));
}

function encodeBody(writer: ByteWriter, packet: Packet, version: MqttVersion): void {
  switch (packet.kind) {
    case 'connect':
      encodeConnect(writer, packet);
      return;
    case 'connack':
      encodeConnack(writer, packet, version);
      return;
    case 'publish':
      encodePublish(writer, packet, version);
      return;
    case 'puback':
    case 'pubrec':
    case 'pubrel':
    case 'pubcomp':
      encodeAcknowledgement(writer, packet.kind, packet, version);
      return;
    case 'subscribe':
      encodeSubscribe(writer, packet, version);
      return;
    case 'suback':
      encodeSuback(writer, packet, version);
      return;
    case 'unsubscribe':
      encodeUnsubscribe(writer, packet, version);
      return;
    case 'unsuback':
      encodeUnsuback(writer, packet, version);
      return;
    case 'pingreq':
    case 'pingresp':
      return;
    case 'disconnect':
      encodeDisconnect(writer, packet, version);
      return;
    case 'auth':
      if (version === 4) throw new RangeError('MQTT 3.1.1 has no AUTH');
      encodeAuth(writer, packet);
      return;
  }
}
