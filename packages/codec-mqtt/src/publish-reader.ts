import { MqttDecodeError, malformed, protocolError } from './decode-error.ts';
import { publishQos } from './packet/publish.ts';
import { FLAG_DUPLICATE, FLAG_RETAIN, type MqttVersion, type Qos } from './packet-type.ts';
import { topicAliasZero } from './properties.ts';
import { REASON } from './reason-code.ts';
import { checkText, wildcardAt } from './text.ts';

const EMPTY = new Uint8Array(0);

/**
 * Reads PUBLISH packets (section 3.3) one after the other into its own fields, with the same checks as `decodePacket`, and allocates
 * nothing. The spans are offsets into the bytes that were given.
 *
 *     topic length  topic name  packet identifier  property length  properties  payload
 *     2             …           2, QoS 1 and 2     1 to 4, 5.0      …           …
 */
export class PublishReader {
  qos: Qos = 0;
  duplicate = false;
  retain = false;
  /** Empty only where a topic alias stands for it. */
  topicStart = 0;
  topicEnd = 0;
  /** 0 with QoS 0. */
  packetId = 0;
  /** Without their length; empty in 3.1.1. */
  propertiesStart = 0;
  propertiesEnd = 0;
  payloadStart = 0;
  payloadEnd = 0;
  /** -1: none. */
  topicAlias = -1;
  /** Seconds; -1: none. */
  messageExpiryInterval = -1;
  /** The offset of the four bytes of the message expiry interval; -1: none. */
  messageExpiryAt = -1;
  /** 0 or 1; -1: none. */
  payloadFormatIndicator = -1;
  /** How many subscription identifiers there are; a client may not send any [MQTT-3.3.4-6]. */
  subscriptionIdentifiers = 0;
  #bytes: Uint8Array = EMPTY;
  #at = 0;

  /** Reads the PUBLISH with this first byte and the body `bytes[start, end)`. Throws `MqttDecodeError`. */
  read(first: number, bytes: Uint8Array, start: number, end: number, version: MqttVersion): void {
    this.qos = publishQos(first);
    this.duplicate = (first & FLAG_DUPLICATE) !== 0;
    this.retain = (first & FLAG_RETAIN) !== 0;
    this.topicAlias = -1;
    this.messageExpiryInterval = -1;
    this.messageExpiryAt = -1;
    this.payloadFormatIndicator = -1;
    this.subscriptionIdentifiers = 0;
    let at = start + 2;
    if (at > end) throw ends('topic name');
    const topicEnd = at + ((bytes[start]! << 8) | bytes[start + 1]!);
    if (topicEnd > end) throw ends('topic name');
    if (wildcardAt(bytes, at, topicEnd) >= 0) {
      throw new MqttDecodeError(REASON.topicNameInvalid, 'the topic name has a wildcard, which only a filter may have');
    }
    this.topicStart = at;
    this.topicEnd = topicEnd;
    const topicEmpty = at === topicEnd;
    at = topicEnd;
    if (this.qos === 0) {
      this.packetId = 0;
    } else {
      if (at + 2 > end) throw ends('packet identifier');
      const packetId = (bytes[at]! << 8) | bytes[at + 1]!;
      // [MQTT-2.2.1-3] (3.1.1: [MQTT-2.3.1-1])
      if (packetId === 0) throw protocolError('PUBLISH packet identifier is zero');
      this.packetId = packetId;
      at += 2;
    }
    if (version === 5) {
      if (at < end && bytes[at] === 0) {
        at++;
        this.propertiesStart = at;
        this.propertiesEnd = at;
      } else {
        this.#bytes = bytes;
        this.#at = at;
        this.#readProperties(end);
        at = this.propertiesEnd;
        this.#bytes = EMPTY;
      }
    } else {
      this.propertiesStart = at;
      this.propertiesEnd = at;
    }
    if (topicEmpty) this.#checkEmptyTopic(version);
    this.payloadStart = at;
    this.payloadEnd = end;
  }

