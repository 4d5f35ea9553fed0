import { hexadecimal, malformed, truncated } from './decode-error.ts';
import { DESCRIBED, EXTENT_SIZE_8, EXTENT_SIZE_32, EXTENTS, uint32At } from './format-code.ts';
import { VALUE_DEPTH_MAX } from './limits.ts';

/**
 * The offset after the value at `start`, which is not decoded: compound values are passed by their size. Throws `AmqpDecodeError` when
 * the value does not end before `end`. Described values take no recursion: each one adds a value that is still to come.
 */
export function skipValue(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let pending = 1;
  while (pending > 0) {
    if (at >= end) throw truncated('a value');
    const code = bytes[at++]!;
    if (code === DESCRIBED) {
      // A descriptor and a value come in place of one value.
      if (++pending > VALUE_DEPTH_MAX) throw malformed(`a value is nested deeper than ${VALUE_DEPTH_MAX}`);
      continue;
    }
    at = skipData(bytes, at, end, code);
    pending--;
  }
  return at;
}

/** The offset after the data, at `at`, of a value with format code `code`. */
export function skipData(bytes: Uint8Array, at: number, end: number, code: number): number {
  const extent = EXTENTS[code]!;
  let after: number;
  if (extent <= 16) {
    after = at + extent;
  } else if (extent === EXTENT_SIZE_8) {
    if (at >= end) throw truncated('a size');
    after = at + 1 + bytes[at]!;
  } else if (extent === EXTENT_SIZE_32) {
    if (at + 4 > end) throw truncated('a size');
    after = at + 4 + uint32At(bytes, at);
  } else {
    throw unknownCode(code);
  }
  if (after > end) throw truncated('a value');
  return after;
}

export function unknownCode(code: number): Error {
  return malformed(`there is no type with format code ${hexadecimal(code)}`);
}
