import { type ByteWriter, putVariableInteger, VARIABLE_INTEGER_MAX, variableIntegerBytes } from './byte-writer.ts';
import { publishFirstByte } from './packet/publish.ts';
import { FIXED_HEADER_BYTES_MAX } from './packet-splitter.ts';
import type { MqttVersion, Qos } from './packet-type.ts';

const EMPTY = new Uint8Array(0);

/** What stands before a PUBLISH's payload, as spans of bytes that are ready already. An object of this class is filled anew for each. */
export class PublishHead {
  qos: Qos = 0;
  duplicate = false;
  retain = false;
  /** Not written with QoS 0. */
  packetId = 0;
  /** The topic name is `topicBytes[topicStart, topicEnd)`. */
  topicBytes: Uint8Array = EMPTY;
  topicStart = 0;
  topicEnd = 0;
  /** The message's own properties are `propertiesBytes[propertiesStart, propertiesEnd)`, without their length; not written in 3.1.1. */
  propertiesBytes: Uint8Array = EMPTY;
  propertiesStart = 0;
  propertiesEnd = 0;
  /** Properties of this connection, which stand before the others: topic alias, subscription identifiers. */
  ownProperties: Uint8Array = EMPTY;
}

/**
 * Writes all of a PUBLISH (section 3.3) but for its payload of `payloadBytes`, for which there is room afterwards. Nothing is checked
 * but the size: throws a RangeError beyond what the protocol can say.
 *
 *     first byte  remaining length  topic length  topic  packet identifier  property length  properties
 *     1           1 to 4            2             …      2, QoS 1 and 2     1 to 4, 5.0      …
 */
export function writePublishHead(writer: ByteWriter, head: PublishHead, payloadBytes: number, version: MqttVersion): void {
  const { qos, topicBytes, topicStart, topicEnd, propertiesBytes, propertiesStart, propertiesEnd, ownProperties } = head;
  const topicSize = topicEnd - topicStart;
  let remaining = 2 + topicSize + payloadBytes;
  if (qos > 0) remaining += 2;
  let propertiesSize = 0;
  if (version === 5) {
    propertiesSize = ownProperties.length + propertiesEnd - propertiesStart;
    remaining += variableIntegerBytes(propertiesSize) + propertiesSize;
  }
  // Before there is room made for it.
  if (remaining > VARIABLE_INTEGER_MAX) throw new RangeError(`a PUBLISH of ${remaining} bytes is more than the protocol can say`);
  writer.reserve(FIXED_HEADER_BYTES_MAX + remaining);
  const { bytes, length } = writer;
  bytes[length] = publishFirstByte(qos, head.duplicate, head.retain);
  let at = putVariableInteger(bytes, length + 1, remaining);
  bytes[at] = topicSize >>> 8;
  bytes[at + 1] = topicSize;
  at = put(bytes, at + 2, topicBytes, topicStart, topicEnd);
  if (qos > 0) {
    bytes[at] = head.packetId >>> 8;
    bytes[at + 1] = head.packetId;
    at += 2;
  }
  if (version === 5) {
    at = putVariableInteger(bytes, at, propertiesSize);
    at = put(bytes, at, ownProperties, 0, ownProperties.length);
    at = put(bytes, at, propertiesBytes, propertiesStart, propertiesEnd);
  }
  writer.length = at;
}

/** How many bytes the whole packet has that `writePublishHead` begins, for a peer's maximum packet size [MQTT-3.1.2-24]. */
export function publishSize(head: PublishHead, payloadBytes: number, version: MqttVersion): number {
  let remaining = 2 + head.topicEnd - head.topicStart + payloadBytes;
  if (head.qos > 0) remaining += 2;
  if (version === 5) {
    const propertiesSize = head.ownProperties.length + head.propertiesEnd - head.propertiesStart;
    remaining += variableIntegerBytes(propertiesSize) + propertiesSize;
  }
  return 1 + variableIntegerBytes(remaining) + remaining;
}

/** Up to here a loop is quicker than a call of the platform's copy, in bytes. */
const SHORT_COPY_BYTES_MAX = 24;

/** Takes ranges, where `set` of a typed array takes a view: an object a message. */
const copyRange = Buffer.prototype.copy;

function put(bytes: Uint8Array, at: number, from: Uint8Array, start: number, end: number): number {
  const size = end - start;
  if (size > SHORT_COPY_BYTES_MAX) copyRange.call(from, bytes, at, start, end);
  else for (let index = 0; index < size; index++) bytes[at + index] = from[start + index]!;
  return at + size;
}