  #checkEmptyTopic(version: MqttVersion): void {
    // [MQTT-4.7.3-1]
    if (version === 4) throw new MqttDecodeError(REASON.topicNameInvalid, 'the topic name is empty');
    // Section 3.3.2.1
    if (this.topicAlias < 0) throw protocolError('PUBLISH topic name is empty, and there is no topic alias');
  }

  /** Walks over the properties that a PUBLISH may have (section 3.3.2.3); `bytes[#at]` is where their length begins. */
  #readProperties(packetEnd: number): void {
    const size = this.#variableInteger(packetEnd);
    const end = this.#at + size;
    if (end > packetEnd) throw malformed(`PUBLISH has no room for properties of ${size} bytes`);
    this.propertiesStart = this.#at;
    this.propertiesEnd = end;
    // One bit for each of the six properties that may come once; those with reason to be known have a field instead.
    let seen = 0;
    while (this.#at < end) {
      const id = this.#variableInteger(end);
      switch (id) {
        case 0x01:
          if (this.payloadFormatIndicator >= 0) throw twice('payloadFormatIndicator');
          this.payloadFormatIndicator = this.#bit(end);
          break;
        case 0x02:
          if (this.messageExpiryAt >= 0) throw twice('messageExpiryInterval');
          this.messageExpiryAt = this.#at;
          this.messageExpiryInterval = this.#u16(end) * 0x1_0000 + this.#u16(end);
          break;
        case 0x03:
          if ((seen & 1) !== 0) throw twice('contentType');
          seen |= 1;
          this.#skipText(end);
          break;
        case 0x08:
          if ((seen & 2) !== 0) throw twice('responseTopic');
          seen |= 2;
          this.#skipTopic(end);
          break;
        case 0x09:
          if ((seen & 4) !== 0) throw twice('correlationData');
          seen |= 4;
          this.#at = this.#spanEnd(end);
          break;
        case 0x0b:
          if (this.#variableInteger(end) === 0) throw protocolError('PUBLISH subscriptionIdentifiers is zero');
          this.subscriptionIdentifiers++;
          break;
        case 0x23:
          if (this.topicAlias >= 0) throw twice('topicAlias');
          this.topicAlias = this.#u16(end);
          if (this.topicAlias === 0) throw topicAliasZero();
          break;
        case 0x26:
          this.#skipText(end);
          this.#skipText(end);
          break;
        default:
          throw malformed(`PUBLISH may not have the property ${id}`);
      }
    }
  }

  #variableInteger(end: number): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      if (this.#at >= end) throw ends('properties');
      const byte = this.#bytes[this.#at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        // [MQTT-1.5.5-1]
        if (byte === 0 && shift > 0) throw malformed('PUBLISH has a number of more bytes than it needs');
        return value;
      }
    }
    throw malformed('PUBLISH has a variable byte integer of more than four bytes');
  }

  #bit(end: number): number {
    if (this.#at >= end) throw ends('properties');
    const value = this.#bytes[this.#at++]!;
    if (value > 1) throw protocolError(`PUBLISH payloadFormatIndicator is ${value}, which is neither 0 nor 1`);
    return value;
  }

  #u16(end: number): number {
    const at = this.#at;
    if (at + 2 > end) throw ends('properties');
    this.#at = at + 2;
    return (this.#bytes[at]! << 8) | this.#bytes[at + 1]!;
  }

  /** The offset after a length of two bytes and what it announces; `#at` is left after the length. */
  #spanEnd(end: number): number {
    const size = this.#u16(end);
    if (this.#at + size > end) throw ends('properties');
    return this.#at + size;
  }

  #skipText(end: number): void {
    const textEnd = this.#spanEnd(end);
    checkText(this.#bytes, this.#at, textEnd);
    this.#at = textEnd;
  }

  /** [MQTT-3.3.2-14]: a response topic is a topic name. */
  #skipTopic(end: number): void {
    const textEnd = this.#spanEnd(end);
    if (this.#at === textEnd) throw new MqttDecodeError(REASON.topicNameInvalid, 'the responseTopic is empty');
    if (wildcardAt(this.#bytes, this.#at, textEnd) >= 0) {
      throw new MqttDecodeError(REASON.topicNameInvalid, 'the responseTopic has a wildcard, which only a filter may have');
    }
    this.#at = textEnd;
  }
}

function ends(field: string): MqttDecodeError {
  return malformed(`PUBLISH ends within ${field}`);
}

function twice(name: string): MqttDecodeError {
  return protocolError(`PUBLISH ${name} comes twice`);
}
