import { AmqpSymbol, type AmqpValue, Typed, type TypedName, timestamp } from '@angarium/codec-amqp';
import { RequestError } from './problem.ts';

/**
 * A value of AMQP in a header field: percent-encoded text, and its type behind a semicolon unless it is a string:
 *
 *     hello%20world      42;int      2.5;double      true;boolean      ;null      2026-11-22T05:00:00.000Z;timestamp      aGk=;binary
 *
 * A semicolon that belongs to a string and would be taken for a type is percent-encoded.
 */
const INTEGERS: Readonly<Record<string, readonly [min: bigint, max: bigint]>> = {
  ubyte: [0n, 0xffn],
  ushort: [0n, 0xffffn],
  uint: [0n, 0xffff_ffffn],
  ulong: [0n, 0xffff_ffff_ffff_ffffn],
  byte: [-0x80n, 0x7fn],
  short: [-0x8000n, 0x7fffn],
  int: [-0x8000_0000n, 0x7fff_ffffn],
  long: [-(1n << 63n), (1n << 63n) - 1n],
};
const TYPE = /^(.*);(string|null|boolean|symbol|binary|ubyte|ushort|uint|ulong|byte|short|int|long|float|double|timestamp|uuid)$/s;

/** Throws `RequestError` that names `where`. */
export function typedOf(text: string, where: string): AmqpValue {
  const [, valueText, type] = TYPE.exec(text) ?? ['', text, 'string'];
  const value = percentDecoded(valueText!, where);
  const wrong = (): RequestError => new RequestError('request-invalid', `${where}: "${value}" is no ${type}.`);
  switch (type) {
    case 'string':
      return value;
    case 'null':
      return null;
    case 'boolean':
      if (value !== 'true' && value !== 'false') throw wrong();
      return value === 'true';
    case 'symbol':
      if (!isAscii(value)) throw wrong();
      return new AmqpSymbol(value);
    case 'binary':
      return new Uint8Array(Buffer.from(value, 'base64'));
    case 'uuid':
      if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value)) throw wrong();
      return new Typed('uuid', new Uint8Array(Buffer.from(value.replaceAll('-', ''), 'hex')));
    case 'timestamp': {
      const at = /^-?\d+$/.test(value) ? Number(value) : Date.parse(value);
      if (!Number.isSafeInteger(at)) throw wrong();
      return timestamp(at);
    }
    case 'float':
    case 'double':
      if (value === '' || (Number.isNaN(Number(value)) && value !== 'NaN')) throw wrong();
      return new Typed(type, Number(value));
    default: {
      if (!/^-?\d{1,20}$/.test(value)) throw wrong();
      const [min, max] = INTEGERS[type!]!;
      const integer = BigInt(value);
      if (integer < min || integer > max) throw wrong();
      return new Typed(type as TypedName, type === 'long' || type === 'ulong' ? integer : Number(integer));
    }
  }
}

/** The same backwards; undefined for what has no place in a header field (lists, maps, arrays, decimals). */
export function textOf(value: AmqpValue): string | undefined {
  if (value === null) return ';null';
  if (typeof value === 'boolean') return `${value};boolean`;
  if (typeof value === 'string') return percentEncoded(value);
  if (value instanceof Uint8Array) return `${base64Of(value)};binary`;
  if (value instanceof AmqpSymbol) return `${percentEncoded(value.value)};symbol`;
  if (!(value instanceof Typed)) return undefined;
  if (value.type === 'uuid') return `${uuidText(value.value as Uint8Array)};uuid`;
  if (value.type === 'timestamp') return `${instantText(value.value as number | bigint)};timestamp`;
  if (value.type === 'char') return percentEncoded(String.fromCodePoint(value.value as number));
  return value.value instanceof Uint8Array ? undefined : `${value.value};${value.type}`;
}

export function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

export function uuidText(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** ISO 8601 where JavaScript has dates, milliseconds beyond. */
export function instantText(valueMs: number | bigint): string {
  const date = new Date(Number(valueMs));
  return Number.isNaN(date.getTime()) ? String(valueMs) : date.toISOString();
}

export function isAscii(text: string): boolean {
  return !/[^\x20-\x7e]/.test(text);
}

/** Throws `RequestError` that names `where`. */
export function percentDecoded(text: string, where: string): string {
  if (!text.includes('%')) return isAscii(text) ? text : latin1AsUtf8(text);
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RequestError('request-invalid', `${where} is not percent-encoded as it should be: write % as %25.`);
  }
}

/** Node reads header fields byte by byte; clients that send more than ASCII mean UTF-8. */
function latin1AsUtf8(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

/** What a header field cannot carry, and what the typed form gives a meaning to, becomes %XX of its UTF-8 bytes. */
export function percentEncoded(text: string): string {
  const safe = text.replace(/[^\x20-\x7e]+|[%;]|^ +| +$/g, part => encodeAll(part));
  return safe;
}

export function encodeAll(text: string): string {
  return [...Buffer.from(text, 'utf8')].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}
