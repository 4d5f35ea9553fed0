import type { ByteWriter } from '../byte-writer.ts';
import { ERROR } from '../descriptor.ts';
import { FieldReader } from '../field-reader.ts';
import { FieldWriter } from '../field-writer.ts';
import type { AmqpMap } from '../value.ts';

/**
 * error (part 2, section 2.8.14), descriptor 0x1d:
 *
 *     condition    symbol  mandatory
 *     description  string
 *     info         fields
 */
export interface AmqpError {
  condition: string;
  description?: string;
  info?: AmqpMap;
}

export function decodeError(bytes: Uint8Array, start: number, end: number): AmqpError {
  const fields = new FieldReader();
  if (fields.begin(bytes, start, end) !== ERROR) throw fields.invalid('error', 'is of another type');
  const condition = fields.symbol();
  if (condition === undefined) throw fields.missing('condition');
  const error: AmqpError = { condition };
  const description = fields.string();
  if (description !== undefined) error.description = description;
  const info = fields.map();
  if (info !== undefined) error.info = info;
  fields.finish();
  return error;
}

export function encodeError(writer: ByteWriter, error: AmqpError): void {
  const fields = new FieldWriter(writer, ERROR);
  fields.symbol(error.condition);
  fields.string(error.description);
  fields.map(error.info);
  fields.finish();
}

/** The next field as an error, if there is one. */
export function errorField(fields: FieldReader): AmqpError | undefined {
  const start = fields.skip();
  return start < 0 ? undefined : decodeError(fields.bytes, start, fields.at);
}
