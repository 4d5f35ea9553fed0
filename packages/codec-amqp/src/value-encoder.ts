import type { ByteWriter } from './byte-writer.ts';
import * as code from './format-code.ts';
import { AmqpArray, AmqpMap, AmqpSymbol, type AmqpValue, Described, type ElementType, Typed } from './value.ts';

/** Writes the value in its smallest encoding. */
export function encodeValue(writer: ByteWriter, value: AmqpValue): void {
  if (value === null) writer.u8(code.NULL);
  else if (typeof value === 'boolean') writer.u8(value ? code.TRUE : code.FALSE);
  else if (typeof value === 'string') encodeString(writer, value);
  else if (value instanceof Uint8Array) encodeBinary(writer, value);
  else if (value instanceof Typed) encodeTyped(writer, value);
  else if (value instanceof AmqpSymbol) encodeSymbol(writer, value.value);
  else if (value instanceof AmqpMap) encodeMap(writer, value);
  else if (value instanceof AmqpArray) encodeArray(writer, value);
  else if (value instanceof Described) {
    writer.u8(code.DESCRIBED);
    encodeValue(writer, value.descriptor);
    encodeValue(writer, value.value);
  } else encodeList(writer, value);
}

export function encodeString(writer: ByteWriter, text: string): void {
  // A text of more than 255 UTF-16 units has more than 255 bytes, for each unit takes one at least.
  if (text.length > 0xff) {
    writer.u8(code.STRING_32);
    const sizeAt = writer.length;
    writer.u32(0);
    writer.utf8(text);
    patch32(writer.bytes, sizeAt, writer.length - sizeAt - 4);
    return;
  }
  writer.u8(code.STRING_8);
  const sizeAt = writer.length;
  writer.u8(0);
  writer.utf8(text);
  const size = writer.length - sizeAt - 1;
  if (size <= 0xff) {
    writer.bytes[sizeAt] = size;
    return;
  }
  writer.reserve(3);
  writer.bytes.copyWithin(sizeAt + 4, sizeAt + 1, writer.length);
  writer.bytes[sizeAt - 1] = code.STRING_32;
  patch32(writer.bytes, sizeAt, size);
  writer.length += 3;
}

export function encodeSymbol(writer: ByteWriter, text: string): void {
  if (text.length <= 0xff) {
    writer.u8(code.SYMBOL_8);
    writer.u8(text.length);
  } else {
    writer.u8(code.SYMBOL_32);
    writer.u32(text.length);
  }
  writer.ascii(text);
}

export function encodeBinary(writer: ByteWriter, bytes: Uint8Array, start = 0, end: number = bytes.length): void {
  const size = end - start;
  if (size <= 0xff) {
    writer.u8(code.BINARY_8);
    writer.u8(size);
  } else {
    writer.u8(code.BINARY_32);
    writer.u32(size);
  }
  writer.raw(bytes, start, end);
}

export function encodeUint(writer: ByteWriter, value: number): void {
  if (value === 0) writer.u8(code.UINT_0);
  else if (value <= 0xff) {
    writer.u8(code.UINT_SMALL);
    writer.u8(value);
  } else {
    writer.u8(code.UINT);
    writer.u32(value);
  }
}

export function encodeUlong(writer: ByteWriter, value: bigint): void {
  if (value === 0n) writer.u8(code.ULONG_0);
  else if (value <= 0xffn) {
    writer.u8(code.ULONG_SMALL);
    writer.u8(Number(value));
  } else {
    writer.u8(code.ULONG);
    writer.u64(value);
  }
}

function encodeTyped(writer: ByteWriter, typed: Typed): void {
  const { type, value } = typed;
  switch (type) {
    case 'uint':
      encodeUint(writer, Number(value));
      return;
    case 'ulong':
      encodeUlong(writer, BigInt(value as bigint));
      return;
    case 'int':
    case 'long': {
      const small = isSmall(value, -128, 127);
      const format = small ? SMALL_CODES[type] : ELEMENT_CODES[type];
      writer.u8(format);
      encodeData(writer, typed, format);
      return;
    }
    default:
      writer.u8(ELEMENT_CODES[type]);
      encodeData(writer, typed, ELEMENT_CODES[type]);
  }
}

function encodeList(writer: ByteWriter, values: readonly AmqpValue[]): void {
  if (values.length === 0) {
    writer.u8(code.LIST_0);
    return;
  }
  const start = beginCompound(writer, code.LIST_8);
  for (const value of values) encodeValue(writer, value);
  endCompound(writer, start, values.length);
}

export function encodeMap(writer: ByteWriter, map: AmqpMap): void {
  const start = beginCompound(writer, code.MAP_8);
  for (const [key, value] of map.entries) {
    encodeValue(writer, key);
    encodeValue(writer, value);
  }
  endCompound(writer, start, map.entries.length * 2);
}

export function encodeArray(writer: ByteWriter, array: AmqpArray): void {
  const start = beginCompound(writer, code.ARRAY_8);
  encodeElements(writer, array);
  endCompound(writer, start, array.values.length);
}

/** Writes code, and room for size and count in one byte each; answers where. */
export function beginCompound(writer: ByteWriter, code8: number): number {
  const start = writer.length;
  writer.reserve(3);
  writer.bytes[start] = code8;
  writer.length = start + 3;
  return start;
}

/** Fills in size and count; what does not fit one byte each is moved to make room for four. */
export function endCompound(writer: ByteWriter, start: number, count: number): void {
  const contentSize = writer.length - start - 3;
  if (contentSize + 1 <= 0xff && count <= 0xff) {
    writer.bytes[start + 1] = contentSize + 1;
    writer.bytes[start + 2] = count;
    return;
  }
  writer.reserve(6);
  const { bytes } = writer;
  bytes.copyWithin(start + 9, start + 3, writer.length);
  // The wide code of each compound type is 0x10 above its narrow one.
  bytes[start] = bytes[start]! + 0x10;
  patch32(bytes, start + 1, contentSize + 4);
  patch32(bytes, start + 5, count);
  writer.length += 6;
}

