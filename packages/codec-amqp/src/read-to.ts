import { PROPERTIES } from './descriptor.ts';
import { FieldReader } from './field-reader.ts';
import { STRING_8, STRING_32 } from './format-code.ts';
import { findSection } from './section-scan.ts';

const fields = new FieldReader();

/**
 * The `to` of the properties of the message in `bytes[start, end)`, for links that name no address (the anonymous relay): the third
 * field of the properties (part 3, section 3.2.4). `undefined` when there is none or it is no string. Throws `AmqpDecodeError` when
 * the sections before it are not well formed.
 */
export function readTo(bytes: Uint8Array, start: number, end: number): string | undefined {
  const at = findSection(bytes, start, end, PROPERTIES);
  if (at < 0) return undefined;
  fields.begin(bytes, at, end);
  fields.skip();
  fields.skip();
  return fields.left > 0 && isString(bytes[fields.at]) ? fields.string() : undefined;
}

function isString(format: number | undefined): boolean {
  return format === STRING_8 || format === STRING_32;
}
