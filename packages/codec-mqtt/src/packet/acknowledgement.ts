import type { ByteWriter } from '../byte-writer.ts';
import { reasonCodeText } from '../decode-error.ts';
import type { FieldReader } from '../field-reader.ts';
import { writePacketId } from '../field-writer.ts';
import type { MqttVersion } from '../packet-type.ts';
import { decodeProperties, encodeProperties, type Properties } from '../properties.ts';
import { mayCarry } from '../reason-code.ts';

/** The four packets that answer a PUBLISH, or each other (sections 3.4 to 3.7). */
export type AcknowledgementKind = 'puback' | 'pubrec' | 'pubrel' | 'pubcomp';

/**
 * PUBACK, PUBREC, PUBREL, PUBCOMP (sections 3.4 to 3.7), types 4 to 7:
 *
 *     packet identifier  two bytes
 *     reason code        byte       5.0; may be left out when it is 0 and there are no properties
 *     properties                    5.0; may be left out when there are none
 */
export interface Acknowledgement {
  packetId: number;
  /** Always 0 in 3.1.1. */
  reasonCode: number;
  /** MQTT 5.0 only. */
  properties?: Properties;
}

export function decodeAcknowledgement<Kind extends AcknowledgementKind>(
  kind: Kind,
  fields: FieldReader,
  version: MqttVersion,
): { kind: Kind } & Acknowledgement {
  const packetId = fields.packetId();
  const acknowledgement: { kind: Kind } & Acknowledgement = { kind, packetId, reasonCode: 0 };
  if (version === 4 || fields.left === 0) return acknowledgement;
  acknowledgement.reasonCode = acknowledgementReason(kind, fields);
  if (fields.left === 0) return acknowledgement;
  const properties = decodeProperties(fields, kind);
  if (properties !== undefined) acknowledgement.properties = properties;
  return acknowledgement;
}

function acknowledgementReason(kind: AcknowledgementKind, fields: FieldReader): number {
  const reasonCode = fields.u8('reason code');
  // [MQTT-3.4.2-1], [MQTT-3.5.2-1], [MQTT-3.6.2-1], [MQTT-3.7.2-1]
  if (!mayCarry(kind, reasonCode)) throw fields.invalid(reasonCodeText(reasonCode), 'is none of its own');
  return reasonCode;
}

export function encodeAcknowledgement(
  writer: ByteWriter,
  kind: AcknowledgementKind,
  acknowledgement: Acknowledgement,
  version: MqttVersion,
): void {
  writePacketId(writer, acknowledgement.packetId);
  const { reasonCode, properties } = acknowledgement;
  const bare = properties === undefined || Object.keys(properties).length === 0;
  if (version === 4 || (reasonCode === 0 && bare)) return;
  writer.u8(reasonCode);
  if (!bare) encodeProperties(writer, properties, kind);
}
