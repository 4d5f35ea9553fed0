import { REASON } from './reason-code.ts';

/**
 * The only thing that decoding throws. `reasonCode` is what a peer that speaks 5.0 is told in CONNACK or DISCONNECT (section 4.13);
 * a connection of 3.1.1 is closed. `message` says what was wrong.
 */
export class MqttDecodeError extends Error {
  readonly reasonCode: number;

  constructor(reasonCode: number, message: string) {
    super(message);
    this.name = 'MqttDecodeError';
    this.reasonCode = reasonCode;
  }
}

/** The bytes cannot be parsed. */
export function malformed(message: string): MqttDecodeError {
  return new MqttDecodeError(REASON.malformedPacket, message);
}

/** The bytes can be parsed, but say something that a packet may not say. */
export function protocolError(message: string): MqttDecodeError {
  return new MqttDecodeError(REASON.protocolError, message);
}

/** A number of one byte as it is written in the specification: `0x8F`. */
export function hexadecimal(code: number): string {
  return `0x${code.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** A reason code as messages have it. */
export function reasonCodeText(code: number): string {
  return `reason code ${hexadecimal(code)}`;
}
