import { truncated } from './decode-error.ts';
import * as code from './format-code.ts';
import { uint32At } from './format-code.ts';
import { toPlain } from './plain-value.ts';
import { skipData } from './skip-value.ts';
import { decodeAscii, decodeUtf8 } from './text.ts';
import { decodeValue, uint64At } from './value-decoder.ts';

/** A single value as plain JavaScript: integers beyond 2^53 are bigint, timestamps milliseconds, uuids in hexadecimal with hyphens. */
export type Scalar = string | number | bigint | boolean;

/**
 * The value at `start`, without an object for its type; `undefined` for null and for what is no single plain value (binary, decimal, list,
 * map, array, described). Throws `AmqpDecodeError`.
 */
export function readScalar(bytes: Uint8Array, start: number, end: number): Scalar | undefined {
  if (start >= end) throw truncated('a value');
  const format = bytes[start]!;
  if (format === code.DESCRIBED) return undefined;
  const at = start + 1;
  const after = skipData(bytes, at, end, format);
  switch (format) {
    case code.TRUE:
      return true;
    case code.FALSE:
      return false;
    case code.BOOLEAN:
      return bytes[at] === 1;
    case code.UINT_0:
    case code.ULONG_0:
      return 0;
    case code.UBYTE:
    case code.UINT_SMALL:
    case code.ULONG_SMALL:
      return bytes[at]!;
    case code.BYTE:
    case code.INT_SMALL:
    case code.LONG_SMALL:
      return (bytes[at]! << 24) >> 24;
    case code.INT:
      return uint32At(bytes, at) | 0;
    case code.UINT:
      return uint32At(bytes, at);
    case code.LONG:
    case code.TIMESTAMP:
      return signed64At(bytes, at);
    case code.STRING_8:
      return decodeUtf8(bytes, at + 1, after);
    case code.STRING_32:
      return decodeUtf8(bytes, at + 4, after);
    case code.SYMBOL_8:
      return decodeAscii(bytes, at + 1, after);
    case code.SYMBOL_32:
      return decodeAscii(bytes, at + 4, after);
    case code.UUID:
      return uuidText(bytes, at);
    case code.USHORT:
    case code.SHORT:
    case code.ULONG:
    case code.FLOAT:
    case code.DOUBLE:
    case code.CHAR:
      return toPlain(decodeValue(bytes, start, after).value) as Scalar;
    default:
      return undefined;
  }
}

function signed64At(bytes: Uint8Array, at: number): number | bigint {
  const value = (uint32At(bytes, at) | 0) * 0x1_0000_0000 + uint32At(bytes, at + 4);
  return Number.isSafeInteger(value) ? value : BigInt.asIntN(64, uint64At(bytes, at));
}

/** The uuid in the 16 bytes at `at`, as it is usually written. */
export function uuidText(bytes: Uint8Array, at = 0): string {
  const digits = Array.from(bytes.subarray(at, at + 16), byte => byte.toString(16).padStart(2, '0')).join('');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
}
