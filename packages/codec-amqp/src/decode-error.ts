/** The error conditions of AMQP 1.0 (part 2, section 2.8.15 to 2.8.17) that bytes from the wire can be refused with. */
export type DecodeCondition = 'amqp:decode-error' | 'amqp:invalid-field' | 'amqp:not-implemented' | 'amqp:connection:framing-error';

/** The only thing that decoding throws. `condition` is what the peer is told, `message` says what was wrong and where. */
export class AmqpDecodeError extends Error {
  readonly condition: DecodeCondition;

  constructor(condition: DecodeCondition, message: string) {
    super(message);
    this.name = 'AmqpDecodeError';
    this.condition = condition;
  }
}

/** The bytes are not well formed. */
export function malformed(message: string): AmqpDecodeError {
  return new AmqpDecodeError('amqp:decode-error', message);
}

/** The bytes are well formed, but a field has a type or value that it may not have, or is missing. */
export function invalidField(message: string): AmqpDecodeError {
  return new AmqpDecodeError('amqp:invalid-field', message);
}

/** The bytes end before what they announce. */
export function truncated(what: string): AmqpDecodeError {
  return new AmqpDecodeError('amqp:decode-error', `${what} ends too early`);
}

/** A format code as it is written in the specification: `0x53`. */
export function hexadecimal(code: number): string {
  return `0x${code.toString(16).padStart(2, '0')}`;
}
