import { malformed } from './decode-error.ts';

/** The longest string or binary data (section 1.5.4 and 1.5.6; 3.1.1: 1.5.3), in bytes. */
export const TEXT_BYTES_MAX = 0xffff;

/** U+FEFF is part of the text, and MUST NOT be taken off [MQTT-1.5.4-3]. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The text in `bytes[start, end)`. Throws `MqttDecodeError` when it is not well-formed UTF-8 [MQTT-1.5.4-1] or has a U+0000
 * [MQTT-1.5.4-2]; control and non-characters are taken, which the specification allows.
 */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  if (start === end) return '';
  checkText(bytes, start, end);
  return decoder.decode(bytes.subarray(start, end));
}

/** The same checks without making a string. */
export function checkText(bytes: Uint8Array, start: number, end: number): void {
  let at = start;
  while (at < end) {
    const byte = bytes[at]!;
    if (byte > 0x7f) at = checkCharacter(bytes, at, end);
    else if (byte === 0) throw malformed('a string has the character U+0000');
    else at++;
  }
}

/**
 * The checks of a text, and those of a topic name: no wildcards [MQTT-3.3.2-2]. Answers -1 when all is well, or the offset of the
 * wildcard. Throws as `checkText` does.
 */
export function wildcardAt(bytes: Uint8Array, start: number, end: number): number {
  let wildcard = -1;
  let at = start;
  while (at < end) {
    const byte = bytes[at]!;
    if (byte > 0x2b && byte < 0x80) at++;
    else if (byte > 0x7f) at = checkCharacter(bytes, at, end);
    else if (byte === 0) throw malformed('a string has the character U+0000');
    else {
      if ((byte === NUMBER_SIGN || byte === PLUS_SIGN) && wildcard < 0) wildcard = at;
      at++;
    }
  }
  return wildcard;
}

const NUMBER_SIGN = 0x23;
const PLUS_SIGN = 0x2b;

/**
 * Checks one character of more than one byte, and answers the offset after it (RFC 3629, section 4):
 *
 *     C2…DF  80…BF                      U+0080 … U+07FF
 *     E0     A0…BF  80…BF               U+0800 … U+0FFF
 *     E1…EF  80…BF  80…BF               U+1000 … U+FFFF, but for ED A0…BF: the surrogates
 *     F0     90…BF  80…BF  80…BF        U+10000 …
 *     F1…F3  80…BF  80…BF  80…BF
 *     F4     80…8F  80…BF  80…BF        … U+10FFFF
 */
function checkCharacter(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at]!;
  const size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (size === 0 || at + size > end) throw notUtf8();
  const second = bytes[at + 1]!;
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) throw notUtf8();
  for (let index = 2; index < size; index++) if ((bytes[at + index]! & 0xc0) !== 0x80) throw notUtf8();
  return at + size;
}

function notUtf8(): Error {
  return malformed('a string is not well-formed UTF-8');
}
