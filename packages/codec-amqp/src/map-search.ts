import { malformed, truncated } from './decode-error.ts';
import { MAP_8, MAP_32, STRING_8, STRING_32, SYMBOL_8, SYMBOL_32, uint32At } from './format-code.ts';
import { skipData, skipValue } from './skip-value.ts';
import { decodeUtf8 } from './text.ts';

/**
 * The offset of the value that the map at `start` has for a string or symbol; -1 when it has none. Nothing is made of the map: other entries are
 * passed over. Throws `AmqpDecodeError`.
 *
 *     c1 size count  key value  key value …        d1 size(4) count(4)  key value …
 */
export function findInMap(bytes: Uint8Array, start: number, end: number, key: string): number {
  if (start >= end) throw truncated('a map');
  const format = bytes[start]!;
  if (format !== MAP_8 && format !== MAP_32) throw malformed('there is no map');
  const wide = format === MAP_32;
  const mapEnd = skipData(bytes, start + 1, end, format);
  let at = start + (wide ? 9 : 3);
  if (at > mapEnd) throw truncated('a map');
  // Each key and each value takes a byte at least, so that this ends with the map's bytes.
  for (let left = wide ? uint32At(bytes, start + 5) : bytes[start + 2]!; left >= 2; left -= 2) {
    const valueStart = skipValue(bytes, at, mapEnd);
    if (isKey(bytes, at, valueStart, key)) {
      skipValue(bytes, valueStart, mapEnd);
      return valueStart;
    }
    at = skipValue(bytes, valueStart, mapEnd);
  }
  return -1;
}

function isKey(bytes: Uint8Array, start: number, end: number, key: string): boolean {
  switch (bytes[start]) {
    case STRING_8:
    case SYMBOL_8:
      return isText(bytes, start + 2, end, key);
    case STRING_32:
    case SYMBOL_32:
      return isText(bytes, start + 5, end, key);
    default:
      return false;
  }
}

function isText(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start < text.length) return false;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) return decodeUtf8(bytes, start, end) === text;
    if (bytes[start + index] !== unit) return false;
  }
  return end - start === text.length;
}
