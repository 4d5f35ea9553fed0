import { MESSAGE_ANNOTATIONS } from './descriptor.ts';
import { findInMap } from './map-search.ts';
import { readScalar, type Scalar } from './scalar-value.ts';
import { findSection, sectionValueStart } from './section-scan.ts';

/**
 * The message annotation of this name (part 3, section 3.2.3) of the message that begins in `bytes[start, end)`, if it is a single plain value. Throws
 * `AmqpDecodeError` when the sections as far as these are not well formed.
 */
export function readAnnotation(bytes: Uint8Array, start: number, end: number, name: string): Scalar | undefined {
  const section = findSection(bytes, start, end, MESSAGE_ANNOTATIONS);
  if (section < 0) return undefined;
  const at = findInMap(bytes, sectionValueStart(bytes, section, end), end, name);
  return at < 0 ? undefined : readScalar(bytes, at, end);
}
