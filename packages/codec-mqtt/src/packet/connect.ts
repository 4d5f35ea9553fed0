import type { ByteWriter } from '../byte-writer.ts';
import { MqttDecodeError } from '../decode-error.ts';
import type { FieldReader } from '../field-reader.ts';
import { writeBinary, writeText } from '../field-writer.ts';
import type { MqttVersion, Qos } from '../packet-type.ts';
import { checkAuthentication, decodeProperties, encodeProperties, type Properties } from '../properties.ts';
import { REASON } from '../reason-code.ts';
import { refuseTopicName } from '../topic-filter.ts';

/** What the server publishes for a client that goes without DISCONNECT (section 3.1.2.5). */
export interface Will {
  topic: string;
  payload: Uint8Array;
  qos: Qos;
  retain: boolean;
  /** MQTT 5.0 only. */
  properties?: Properties;
}

/**
 * CONNECT (section 3.1), type 1:
 *
 *     protocol name         string     'MQTT'
 *     protocol level        byte       4 or 5
 *     connect flags         byte       user name, password, will retain, will QoS (two bits), will, clean start, 0
 *     keep alive            two bytes  seconds
 *     properties                       5.0
 *     client identifier     string
 *     will properties                  5.0, if there is a will
 *     will topic            string     if there is a will
 *     will payload          binary     if there is a will
 *     user name             string     if its flag is set
 *     password              binary     if its flag is set
 */
export interface Connect {
  version: MqttVersion;
  /** In 3.1.1 the clean session flag, which also says that the session ends with the connection. */
  cleanStart: boolean;
  /** 0: none. */
  keepAliveSeconds: number;
  /** May be empty; what it may be is for the server to decide. */
  clientId: string;
  will?: Will;
  userName?: string;
  password?: Uint8Array;
  /** MQTT 5.0 only. */
  properties?: Properties;
}

const PROTOCOL_NAME = 'MQTT';

const FLAG_CLEAN_START = 0b0000_0010;
const FLAG_WILL = 0b0000_0100;
const WILL_QOS_SHIFT = 3;
const FLAG_WILL_RETAIN = 0b0010_0000;
const FLAG_PASSWORD = 0b0100_0000;
const FLAG_USER_NAME = 0b1000_0000;

/**
 * The level that the CONNECT in `bytes[start, end)` names; -1 when it does not get so far or is no MQTT. Never throws. Tells which
 * version's CONNACK can be understood by a client whose CONNECT was refused.
 */
export function readProtocolLevel(bytes: Uint8Array, start: number, end: number): number {
  const level = start + 2 + PROTOCOL_NAME.length;
  if (level >= end || bytes[start] !== 0 || bytes[start + 1] !== PROTOCOL_NAME.length) return -1;
  for (let index = 0; index < PROTOCOL_NAME.length; index++) {
    if (bytes[start + 2 + index] !== PROTOCOL_NAME.charCodeAt(index)) return -1;
  }
  return bytes[level]!;
}

export function decodeConnect(fields: FieldReader): { kind: 'connect' } & Connect {
  const protocol = fields.text('protocol name');
  // [MQTT-3.1.2-1]
  if (protocol !== PROTOCOL_NAME) throw unsupported(`${JSON.stringify(protocol)} is not spoken here`);
  const version = fields.u8('protocol level');
  // [MQTT-3.1.2-2]
  if (version !== 4 && version !== 5) throw unsupported(`protocol level ${version} is not spoken here`);
  const flags = fields.u8('connect flags');
  // [MQTT-3.1.2-3]
  if ((flags & 1) !== 0) throw fields.malformed('has its reserved connect flag set');
  checkFlags(fields, flags, version);
  const connect: { kind: 'connect' } & Connect = {
    kind: 'connect',
    version,
    cleanStart: (flags & FLAG_CLEAN_START) !== 0,
    keepAliveSeconds: fields.u16('keep alive'),
    clientId: '',
  };
  if (version === 5) {
    const properties = decodeProperties(fields, 'connect');
    checkAuthentication(properties);
    if (properties !== undefined) connect.properties = properties;
  }
  connect.clientId = fields.text('client identifier');
  if ((flags & FLAG_WILL) !== 0) connect.will = decodeWill(fields, flags, version);
  if ((flags & FLAG_USER_NAME) !== 0) connect.userName = fields.text('user name');
  if ((flags & FLAG_PASSWORD) !== 0) connect.password = fields.binary('password');
  return connect;
}

function checkFlags(fields: FieldReader, flags: number, version: MqttVersion): void {
  const willQos = (flags >> WILL_QOS_SHIFT) & 3;
  if ((flags & FLAG_WILL) === 0) {
    // [MQTT-3.1.2-11], [MQTT-3.1.2-13] (3.1.1: [MQTT-3.1.2-13], [MQTT-3.1.2-15])
    if (willQos !== 0) throw fields.malformed('has a will QoS, but no will');
    if ((flags & FLAG_WILL_RETAIN) !== 0) throw fields.malformed('has the will retain flag, but no will');
  }
  // [MQTT-3.1.2-12] (3.1.1: [MQTT-3.1.2-14])
  if (willQos === 3) throw fields.malformed('has a will QoS of 3');
  // [MQTT-3.1.2-22] of 3.1.1; 5.0 allows it.
  if (version === 4 && (flags & FLAG_PASSWORD) !== 0 && (flags & FLAG_USER_NAME) === 0) {
    throw fields.malformed('has a password, but no user name');
  }
}

function decodeWill(fields: FieldReader, flags: number, version: MqttVersion): Will {
  const properties = version === 5 ? decodeProperties(fields, 'will') : undefined;
  const topic = fields.text('will topic');
  const refusal = refuseTopicName(topic);
  if (refusal !== undefined) throw new MqttDecodeError(REASON.topicNameInvalid, `the will topic ${refusal}`);
  const will: Will = {
    topic,
    payload: fields.binary('will payload'),
    qos: ((flags >> WILL_QOS_SHIFT) & 3) as Qos,
    retain: (flags & FLAG_WILL_RETAIN) !== 0,
  };
  if (properties !== undefined) will.properties = properties;
  return will;
}

export function encodeConnect(writer: ByteWriter, connect: Connect): void {
  const { version, will, userName, password } = connect;
  // [MQTT-3.1.2-22] of 3.1.1.
  if (version === 4 && password !== undefined && userName === undefined) throw new RangeError('a password of 3.1.1 needs a user name');
  writeText(writer, PROTOCOL_NAME);
  writer.u8(version);
  let flags = connect.cleanStart ? FLAG_CLEAN_START : 0;
  if (will !== undefined) flags |= FLAG_WILL | (will.qos << WILL_QOS_SHIFT) | (will.retain ? FLAG_WILL_RETAIN : 0);
  if (password !== undefined) flags |= FLAG_PASSWORD;
  if (userName !== undefined) flags |= FLAG_USER_NAME;
  writer.u8(flags);
  writer.u16(connect.keepAliveSeconds);
  if (version === 5) encodeProperties(writer, connect.properties, 'connect');
  writeText(writer, connect.clientId);
  if (will !== undefined) {
    if (version === 5) encodeProperties(writer, will.properties, 'will');
    writeText(writer, will.topic);
    writeBinary(writer, will.payload);
  }
  if (userName !== undefined) writeText(writer, userName);
  if (password !== undefined) writeBinary(writer, password);
}

function unsupported(message: string): MqttDecodeError {
  return new MqttDecodeError(REASON.unsupportedProtocolVersion, message);
}
