import type { ByteWriter } from '../byte-writer.ts';
import { reasonCodeText } from '../decode-error.ts';
import type { FieldReader } from '../field-reader.ts';
import { checkAuthentication, decodeProperties, encodeProperties, type Properties } from '../properties.ts';
import { mayCarry } from '../reason-code.ts';

/**
 * AUTH (section 3.15), type 15; 5.0 only:
 *
 *     reason code  byte  success, continue authentication or re-authenticate; may be left out with the properties when it is 0
 *     properties         has to have the authentication method
 */
export interface Auth {
  reasonCode: number;
  /** Absent only in the empty packet, which stands for success. */
  properties?: Properties;
}

export function decodeAuth(fields: FieldReader): { kind: 'auth' } & Auth {
  const auth: { kind: 'auth' } & Auth = { kind: 'auth', reasonCode: 0 };
  if (fields.left === 0) return auth;
  auth.reasonCode = fields.u8('reason code');
  // [MQTT-3.15.2-1]
  if (!mayCarry('auth', auth.reasonCode)) throw fields.invalid(reasonCodeText(auth.reasonCode), 'is none of its own');
  const properties = decodeProperties(fields, 'auth');
  checkAuthentication(properties);
  // Section 3.15.2.2.2
  if (properties?.authenticationMethod === undefined) throw fields.invalid('authentication method', 'is missing');
  auth.properties = properties;
  return auth;
}

export function encodeAuth(writer: ByteWriter, { reasonCode, properties }: Auth): void {
  if (reasonCode === 0 && properties === undefined) return;
  writer.u8(reasonCode);
  encodeProperties(writer, properties, 'auth');
}
