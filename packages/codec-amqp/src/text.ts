import { malformed } from './decode-error.ts';

/** A byte order mark is part of the text: leaving it out would change the string. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text in `bytes[start, end)`. Throws `AmqpDecodeError` when it is not UTF-8. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  if (start === end) return '';
  try {
    return decoder.decode(bytes.subarray(start, end));
  } catch {
    throw malformed('a string is not valid UTF-8');
  }
}

/** The text in `bytes[start, end)`. Throws `AmqpDecodeError` when it is not ASCII, as a symbol has to be (part 1, section 1.6.21). */
export function decodeAscii(bytes: Uint8Array, start: number, end: number): string {
  for (let at = start; at < end; at++) {
    if (bytes[at]! > 0x7f) throw malformed('a symbol has a character beyond ASCII');
  }
  return decodeUtf8(bytes, start, end);
}
