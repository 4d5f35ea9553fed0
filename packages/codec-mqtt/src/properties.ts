import type { ByteWriter } from './byte-writer.ts';
import { MqttDecodeError, malformed, protocolError } from './decode-error.ts';
import type { FieldReader } from './field-reader.ts';
import { writeBinary, writeText } from './field-writer.ts';
import type { PacketKind } from './packet-type.ts';
import { REASON } from './reason-code.ts';
import { refuseTopicName } from './topic-filter.ts';

/** The properties of MQTT 5.0 (section 2.2.2.2, table 2-4). One that is absent is left out. */
export interface Properties {
  /** 1: the payload is UTF-8 text. Whether it really is, is for the receiver to check. */
  payloadFormatIndicator?: 0 | 1;
  /** Seconds. */
  messageExpiryInterval?: number;
  contentType?: string;
  responseTopic?: string;
  correlationData?: Uint8Array;
  /** 1 to 268,435,455 each; a SUBSCRIBE has one at most. */
  subscriptionIdentifiers?: number[];
  /** Seconds; 0xFFFFFFFF: for ever. */
  sessionExpiryInterval?: number;
  assignedClientIdentifier?: string;
  /** Seconds. */
  serverKeepAlive?: number;
  authenticationMethod?: string;
  authenticationData?: Uint8Array;
  requestProblemInformation?: boolean;
  /** Seconds. */
  willDelayInterval?: number;
  requestResponseInformation?: boolean;
  responseInformation?: string;
  serverReference?: string;
  reasonString?: string;
  /** 1 to 65,535. */
  receiveMaximum?: number;
  topicAliasMaximum?: number;
  /** 1 to 65,535. */
  topicAlias?: number;
  maximumQos?: 0 | 1;
  retainAvailable?: boolean;
  /** Name and value, in the order in which they came; names may come more than once. */
  userProperties?: [name: string, value: string][];
  /** Bytes, at least 1. */
  maximumPacketSize?: number;
  wildcardSubscriptionAvailable?: boolean;
  subscriptionIdentifierAvailable?: boolean;
  sharedSubscriptionAvailable?: boolean;
}

/** Where properties may stand: in a packet, or in the will of a CONNECT. */
export type PropertyHolder = Exclude<PacketKind, 'pingreq' | 'pingresp'> | 'will';

/** Positive numbers may not be zero. The lists are of numbers of variable length, and of pairs of strings. */
export type PropertyType =
  | 'bit'
  | 'boolean'
  | 'uint16'
  | 'uint32'
  | 'positive16'
  | 'positive32'
  | 'text'
  | 'topic'
  | 'binary'
  | 'identifiers'
  | 'pairs';

export interface PropertyRow {
  readonly id: number;
  readonly name: keyof Properties;
  readonly type: PropertyType;
  readonly holders: readonly PropertyHolder[];
}

const MESSAGE: readonly PropertyHolder[] = ['publish', 'will'];
const CONNECTING: readonly PropertyHolder[] = ['connect', 'connack'];
const ANSWERS: readonly PropertyHolder[] = ['connack', 'puback', 'pubrec', 'pubrel', 'pubcomp', 'suback', 'unsuback', 'disconnect', 'auth'];
const HOLDERS: readonly PropertyHolder[] = ['connect', ...ANSWERS, 'publish', 'subscribe', 'unsubscribe', 'will'];

