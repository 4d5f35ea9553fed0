import { PROPERTIES } from './descriptor.ts';
import { FieldReader } from './field-reader.ts';
import { sectionCode, sectionEnd } from './section-scan.ts';

const fields = new FieldReader();
const NOTHING = new Uint8Array(0);

/**
 * The `user-id` of the properties of the message that begins with `bytes[start, end)` (part 3, section 3.2.4), without a copy; empty when there is
 * none, and `undefined` when the message does not go as far yet. Throws `AmqpDecodeError` when what is before it is cut or not well formed.
 */
export function readUserId(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
  for (let at = start; at < end; ) {
    const section = sectionCode(bytes, at, end);
    if (section > PROPERTIES) return NOTHING;
    const next = sectionEnd(bytes, at, end, section);
    if (section === PROPERTIES) {
      fields.begin(bytes, at, next);
      fields.skip();
      return fields.left > 0 && fields.binarySpan() ? bytes.subarray(fields.spanStart, fields.spanEnd) : NOTHING;
    }
    at = next;
  }
  return undefined;
}
