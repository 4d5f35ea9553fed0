import type { ByteWriter } from '../byte-writer.ts';
import { AmqpDecodeError, malformed } from '../decode-error.ts';
import { descriptorCode, descriptorName, SASL_CHALLENGE, SASL_INIT, SASL_MECHANISMS, SASL_OUTCOME, SASL_RESPONSE } from '../descriptor.ts';
import { FieldReader } from '../field-reader.ts';
import { FieldWriter } from '../field-writer.ts';

/**
 * sasl-mechanisms (part 5, section 5.3.3.1), descriptor 0x40:
 *
 *     sasl-server-mechanisms  symbol  multiple, mandatory
 */
export interface SaslMechanisms {
  mechanisms: string[];
}

/**
 * sasl-init (part 5, section 5.3.3.2), descriptor 0x41:
 *
 *     mechanism         symbol  mandatory
 *     initial-response  binary
 *     hostname          string
 */
export interface SaslInit {
  mechanism: string;
  initialResponse?: Uint8Array;
  hostname?: string;
}

/**
 * sasl-challenge (part 5, section 5.3.3.3), descriptor 0x42:
 *
 *     challenge  binary  mandatory
 */
export interface SaslChallenge {
  challenge: Uint8Array;
}

/**
 * sasl-response (part 5, section 5.3.3.4), descriptor 0x43:
 *
 *     response  binary  mandatory
 */
export interface SaslResponse {
  response: Uint8Array;
}

/**
 * sasl-outcome (part 5, section 5.3.3.5), descriptor 0x44:
 *
 *     code             sasl-code (ubyte)  mandatory
 *     additional-data  binary
 */
export interface SaslOutcome {
  code: SaslCode;
  additionalData?: Uint8Array;
}

/** ok, auth, sys, sys-perm, sys-temp (part 5, section 5.3.3.6). */
export type SaslCode = 0 | 1 | 2 | 3 | 4;
export const SASL_OK = 0;
export const SASL_AUTH = 1;
export const SASL_SYS = 2;
export const SASL_SYS_PERM = 3;
export const SASL_SYS_TEMP = 4;

export type SaslFrame =
  | ({ kind: 'sasl-mechanisms' } & SaslMechanisms)
  | ({ kind: 'sasl-init' } & SaslInit)
  | ({ kind: 'sasl-challenge' } & SaslChallenge)
  | ({ kind: 'sasl-response' } & SaslResponse)
  | ({ kind: 'sasl-outcome' } & SaslOutcome);

/** The body of a SASL frame. Throws `AmqpDecodeError`, 'amqp:not-implemented' when it is of an unknown type. */
export function decodeSaslFrame(bytes: Uint8Array, start: number, end: number): SaslFrame {
  const code = descriptorCode(bytes, start, end);
  const fields = new FieldReader();
  fields.begin(bytes, start, end);
  const frame = decodeBody(code, fields);
  fields.finish();
  if (fields.end !== end) throw malformed('a SASL frame has bytes after its body');
  return frame;
}

function decodeBody(code: number, fields: FieldReader): SaslFrame {
  switch (code) {
    case SASL_MECHANISMS: {
      const mechanisms = fields.symbols();
      if (mechanisms === undefined) throw fields.missing('sasl-server-mechanisms');
      return { kind: 'sasl-mechanisms', mechanisms };
    }
    case SASL_INIT:
      return decodeInit(fields);
    case SASL_CHALLENGE: {
      const challenge = fields.binary();
      if (challenge === undefined) throw fields.missing('challenge');
      return { kind: 'sasl-challenge', challenge };
    }
    case SASL_RESPONSE: {
      const response = fields.binary();
      if (response === undefined) throw fields.missing('response');
      return { kind: 'sasl-response', response };
    }
    case SASL_OUTCOME: {
      const outcome = fields.ubyte(-1);
      if (outcome < 0) throw fields.missing('code');
      if (outcome > SASL_SYS_TEMP) throw fields.invalid('code', `is ${outcome}`);
      const additionalData = fields.binary();
      const frame: SaslFrame = { kind: 'sasl-outcome', code: outcome as SaslCode };
      return additionalData === undefined ? frame : { ...frame, additionalData };
    }
    default:
      throw new AmqpDecodeError('amqp:not-implemented', `there is no SASL frame of ${descriptorName(code)}`);
  }
}

function decodeInit(fields: FieldReader): SaslFrame {
  const mechanism = fields.symbol();
  if (mechanism === undefined) throw fields.missing('mechanism');
  const init: { kind: 'sasl-init' } & SaslInit = { kind: 'sasl-init', mechanism };
  const initialResponse = fields.binary();
  if (initialResponse !== undefined) init.initialResponse = initialResponse;
  const hostname = fields.string();
  if (hostname !== undefined) init.hostname = hostname;
  return init;
}

export function encodeSaslFrame(writer: ByteWriter, frame: SaslFrame): void {
  switch (frame.kind) {
    case 'sasl-mechanisms': {
      const fields = new FieldWriter(writer, SASL_MECHANISMS);
      fields.symbols(frame.mechanisms);
      fields.finish();
      return;
    }
    case 'sasl-init': {
      const fields = new FieldWriter(writer, SASL_INIT);
      fields.symbol(frame.mechanism);
      fields.binary(frame.initialResponse);
      fields.string(frame.hostname);
      fields.finish();
      return;
    }
    case 'sasl-challenge': {
      const fields = new FieldWriter(writer, SASL_CHALLENGE);
      fields.binary(frame.challenge);
      fields.finish();
      return;
    }
    case 'sasl-response': {
      const fields = new FieldWriter(writer, SASL_RESPONSE);
      fields.binary(frame.response);
      fields.finish();
      return;
    }
    case 'sasl-outcome': {
      const fields = new FieldWriter(writer, SASL_OUTCOME);
      fields.ubyte(frame.code);
      fields.binary(frame.additionalData);
      fields.finish();
      return;
    }
  }
}
