import type { ByteWriter } from '../byte-writer.ts';
import { CLOSE, DETACH, END } from '../descriptor.ts';
import type { FieldReader } from '../field-reader.ts';
import { FieldWriter } from '../field-writer.ts';
import { type AmqpError, encodeError, errorField } from './amqp-error.ts';

/**
 * detach (part 2, section 2.7.7), descriptor 0x16:
 *
 *     handle  handle (uint)  mandatory
 *     closed  boolean        default false
 *     error   error
 */
export interface Detach {
  handle: number;
  closed?: boolean;
  error?: AmqpError;
}

/**
 * end (part 2, section 2.7.8), descriptor 0x17:
 *
 *     error  error
 */
export interface End {
  error?: AmqpError;
}

/**
 * close (part 2, section 2.7.9), descriptor 0x18:
 *
 *     error  error
 */
export interface Close {
  error?: AmqpError;
}

export function decodeDetach(fields: FieldReader): { kind: 'detach' } & Detach {
  const handle = fields.uint(-1);
  if (handle < 0) throw fields.missing('handle');
  const detach: { kind: 'detach' } & Detach = { kind: 'detach', handle };
  const closed = fields.boolean(-1);
  if (closed >= 0) detach.closed = closed === 1;
  const error = errorField(fields);
  if (error !== undefined) detach.error = error;
  return detach;
}

export function decodeEnd(fields: FieldReader): { kind: 'end' } & End {
  const error = errorField(fields);
  return error === undefined ? { kind: 'end' } : { kind: 'end', error };
}

export function decodeClose(fields: FieldReader): { kind: 'close' } & Close {
  const error = errorField(fields);
  return error === undefined ? { kind: 'close' } : { kind: 'close', error };
}

export function encodeDetach(writer: ByteWriter, detach: Detach): void {
  const fields = new FieldWriter(writer, DETACH);
  fields.uint(detach.handle);
  fields.boolean(detach.closed);
  fields.composite(detach.error, encodeError);
  fields.finish();
}

export function encodeEnd(writer: ByteWriter, end: End): void {
  const fields = new FieldWriter(writer, END);
  fields.composite(end.error, encodeError);
  fields.finish();
}

export function encodeClose(writer: ByteWriter, close: Close): void {
  const fields = new FieldWriter(writer, CLOSE);
  fields.composite(close.error, encodeError);
  fields.finish();
}
