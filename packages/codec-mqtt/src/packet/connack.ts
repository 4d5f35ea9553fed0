import type { ByteWriter } from '../byte-writer.ts';
import { reasonCodeText } from '../decode-error.ts';
import type { FieldReader } from '../field-reader.ts';
import type { MqttVersion } from '../packet-type.ts';
import { checkAuthentication, decodeProperties, encodeProperties, type Properties } from '../properties.ts';
import { CONNECT_RETURN_CODES, mayCarry } from '../reason-code.ts';

/**
 * CONNACK (section 3.2), type 2:
 *
 *     acknowledge flags  byte   seven bits 0, session present
 *     reason code        byte   3.1.1: return code, 0 to 5
 *     properties                5.0
 */
export interface Connack {
  sessionPresent: boolean;
  /** In 3.1.1 one of `CONNECT_RETURN_CODES`. */
  reasonCode: number;
  /** MQTT 5.0 only. */
  properties?: Properties;
}

export function decodeConnack(fields: FieldReader, version: MqttVersion): { kind: 'connack' } & Connack {
  const flags = fields.u8('acknowledge flags');
  // [MQTT-3.2.2-1]
  if (flags > 1) throw fields.malformed('has reserved acknowledge flags set');
  const reasonCode = fields.u8('reason code');
  // [MQTT-3.2.2-8]; 3.1.1: table 3.1 reserves the others.
  if (version === 5 ? !mayCarry('connack', reasonCode) : reasonCode >= CONNECT_RETURN_CODES.length) {
    throw fields.invalid(reasonCodeText(reasonCode), 'is none of its own');
  }
  // [MQTT-3.2.2-6] (3.1.1: [MQTT-3.2.2-4])
  if (flags === 1 && reasonCode !== 0) throw fields.invalid('session present', 'is set, but the connection was refused');
  const connack: { kind: 'connack' } & Connack = { kind: 'connack', sessionPresent: flags === 1, reasonCode };
  if (version === 5) {
    const properties = decodeProperties(fields, 'connack');
    checkAuthentication(properties);
    if (properties !== undefined) connack.properties = properties;
  }
  return connack;
}

export function encodeConnack(writer: ByteWriter, connack: Connack, version: MqttVersion): void {
  writer.u8(connack.sessionPresent ? 1 : 0);
  writer.u8(connack.reasonCode);
  if (version === 5) encodeProperties(writer, connack.properties, 'connack');
}
