import type { ByteWriter } from '../byte-writer.ts';
import { MqttDecodeError } from '../decode-error.ts';
import type { FieldReader } from '../field-reader.ts';
import { writePacketId, writeText } from '../field-writer.ts';
import type { MqttVersion, Qos } from '../packet-type.ts';
import { decodeProperties, encodeProperties, type Properties } from '../properties.ts';
import { REASON } from '../reason-code.ts';
import { parseSharedFilter, refusePlainFilter, refuseTopicFilter } from '../topic-filter.ts';

/** When retained messages are sent (section 3.8.3.1): on each subscribe, only when the subscription is new, never. */
export const RETAIN_SEND = 0;
export const RETAIN_SEND_IF_NEW = 1;
export const RETAIN_DO_NOT_SEND = 2;
export type RetainHandling = 0 | 1 | 2;

export interface Subscription {
  filter: string;
  /** The most that the subscriber wants. */
  qos: Qos;
  /** The subscriber's own messages are left out. MQTT 5.0; false in 3.1.1. */
  noLocal: boolean;
  /** Messages keep the RETAIN flag they were published with. MQTT 5.0; false in 3.1.1. */
  retainAsPublished: boolean;
  /** MQTT 5.0; `RETAIN_SEND` in 3.1.1. */
  retainHandling: RetainHandling;
}

/**
 * SUBSCRIBE (section 3.8), type 8:
 *
 *     packet identifier     two bytes
 *     properties                       5.0
 *     filter                string     this and the next, once or more
 *     subscription options  byte       00, retain handling (two bits), retain as published, no local, QoS (two bits)
 *                                      3.1.1: 000000, QoS (two bits)
 */
export interface Subscribe {
  packetId: number;
  /** MQTT 5.0 only. */
  properties?: Properties;
  /** At least one. */
  subscriptions: Subscription[];
}

const FLAG_NO_LOCAL = 0b0000_0100;
const FLAG_RETAIN_AS_PUBLISHED = 0b0000_1000;
const RETAIN_HANDLING_SHIFT = 4;

export function decodeSubscribe(fields: FieldReader, version: MqttVersion): { kind: 'subscribe' } & Subscribe {
  const subscribe: { kind: 'subscribe' } & Subscribe = { kind: 'subscribe', packetId: fields.packetId(), subscriptions: [] };
  if (version === 5) {
    const properties = decodeProperties(fields, 'subscribe');
    if (properties !== undefined) subscribe.properties = properties;
  }
  // [MQTT-3.8.3-2] (3.1.1: [MQTT-3.8.3-3])
  if (fields.left === 0) throw fields.invalid('payload', 'has no topic filter');
  while (fields.left > 0) subscribe.subscriptions.push(decodeSubscription(fields, version));
  return subscribe;
}

function decodeSubscription(fields: FieldReader, version: MqttVersion): Subscription {
  const filter = filterField(fields, version);
  const options = fields.u8('subscription options');
  const qos = options & 3;
  // [MQTT-3.8.3-5] (3.1.1: [MQTT-3.8.3-4])
  if ((options & (version === 5 ? 0b1100_0000 : 0b1111_1100)) !== 0) throw fields.malformed('has reserved subscription options set');
  if (qos === 3) throw version === 5 ? fields.invalid('QoS', 'is 3') : fields.malformed('has a QoS of 3');
  const retainHandling = options >> RETAIN_HANDLING_SHIFT;
  if (retainHandling === 3) throw fields.invalid('retain handling', 'is 3');
  const noLocal = (options & FLAG_NO_LOCAL) !== 0;
  // [MQTT-3.8.3-4]
  if (noLocal && parseSharedFilter(filter).share !== undefined) throw fields.invalid('no local', 'is set for a shared subscription');
  return {
    filter,
    qos: qos as Qos,
    noLocal,
    retainAsPublished: (options & FLAG_RETAIN_AS_PUBLISHED) !== 0,
    retainHandling: retainHandling as RetainHandling,
  };
}

/** The next field as a topic filter, which is checked. */
export function filterField(fields: FieldReader, version: MqttVersion): string {
  const filter = fields.text('topic filter');
  const refusal = version === 5 ? refuseTopicFilter(filter) : refusePlainFilter(filter);
  if (refusal !== undefined) throw new MqttDecodeError(REASON.topicFilterInvalid, `the topic filter ${refusal}`);
  return filter;
}

export function encodeSubscribe(writer: ByteWriter, subscribe: Subscribe, version: MqttVersion): void {
  writePacketId(writer, subscribe.packetId);
  if (version === 5) encodeProperties(writer, subscribe.properties, 'subscribe');
  for (const { filter, qos, noLocal, retainAsPublished, retainHandling } of subscribe.subscriptions) {
    writeText(writer, filter);
    if (version === 4) {
      writer.u8(qos);
    } else {
      const flags = (noLocal ? FLAG_NO_LOCAL : 0) | (retainAsPublished ? FLAG_RETAIN_AS_PUBLISHED : 0);
      writer.u8(qos | flags | (retainHandling << RETAIN_HANDLING_SHIFT));
    }
  }
}
