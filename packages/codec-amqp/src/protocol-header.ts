/**
 * Protocol header (part 2, section 2.2):
 *
 *     offset  0    1    2    3    4            5      6      7
 *             'A'  'M'  'Q'  'P'  protocol id  major  minor  revision
 */
export interface ProtocolHeader {
  /** 0: AMQP, 2: TLS, 3: SASL. */
  readonly protocolId: number;
  readonly major: number;
  readonly minor: number;
  readonly revision: number;
}

export const PROTOCOL_ID_AMQP = 0;
export const PROTOCOL_ID_TLS = 2;
export const PROTOCOL_ID_SASL = 3;

/** The bytes of 'AMQP'. */
export const PROTOCOL_NAME: readonly number[] = [0x41, 0x4d, 0x51, 0x50];

export const PROTOCOL_HEADER_AMQP: Uint8Array = protocolHeader(PROTOCOL_ID_AMQP);
export const PROTOCOL_HEADER_TLS: Uint8Array = protocolHeader(PROTOCOL_ID_TLS);
export const PROTOCOL_HEADER_SASL: Uint8Array = protocolHeader(PROTOCOL_ID_SASL);

function protocolHeader(protocolId: number): Uint8Array {
  return Uint8Array.of(...PROTOCOL_NAME, protocolId, 1, 0, 0);
}

/** The header in the eight bytes from `start` on; `undefined` when they are not there or do not begin with 'AMQP'. */
export function readProtocolHeader(bytes: Uint8Array, start: number): ProtocolHeader | undefined {
  if (bytes.length - start < 8) return undefined;
  for (let index = 0; index < PROTOCOL_NAME.length; index++) {
    if (bytes[start + index] !== PROTOCOL_NAME[index]) return undefined;
  }
  return { protocolId: bytes[start + 4]!, major: bytes[start + 5]!, minor: bytes[start + 6]!, revision: bytes[start + 7]! };
}
