import type { ByteWriter } from '../byte-writer.ts';
import type { FieldReader } from '../field-reader.ts';
import { writePacketId, writeText } from '../field-writer.ts';
import type { MqttVersion } from '../packet-type.ts';
import { decodeProperties, encodeProperties, type Properties } from '../properties.ts';
import { filterField } from './subscribe.ts';

/**
 * UNSUBSCRIBE (section 3.10), type 10:
 *
 *     packet identifier  two bytes
 *     properties                    5.0
 *     filter             string     once or more
 */
export interface Unsubscribe {
  packetId: number;
  /** MQTT 5.0 only. */
  properties?: Properties;
  /** At least one. */
  filters: string[];
}

export function decodeUnsubscribe(fields: FieldReader, version: MqttVersion): { kind: 'unsubscribe' } & Unsubscribe {
  const unsubscribe: { kind: 'unsubscribe' } & Unsubscribe = { kind: 'unsubscribe', packetId: fields.packetId(), filters: [] };
  if (version === 5) {
    const properties = decodeProperties(fields, 'unsubscribe');
    if (properties !== undefined) unsubscribe.properties = properties;
  }
  // [MQTT-3.10.3-2]
  if (fields.left === 0) throw fields.invalid('payload', 'has no topic filter');
  while (fields.left > 0) unsubscribe.filters.push(filterField(fields, version));
  return unsubscribe;
}

export function encodeUnsubscribe(writer: ByteWriter, unsubscribe: Unsubscribe, version: MqttVersion): void {
  writePacketId(writer, unsubscribe.packetId);
  if (version === 5) encodeProperties(writer, unsubscribe.properties, 'unsubscribe');
  for (const filter of unsubscribe.filters) writeText(writer, filter);
}
