import type { ByteWriter } from './byte-writer.ts';
import type { AcknowledgementKind } from './packet/acknowledgement.ts';
import type { MqttVersion } from './packet-type.ts';
import { firstByte, PUBACK, PUBCOMP, PUBREC, PUBREL } from './packet-type.ts';

const FIRST_BYTES = {
  puback: firstByte(PUBACK),
  pubrec: firstByte(PUBREC),
  pubrel: firstByte(PUBREL),
  pubcomp: firstByte(PUBCOMP),
} as const satisfies Record<AcknowledgementKind, number>;

const ACK_BYTES_MAX = 5;

/**
 * Writes a PUBACK, PUBREC, PUBREL or PUBCOMP (sections 3.4 to 3.7) in its shortest form, without properties. 3.1.1 has no reason codes:
 * what cannot be said there is not written.
 *
 *     first byte  remaining length: 2 or 3  packet identifier  reason code, unless 0
 *     1           1                         2                  1
 */
export function writeAck(writer: ByteWriter, kind: AcknowledgementKind, packetId: number, reasonCode: number, version: MqttVersion): void {
  writer.reserve(ACK_BYTES_MAX);
  const { bytes, length } = writer;
  bytes[length] = FIRST_BYTES[kind];
  bytes[length + 2] = packetId >>> 8;
  bytes[length + 3] = packetId;
  if (reasonCode === 0 || version === 4) {
    bytes[length + 1] = 2;
    writer.length = length + 4;
  } else {
    bytes[length + 1] = 3;
    bytes[length + 4] = reasonCode;
    writer.length = length + 5;
  }
}
