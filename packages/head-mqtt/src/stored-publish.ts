import {
  ByteWriter,
  decodePacket,
  type Properties,
  PUBLISH,
  type PublishReader,
  type Qos,
  writeForwardedProperties,
} from '@angarium/codec-mqtt';
import { ENCODING_MQTT, type Message } from '@angarium/core';

/**
 * An MQTT message in the core: what follows the topic and the packet identifier in its PUBLISH, without what belongs to the connection it came by.
 *
 *     format  bit 0: there are properties; bits 1 and 2: the QoS it was published with
 *     bytes   property length (variable) │ properties │ payload        with properties
 *             payload                                                  without
 */
const FORMAT_PROPERTIES = 1;

/** Of another protocol's message: one whose sender waits for an outcome, or that is stored, comes at least once. */
export function publishedQos(message: Message): Qos {
  if (message.encoding === ENCODING_MQTT) return ((message.format >> 1) & 3) as Qos;
  return message.durable || !message.settled ? 1 : 0;
}

export function hasProperties(message: Message): boolean {
  return (message.format & FORMAT_PROPERTIES) !== 0;
}

const scratch = new ByteWriter(1024);

/** Fills the message from a PUBLISH; the bytes stay those of the packet where they can. */
export function fillFromPublish(message: Message, publish: PublishReader, bytes: Uint8Array): void {
  const { qos, propertiesStart, propertiesEnd, payloadStart, payloadEnd } = publish;
  message.encoding = ENCODING_MQTT;
  message.durable = qos > 0;
  message.settled = qos === 0;
  message.retained = publish.retain;
  message.retainedEmpty = publish.retain && payloadStart === payloadEnd;
  message.ttlMs = publish.messageExpiryInterval > 0 ? publish.messageExpiryInterval * 1000 : 0;
  message.headerSize = 0;
  message.priority = 4;
  message.deliveryCount = 0;
  message.more = false;
  if (propertiesStart === propertiesEnd) {
    message.format = qos << 1;
    message.bytes = bytes;
    message.start = payloadStart;
    message.end = payloadEnd;
    return;
  }
  message.format = (qos << 1) | FORMAT_PROPERTIES;
  if (publish.topicAlias < 0 && publish.messageExpiryInterval < 0) {
    message.bytes = bytes;
    message.start = propertiesStart - lengthBytes(propertiesEnd - propertiesStart);
    message.end = payloadEnd;
    return;
  }
  // What belongs to the connection is left out; the time that is left is written anew when the message goes on.
  scratch.length = 0;
  scratch.reserve(4);
  scratch.length = 4;
  writeForwardedProperties(scratch, bytes, propertiesStart, propertiesEnd, -1);
  const size = scratch.length - 4;
  const start = 4 - lengthBytes(size);
  putLength(scratch.bytes, start, size);
  scratch.raw(bytes, payloadStart, payloadEnd);
  message.bytes = scratch.bytes;
  message.start = start;
  message.end = scratch.length;
}

/** The properties of an MQTT message. */
export function publishProperties(message: Message): Properties {
  if (!hasProperties(message)) return {};
  readStoredParts(message);
  // Decoded as those of a PUBLISH with an empty payload, whose topic is of no interest.
  const size = storedParts.payloadStart - message.start;
  const body = new Uint8Array(3 + size);
  body.set([0, 1, 0x74]);
  body.set(message.bytes.subarray(message.start, storedParts.payloadStart), 3);
  const packet = decodePacket(PUBLISH << 4, body, 0, body.length, 5);
  return (packet.kind === 'publish' && packet.properties) || {};
}

/** Where a stored message's properties and payload lie. One object, filled anew. */
export const storedParts = { propertiesStart: 0, propertiesEnd: 0, payloadStart: 0 };

export function readStoredParts(message: Message): void {
  if (!hasProperties(message)) {
    storedParts.propertiesStart = storedParts.propertiesEnd = storedParts.payloadStart = message.start;
    return;
  }
  let at = message.start;
  let size = 0;
  let scale = 1;
  for (;;) {
    const byte = message.bytes[at++]!;
    size += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
    scale *= 128;
  }
  storedParts.propertiesStart = at;
  storedParts.propertiesEnd = storedParts.payloadStart = at + size;
}

function lengthBytes(size: number): number {
  if (size < 128) return 1;
  if (size < 16_384) return 2;
  return size < 2_097_152 ? 3 : 4;
}

function putLength(bytes: Uint8Array, at: number, size: number): void {
  let rest = size;
  do {
    const more = rest > 0x7f;
    bytes[at++] = (rest & 0x7f) | (more ? 0x80 : 0);
    rest = Math.floor(rest / 128);
  } while (rest > 0);
}
