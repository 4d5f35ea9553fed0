import type { ByteWriter } from '../byte-writer.ts';
import { reasonCodeText } from '../decode-error.ts';
import type { FieldReader } from '../field-reader.ts';
import { writePacketId } from '../field-writer.ts';
import type { MqttVersion } from '../packet-type.ts';
import { decodeProperties, encodeProperties, type Properties } from '../properties.ts';
import { mayCarry } from '../reason-code.ts';

/**
 * UNSUBACK (section 3.11), type 11:
 *
 *     packet identifier  two bytes
 *     properties                    5.0
 *     reason code        byte       5.0: one for each filter of the UNSUBSCRIBE, in order
 */
export interface Unsuback {
  packetId: number;
  /** MQTT 5.0 only. */
  properties?: Properties;
  /** At least one; empty in 3.1.1. */
  reasonCodes: number[];
}

export function decodeUnsuback(fields: FieldReader, version: MqttVersion): { kind: 'unsuback' } & Unsuback {
  const unsuback: { kind: 'unsuback' } & Unsuback = { kind: 'unsuback', packetId: fields.packetId(), reasonCodes: [] };
  if (version === 4) return unsuback;
  const properties = decodeProperties(fields, 'unsuback');
  if (properties !== undefined) unsuback.properties = properties;
  if (fields.left === 0) throw fields.invalid('payload', 'has no reason code');
  while (fields.left > 0) {
    const reasonCode = fields.u8('reason code');
    // [MQTT-3.11.3-2]
    if (!mayCarry('unsuback', reasonCode)) throw fields.invalid(reasonCodeText(reasonCode), 'is none of its own');
    unsuback.reasonCodes.push(reasonCode);
  }
  return unsuback;
}

export function encodeUnsuback(writer: ByteWriter, unsuback: Unsuback, version: MqttVersion): void {
  writePacketId(writer, unsuback.packetId);
  if (version === 4) return;
  encodeProperties(writer, unsuback.properties, 'unsuback');
  for (const reasonCode of unsuback.reasonCodes) writer.u8(reasonCode);
}
