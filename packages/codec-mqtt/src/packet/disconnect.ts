import type { ByteWriter } from '../byte-writer.ts';
import { reasonCodeText } from '../decode-error.ts';
import type { FieldReader } from '../field-reader.ts';
import type { MqttVersion } from '../packet-type.ts';
import { decodeProperties, encodeProperties, type Properties } from '../properties.ts';
import { mayCarry } from '../reason-code.ts';

/**
 * DISCONNECT (section 3.14), type 14; empty in 3.1.1:
 *
 *     reason code  byte  5.0; may be left out when it is 0 and there are no properties
 *     properties         5.0; may be left out when there are none
 */
export interface Disconnect {
  /** Always 0 in 3.1.1. */
  reasonCode: number;
  /** MQTT 5.0 only. */
  properties?: Properties;
}

export function decodeDisconnect(fields: FieldReader, version: MqttVersion): { kind: 'disconnect' } & Disconnect {
  const disconnect: { kind: 'disconnect' } & Disconnect = { kind: 'disconnect', reasonCode: 0 };
  if (version === 4 || fields.left === 0) return disconnect;
  disconnect.reasonCode = fields.u8('reason code');
  // [MQTT-3.14.2-1]
  if (!mayCarry('disconnect', disconnect.reasonCode)) throw fields.invalid(reasonCodeText(disconnect.reasonCode), 'is none of its own');
  if (fields.left === 0) return disconnect;
  const properties = decodeProperties(fields, 'disconnect');
  if (properties !== undefined) disconnect.properties = properties;
  return disconnect;
}

export function encodeDisconnect(writer: ByteWriter, { reasonCode, properties }: Disconnect, version: MqttVersion): void {
  if (version === 4 || (reasonCode === 0 && properties === undefined)) return;
  writer.u8(reasonCode);
  if (properties !== undefined) encodeProperties(writer, properties, 'disconnect');
}