/** Table 2-4: every property, its type, and what may have it. They are written in this order. */
export const PROPERTIES: readonly PropertyRow[] = [
  { id: 0x01, name: 'payloadFormatIndicator', type: 'bit', holders: MESSAGE },
  { id: 0x02, name: 'messageExpiryInterval', type: 'uint32', holders: MESSAGE },
  { id: 0x03, name: 'contentType', type: 'text', holders: MESSAGE },
  { id: 0x08, name: 'responseTopic', type: 'topic', holders: MESSAGE },
  { id: 0x09, name: 'correlationData', type: 'binary', holders: MESSAGE },
  { id: 0x0b, name: 'subscriptionIdentifiers', type: 'identifiers', holders: ['publish', 'subscribe'] },
  { id: 0x11, name: 'sessionExpiryInterval', type: 'uint32', holders: [...CONNECTING, 'disconnect'] },
  { id: 0x12, name: 'assignedClientIdentifier', type: 'text', holders: ['connack'] },
  { id: 0x13, name: 'serverKeepAlive', type: 'uint16', holders: ['connack'] },
  { id: 0x15, name: 'authenticationMethod', type: 'text', holders: [...CONNECTING, 'auth'] },
  { id: 0x16, name: 'authenticationData', type: 'binary', holders: [...CONNECTING, 'auth'] },
  { id: 0x17, name: 'requestProblemInformation', type: 'boolean', holders: ['connect'] },
  { id: 0x18, name: 'willDelayInterval', type: 'uint32', holders: ['will'] },
  { id: 0x19, name: 'requestResponseInformation', type: 'boolean', holders: ['connect'] },
  { id: 0x1a, name: 'responseInformation', type: 'text', holders: ['connack'] },
  { id: 0x1c, name: 'serverReference', type: 'text', holders: ['connack', 'disconnect'] },
  { id: 0x1f, name: 'reasonString', type: 'text', holders: ANSWERS },
  { id: 0x21, name: 'receiveMaximum', type: 'positive16', holders: CONNECTING },
  { id: 0x22, name: 'topicAliasMaximum', type: 'uint16', holders: CONNECTING },
  { id: 0x23, name: 'topicAlias', type: 'positive16', holders: ['publish'] },
  { id: 0x24, name: 'maximumQos', type: 'bit', holders: ['connack'] },
  { id: 0x25, name: 'retainAvailable', type: 'boolean', holders: ['connack'] },
  { id: 0x26, name: 'userProperties', type: 'pairs', holders: HOLDERS },
  { id: 0x27, name: 'maximumPacketSize', type: 'positive32', holders: CONNECTING },
  { id: 0x28, name: 'wildcardSubscriptionAvailable', type: 'boolean', holders: ['connack'] },
  { id: 0x29, name: 'subscriptionIdentifierAvailable', type: 'boolean', holders: ['connack'] },
  { id: 0x2a, name: 'sharedSubscriptionAvailable', type: 'boolean', holders: ['connack'] },
];

const rowById = new Map(PROPERTIES.map(row => [row.id, row]));

/**
 * The next fields as properties (section 2.2.2); `undefined` when there are none. Throws `MqttDecodeError`: malformed for a property
 * that is unknown or may not stand here, protocol error for one that comes twice or has a value it may not have.
 *
 *     length (variable byte integer)   identifier (variable byte integer)  value   identifier  value  …
 */
export function decodeProperties(fields: FieldReader, holder: PropertyHolder): Properties | undefined {
  const size = fields.variableInteger('property length');
  if (size === 0) return undefined;
  if (size > fields.left) throw fields.malformed(`has no room for properties of ${size} bytes`);
  const end = fields.at + size;
  const properties: Record<string, unknown> = {};
  while (fields.at < end) {
    const id = fields.variableInteger('property identifier');
    const row = rowById.get(id);
    if (row === undefined) throw fields.malformed(`has the unknown property ${id}`);
    if (!row.holders.includes(holder))
      throw fields.malformed(`may not have the property ${row.name}${holder === 'will' ? ' in its will' : ''}`);
    const { name, type } = row;
    if (type === 'pairs') {
      listIn<[string, string]>(properties, name).push([fields.text('user property name'), fields.text('user property value')]);
    } else if (type === 'identifiers') {
      const identifiers = listIn<number>(properties, name);
      if (holder === 'subscribe' && identifiers.length > 0) throw fields.invalid(name, 'comes twice');
      identifiers.push(subscriptionIdentifier(fields));
    } else {
      if (name in properties) throw fields.invalid(name, 'comes twice');
      properties[name] = decodeValue(fields, row);
    }
  }
  if (fields.at > end) throw malformed('a property ends beyond the property length');
  return properties as Properties;
}

