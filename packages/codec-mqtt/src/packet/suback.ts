import type { ByteWriter } from '../byte-writer.ts';
import { reasonCodeText } from '../decode-error.ts';
import type { FieldReader } from '../field-reader.ts';
import { writePacketId } from '../field-writer.ts';
import type { MqttVersion } from '../packet-type.ts';
import { decodeProperties, encodeProperties, type Properties } from '../properties.ts';
import { mayCarry } from '../reason-code.ts';

/**
 * SUBACK (section 3.9), type 9:
 *
 *     packet identifier  two bytes
 *     properties                    5.0
 *     reason code        byte       one for each filter of the SUBSCRIBE, in order; 3.1.1: 0, 1, 2 or 0x80
 */
export interface Suback {
  packetId: number;
  /** MQTT 5.0 only. */
  properties?: Properties;
  /** At least one. */
  reasonCodes: number[];
}

export function decodeSuback(fields: FieldReader, version: MqttVersion): { kind: 'suback' } & Suback {
  const suback: { kind: 'suback' } & Suback = { kind: 'suback', packetId: fields.packetId(), reasonCodes: [] };
  if (version === 5) {
    const properties = decodeProperties(fields, 'suback');
    if (properties !== undefined) suback.properties = properties;
  }
  if (fields.left === 0) throw fields.invalid('payload', 'has no reason code');
  while (fields.left > 0) {
    const reasonCode = fields.u8('reason code');
    // [MQTT-3.9.3-2]
    if (version === 5 ? !mayCarry('suback', reasonCode) : reasonCode > 2 && reasonCode !== 0x80) {
      throw fields.invalid(reasonCodeText(reasonCode), 'is none of its own');
    }
    suback.reasonCodes.push(reasonCode);
  }
  return suback;
}

export function encodeSuback(writer: ByteWriter, suback: Suback, version: MqttVersion): void {
  writePacketId(writer, suback.packetId);
  if (version === 5) encodeProperties(writer, suback.properties, 'suback');
  for (const reasonCode of suback.reasonCodes) writer.u8(reasonCode);
}