/** The constructor that suits all elements, and their data. */
function encodeElements(writer: ByteWriter, array: AmqpArray): void {
  for (const descriptor of array.descriptors) {
    writer.u8(code.DESCRIBED);
    encodeValue(writer, descriptor);
  }
  const format = elementCode(array);
  writer.u8(format);
  const start = writer.length;
  const fits = array.values.every(value => encodeData(writer, value, format));
  if (fits) return;
  // One element is too large for a size in one byte, so that all of them take four.
  writer.length = start;
  writer.bytes[start - 1] = format + 0x10;
  for (const value of array.values) encodeData(writer, value, format + 0x10);
}

/** Zero-width codes are never chosen but for null, as readers bound the number of such elements. */
function elementCode(array: AmqpArray): number {
  const { type, values } = array;
  if (type === 'uint' || type === 'ulong') {
    return values.every(value => isSmall((value as Typed).value, 0, 0xff)) ? SMALL_CODES[type] : ELEMENT_CODES[type];
  }
  if (type === 'int' || type === 'long') {
    const small = values.every(value => isSmall((value as Typed).value, -128, 127));
    return small ? SMALL_CODES[type] : ELEMENT_CODES[type];
  }
  return ELEMENT_CODES[type];
}

function isSmall(value: number | bigint | Uint8Array, least: number, most: number): boolean {
  return typeof value !== 'object' && value >= least && value <= most;
}

/** Writes a value's data without its format code. Answers false when the data is too large for the code's size in one byte. */
function encodeData(writer: ByteWriter, value: AmqpValue, format: number): boolean {
  switch (format) {
    case code.NULL:
      return true;
    case code.BOOLEAN:
      writer.u8(value === true ? 1 : 0);
      return true;
    case code.UBYTE:
    case code.BYTE:
    case code.UINT_SMALL:
    case code.ULONG_SMALL:
    case code.INT_SMALL:
    case code.LONG_SMALL:
      writer.u8(Number((value as Typed).value));
      return true;
    case code.USHORT:
    case code.SHORT:
      writer.u16((value as Typed).value as number);
      return true;
    case code.UINT:
    case code.INT:
    case code.CHAR:
      writer.u32((value as Typed).value as number);
      return true;
    case code.ULONG:
    case code.LONG:
    case code.TIMESTAMP:
      writer.u64(BigInt((value as Typed).value as number | bigint));
      return true;
    case code.FLOAT:
      writer.f32((value as Typed).value as number);
      return true;
    case code.DOUBLE:
      writer.f64((value as Typed).value as number);
      return true;
    case code.DECIMAL_32:
    case code.DECIMAL_64:
    case code.DECIMAL_128:
    case code.UUID:
      writer.raw((value as Typed).value as Uint8Array);
      return true;
    default:
      return encodeSized(writer, value, format);
  }
}

/** The data of types that begin with a size: the same as the value's own encoding, but for the width of the size. */
function encodeSized(writer: ByteWriter, value: AmqpValue, format: number): boolean {
  const start = writer.length;
  const narrow = code.EXTENTS[format] === code.EXTENT_SIZE_8;
  if (narrow) writer.u8(0);
  else writer.u32(0);
  const contentAt = writer.length;
  if (Array.isArray(value)) {
    if (!encodeCount(writer, value.length, narrow)) return false;
    for (const element of value) encodeValue(writer, element);
  } else if (value instanceof AmqpMap) {
    if (!encodeCount(writer, value.entries.length * 2, narrow)) return false;
    for (const [key, entry] of value.entries) {
      encodeValue(writer, key);
      encodeValue(writer, entry);
    }
  } else if (value instanceof AmqpArray) {
    if (!encodeCount(writer, value.values.length, narrow)) return false;
    encodeElements(writer, value);
  } else if (value instanceof Uint8Array) writer.raw(value);
  else if (value instanceof AmqpSymbol) writer.ascii(value.value);
  else writer.utf8(value as string);
  const size = writer.length - contentAt;
  if (!narrow) patch32(writer.bytes, start, size);
  else if (size <= 0xff) writer.bytes[start] = size;
  else return false;
  return true;
}

function encodeCount(writer: ByteWriter, count: number, narrow: boolean): boolean {
  if (narrow) writer.u8(count);
  else writer.u32(count);
  return !narrow || count <= 0xff;
}

/** Writes a number over four bytes that are there already. */
export function patch32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

const SMALL_CODES = { uint: code.UINT_SMALL, ulong: code.ULONG_SMALL, int: code.INT_SMALL, long: code.LONG_SMALL } as const;

const ELEMENT_CODES: Readonly<Record<ElementType, number>> = {
  null: code.NULL,
  boolean: code.BOOLEAN,
  ubyte: code.UBYTE,
  ushort: code.USHORT,
  uint: code.UINT,
  ulong: code.ULONG,
  byte: code.BYTE,
  short: code.SHORT,
  int: code.INT,
  long: code.LONG,
  float: code.FLOAT,
  double: code.DOUBLE,
  decimal32: code.DECIMAL_32,
  decimal64: code.DECIMAL_64,
  decimal128: code.DECIMAL_128,
  char: code.CHAR,
  timestamp: code.TIMESTAMP,
  uuid: code.UUID,
  binary: code.BINARY_8,
  string: code.STRING_8,
  symbol: code.SYMBOL_8,
  list: code.LIST_8,
  map: code.MAP_8,
  array: code.ARRAY_8,
};