function listIn<Element>(properties: Record<string, unknown>, name: string): Element[] {
  properties[name] ??= [];
  return properties[name] as Element[];
}

function subscriptionIdentifier(fields: FieldReader): number {
  const identifier = fields.variableInteger('subscriptionIdentifiers');
  if (identifier === 0) throw fields.invalid('subscriptionIdentifiers', 'is zero');
  return identifier;
}

function decodeValue(fields: FieldReader, { name, type }: PropertyRow): unknown {
  switch (type) {
    case 'bit':
      return fields.bit(name);
    case 'boolean':
      return fields.bit(name) === 1;
    case 'uint16':
      return fields.u16(name);
    case 'uint32':
      return fields.u32(name);
    case 'positive16': {
      const value = fields.u16(name);
      if (value > 0) return value;
      // A topic alias of zero has a reason code of its own [MQTT-3.3.2-8].
      throw name === 'topicAlias' ? topicAliasZero() : fields.invalid(name, 'is zero');
    }
    case 'positive32': {
      const value = fields.u32(name);
      if (value > 0) return value;
      throw fields.invalid(name, 'is zero');
    }
    case 'text':
      return fields.text(name);
    case 'topic': {
      const topic = fields.text(name);
      const refusal = refuseTopicName(topic);
      if (refusal === undefined) return topic;
      throw new MqttDecodeError(REASON.topicNameInvalid, `the ${name} ${refusal}`);
    }
    case 'binary':
      return fields.binary(name);
    case 'identifiers':
    case 'pairs':
      throw new TypeError(`${name} is a list`);
  }
}

export function topicAliasZero(): MqttDecodeError {
  return new MqttDecodeError(REASON.topicAliasInvalid, 'PUBLISH topic alias is zero');
}

/** It is a protocol error to have authentication data without a method (sections 3.1.2.11.10, 3.2.2.3.18, 3.15.2.2.3). */
export function checkAuthentication(properties: Properties | undefined): void {
  if (properties?.authenticationData !== undefined && properties.authenticationMethod === undefined) {
    throw protocolError('there is authentication data without an authentication method');
  }
}

/** Writes properties and their length. Throws a RangeError for one that this holder may not have: that is the caller's mistake. */
export function encodeProperties(writer: ByteWriter, properties: Properties | undefined, holder: PropertyHolder): void {
  const start = writer.beginSized();
  if (properties !== undefined) {
    for (const row of PROPERTIES) {
      const value = properties[row.name];
      if (value === undefined) continue;
      if (!row.holders.includes(holder)) throw new RangeError(`${holder} may not have the property ${row.name}`);
      encodeProperty(writer, row, value);
    }
  }
  writer.endSized(start);
}

function encodeProperty(writer: ByteWriter, { id, type }: PropertyRow, value: Properties[keyof Properties]): void {
  if (type === 'pairs') {
    for (const [name, text] of value as [string, string][]) {
      writer.u8(id);
      writeText(writer, name);
      writeText(writer, text);
    }
    return;
  }
  if (type === 'identifiers') {
    for (const identifier of value as number[]) {
      writer.u8(id);
      writer.variableInteger(identifier);
    }
    return;
  }
  writer.u8(id);
  switch (type) {
    case 'bit':
    case 'boolean':
      writer.u8(Number(value));
      return;
    case 'uint16':
    case 'positive16':
      writer.u16(value as number);
      return;
    case 'uint32':
    case 'positive32':
      writer.u32(value as number);
      return;
    case 'text':
    case 'topic':
      writeText(writer, value as string);
      return;
    case 'binary':
      writeBinary(writer, value as Uint8Array);
      return;
  }
}
