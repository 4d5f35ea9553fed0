import type { ByteWriter } from '../byte-writer.ts';
import { MqttDecodeError, malformed } from '../decode-error.ts';
import type { FieldReader } from '../field-reader.ts';
import { writePacketId, writeText } from '../field-writer.ts';
import { FLAG_DUPLICATE, FLAG_RETAIN, type MqttVersion, PUBLISH, type Qos } from '../packet-type.ts';
import { decodeProperties, encodeProperties, type Properties } from '../properties.ts';
import { REASON } from '../reason-code.ts';
import { refuseTopicName } from '../topic-filter.ts';

/**
 * PUBLISH (section 3.3), type 3, flags DUP, QoS (two bits), RETAIN:
 *
 *     topic name         string     5.0: may be empty when there is a topic alias
 *     packet identifier  two bytes  QoS 1 and 2 only
 *     properties                    5.0
 *     payload                       all that is left
 */
export interface Publish {
  topic: string;
  qos: Qos;
  duplicate: boolean;
  retain: boolean;
  /** QoS 1 and 2 only. */
  packetId?: number;
  /** MQTT 5.0 only. */
  properties?: Properties;
  payload: Uint8Array;
}

export function decodePublish(first: number, fields: FieldReader, version: MqttVersion): { kind: 'publish' } & Publish {
  const qos = publishQos(first);
  const publish: { kind: 'publish' } & Publish = {
    kind: 'publish',
    topic: fields.text('topic name'),
    qos,
    duplicate: (first & FLAG_DUPLICATE) !== 0,
    retain: (first & FLAG_RETAIN) !== 0,
    payload: EMPTY,
  };
  if (qos > 0) publish.packetId = fields.packetId();
  if (version === 5) {
    const properties = decodeProperties(fields, 'publish');
    if (properties !== undefined) publish.properties = properties;
  }
  if (version === 5 && publish.topic === '') {
    // Section 3.3.2.1
    if (publish.properties?.topicAlias === undefined) throw fields.invalid('topic name', 'is empty, and there is no topic alias');
  } else {
    const refusal = refuseTopicName(publish.topic);
    if (refusal !== undefined) throw new MqttDecodeError(REASON.topicNameInvalid, `the topic name ${refusal}`);
  }
  publish.payload = fields.rest();
  return publish;
}

const EMPTY = new Uint8Array(0);

/** The QoS in the first byte of a PUBLISH, whose flags are checked. */
export function publishQos(first: number): Qos {
  const qos = (first >> 1) & 3;
  // [MQTT-3.3.1-4]
  if (qos === 3) throw malformed('PUBLISH has both QoS bits set');
  // [MQTT-3.3.1-2]
  if (qos === 0 && (first & FLAG_DUPLICATE) !== 0) throw malformed('PUBLISH has the DUP flag set with QoS 0');
  return qos as Qos;
}

/** The first byte of a PUBLISH. */
export function publishFirstByte(qos: Qos, duplicate: boolean, retain: boolean): number {
  return (PUBLISH << 4) | (duplicate && qos > 0 ? FLAG_DUPLICATE : 0) | (qos << 1) | (retain ? FLAG_RETAIN : 0);
}

export function encodePublish(writer: ByteWriter, publish: Publish, version: MqttVersion): void {
  writeText(writer, publish.topic);
  if (publish.qos > 0) writePacketId(writer, publish.packetId ?? 0);
  if (version === 5) encodeProperties(writer, publish.properties, 'publish');
  writer.raw(publish.payload);
}
