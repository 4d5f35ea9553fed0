import type { ByteWriter } from './byte-writer.ts';
import { AmqpDecodeError, malformed } from './decode-error.ts';
import { AMQP_VALUE, DECLARE, DISCHARGE, descriptorName } from './descriptor.ts';
import { FieldReader } from './field-reader.ts';
import { FieldWriter } from './field-writer.ts';
import { DESCRIBED, ULONG_SMALL } from './format-code.ts';
import { SectionScan, sectionValueStart } from './section-scan.ts';
import type { AmqpValue } from './value.ts';

/**
 * declare (part 4, section 4.5.2), descriptor 0x31:
 *
 *     global-id  a global transaction id
 */
export interface Declare {
  kind: 'declare';
  globalId?: AmqpValue;
}

/**
 * discharge (part 4, section 4.5.3), descriptor 0x32:
 *
 *     txn-id  binary   mandatory
 *     fail    boolean
 */
export interface Discharge {
  kind: 'discharge';
  txnId: Uint8Array;
  fail?: boolean;
}

/** What a transaction's controller sends to the coordinator (part 4, section 4.2). */
export type TransactionRequest = Declare | Discharge;

/**
 * Decodes the message in `bytes[start, end)`, which came to a coordinator: a request in an amqp-value section. Throws `AmqpDecodeError`,
 * 'amqp:not-implemented' when it is neither a declare nor a discharge.
 */
export function decodeTransactionRequest(bytes: Uint8Array, start: number, end: number): TransactionRequest {
  const scan = new SectionScan();
  scan.scan(bytes, start, end);
  if (scan.bodyKind !== 'amqp-value') throw malformed('a message to a coordinator has no amqp-value section');
  const fields = new FieldReader();
  const code = fields.begin(bytes, sectionValueStart(bytes, scan.bodyStart, scan.bodyEnd), scan.bodyEnd);
  const request = decodeRequest(code, fields);
  fields.finish();
  return request;
}

function decodeRequest(code: number, fields: FieldReader): TransactionRequest {
  if (code === DECLARE) {
    const globalId = fields.value();
    return globalId === undefined ? { kind: 'declare' } : { kind: 'declare', globalId };
  }
  if (code !== DISCHARGE) throw new AmqpDecodeError('amqp:not-implemented', `a coordinator cannot take ${descriptorName(code)}`);
  const txnId = fields.binary();
  if (txnId === undefined) throw fields.missing('txn-id');
  const fail = fields.boolean(-1);
  return fail < 0 ? { kind: 'discharge', txnId } : { kind: 'discharge', txnId, fail: fail === 1 };
}

/** Writes the message that carries the request: one amqp-value section. */
export function encodeTransactionRequest(writer: ByteWriter, request: TransactionRequest): void {
  writer.u8(DESCRIBED);
  writer.u8(ULONG_SMALL);
  writer.u8(AMQP_VALUE);
  const fields = new FieldWriter(writer, request.kind === 'declare' ? DECLARE : DISCHARGE);
  if (request.kind === 'declare') {
    fields.value(request.globalId);
  } else {
    fields.binary(request.txnId);
    fields.boolean(request.fail);
  }
  fields.finish();
}
