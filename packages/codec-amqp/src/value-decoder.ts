import { hexadecimal, malformed, truncated } from './decode-error.ts';
import * as code from './format-code.ts';
import { EXTENT_SIZE_8, EXTENTS, uint32At } from './format-code.ts';
import { VALUE_DEPTH_MAX, ZERO_WIDTH_ELEMENTS_MAX } from './limits.ts';
import { unknownCode } from './skip-value.ts';
import { decodeAscii, decodeUtf8 } from './text.ts';
import { AmqpArray, AmqpMap, AmqpSymbol, type AmqpValue, Described, type ElementType, isSafe, Typed } from './value.ts';

const scratch = new Uint8Array(8);
const scratchView = new DataView(scratch.buffer);

/** Decodes the value at `start` and answers it with the offset after it. Throws `AmqpDecodeError`. Binary values are copies. */
export function decodeValue(bytes: Uint8Array, start: number, end: number): { value: AmqpValue; end: number } {
  const decoder = new ValueDecoder();
  const value = decoder.decode(bytes, start, end);
  return { value, end: decoder.at };
}

/** Decodes values one after the other within one budget of elements that take no bytes. */
export class ValueDecoder {
  /** The offset after what was decoded. */
  at = 0;
  #bytes: Uint8Array = scratch;
  #end = 0;
  #zeroWidthLeft = ZERO_WIDTH_ELEMENTS_MAX;

  decode(bytes: Uint8Array, start: number, end: number): AmqpValue {
    this.#bytes = bytes;
    this.at = start;
    this.#end = end;
    return this.#value(1);
  }

  #value(depth: number): AmqpValue {
    const format = this.#byte();
    if (format !== code.DESCRIBED) return this.#data(format, depth);
    if (depth >= VALUE_DEPTH_MAX) throw tooDeep();
    const descriptor = this.#value(depth + 1);
    return new Described(descriptor, this.#value(depth + 1));
  }

  /** The value whose format code has been read already: its data begins at `at`. */
  #data(format: number, depth: number): AmqpValue {
    switch (format) {
      case code.NULL:
        return null;
      case code.TRUE:
        return true;
      case code.FALSE:
        return false;
      case code.BOOLEAN:
        return this.#boolean();
      case code.UBYTE:
        return new Typed('ubyte', this.#byte());
      case code.USHORT:
        return new Typed('ushort', this.#unsigned16());
      case code.UINT:
        return new Typed('uint', this.#unsigned32());
      case code.UINT_SMALL:
        return new Typed('uint', this.#byte());
      case code.UINT_0:
        return new Typed('uint', 0);
      case code.ULONG:
        return new Typed('ulong', this.#unsigned64());
      case code.ULONG_SMALL:
        return new Typed('ulong', BigInt(this.#byte()));
      case code.ULONG_0:
        return new Typed('ulong', 0n);
      case code.BYTE:
        return new Typed('byte', (this.#byte() << 24) >> 24);
      case code.SHORT:
        return new Typed('short', (this.#unsigned16() << 16) >> 16);
      case code.INT:
        return new Typed('int', this.#unsigned32() | 0);
      case code.INT_SMALL:
        return new Typed('int', (this.#byte() << 24) >> 24);
      case code.LONG:
        return new Typed('long', BigInt.asIntN(64, this.#unsigned64()));
      case code.LONG_SMALL:
        return new Typed('long', BigInt((this.#byte() << 24) >> 24));
      case code.FLOAT:
        this.#toScratch(4);
        return new Typed('float', scratchView.getFloat32(0));
      case code.DOUBLE:
        this.#toScratch(8);
        return new Typed('double', scratchView.getFloat64(0));
      case code.DECIMAL_32:
        return new Typed('decimal32', this.#copy(4));
      case code.DECIMAL_64:
        return new Typed('decimal64', this.#copy(8));
      case code.DECIMAL_128:
        return new Typed('decimal128', this.#copy(16));
      case code.CHAR:
        return new Typed('char', this.#character());
      case code.TIMESTAMP:
        return new Typed('timestamp', this.#timestamp());
      case code.UUID:
        return new Typed('uuid', this.#copy(16));
      case code.BINARY_8:
        return this.#copy(this.#byte());
      case code.BINARY_32:
        return this.#copy(this.#unsigned32());
      case code.STRING_8:
        return this.#string(this.#byte());
      case code.STRING_32:
        return this.#string(this.#unsigned32());
      case code.SYMBOL_8:
        return this.#symbol(this.#byte());
      case code.SYMBOL_32:
        return this.#symbol(this.#unsigned32());
      case code.LIST_0:
        return [];
      case code.LIST_8:
      case code.LIST_32:
        return this.#list(format, depth);
      case code.MAP_8:
      case code.MAP_32:
        return this.#map(format, depth);
      case code.ARRAY_8:
      case code.ARRAY_32:
        return this.#array(format, depth);
      default:
        throw unknownCode(format);
    }
  }

  #list(format: number, depth: number): AmqpValue[] {
    const outerEnd = this.#end;
    const count = this.#enter(format, depth);
    const values: AmqpValue[] = [];
    for (let index = 0; index < count; index++) values.push(this.#value(depth + 1));
    this.#leave(outerEnd);
    return values;
  }

  #map(format: number, depth: number): AmqpMap {
    const outerEnd = this.#end;
    const count = this.#enter(format, depth);
    // Part 1, section 1.6.23: a map has an even number of elements.
    if (count % 2 !== 0) throw malformed(`a map has ${count} elements: a key is without its value`);
    const entries: [AmqpValue, AmqpValue][] = [];
    for (let index = 0; index < count; index += 2) {
      const key = this.#value(depth + 1);
      entries.push([key, this.#value(depth + 1)]);
    }
    this.#leave(outerEnd);
    return new AmqpMap(entries);
  }

  /** Part 1, section 1.6.24: the elements' constructor is written once, and their data follow one another. */
  #array(format: number, depth: number): AmqpArray {
    const outerEnd = this.#end;
    const count = this.#enter(format, depth, false);
    const descriptors: AmqpValue[] = [];
    let element = this.#byte();
    while (element === code.DESCRIBED) {
      if (depth + descriptors.length >= VALUE_DEPTH_MAX) throw tooDeep();
      descriptors.push(this.#value(depth + 1));
      element = this.#byte();
    }
    const type = elementType(element);
    this.#checkElements(count, element);
    const values: AmqpValue[] = [];
    for (let index = 0; index < count; index++) values.push(this.#data(element, depth + 1));
    this.#leave(outerEnd);
    return new AmqpArray(type, values, descriptors);
  }

  /** Refuses a number of elements for which the bytes that are left cannot suffice, before anything is made of them. */
  #checkElements(count: number, element: number): void {
    const extent = EXTENTS[element]!;
    if (extent === 0) {
      this.#zeroWidthLeft -= count;
      if (this.#zeroWidthLeft < 0) throw malformed(`more than ${ZERO_WIDTH_ELEMENTS_MAX} array elements take no bytes`);
      return;
    }
    const elementBytesMin = extent <= 16 ? extent : extent === EXTENT_SIZE_8 ? 1 : 4;
    if (count * elementBytesMin > this.#end - this.at) throw truncated(`an array of ${count} elements`);
  }

  /** Reads size and count of a list, map or array, and keeps reading within its size from here on. */
  #enter(format: number, depth: number, elementsHaveCodes = true): number {
    if (depth >= VALUE_DEPTH_MAX) throw tooDeep();
    const wide = EXTENTS[format] !== EXTENT_SIZE_8;
    const size = wide ? this.#unsigned32() : this.#byte();
    const innerEnd = this.at + size;
    if (innerEnd > this.#end) throw truncated('a compound value');
    this.#end = innerEnd;
    const count = wide ? this.#unsigned32() : this.#byte();
    if (elementsHaveCodes && count > innerEnd - this.at) throw truncated(`a compound value of ${count} elements`);
    return count;
  }

  #leave(outerEnd: number): void {
    if (this.at !== this.#end) throw malformed('a compound value is longer than its elements');
    this.#end = outerEnd;
  }

  #boolean(): boolean {
    const byte = this.#byte();
    if (byte > 1) throw malformed(`a boolean is ${hexadecimal(byte)}`);
    return byte === 1;
  }

  #character(): number {
    const point = this.#unsigned32();
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) throw malformed(`${hexadecimal(point)} is not a Unicode character`);
    return point;
  }

  #timestamp(): number | bigint {
    const value = BigInt.asIntN(64, this.#unsigned64());
    return isSafe(value) ? Number(value) : value;
  }

  #string(size: number): string {
    const start = this.#pass(size);
    return decodeUtf8(this.#bytes, start, this.at);
  }

  #symbol(size: number): AmqpSymbol {
    const start = this.#pass(size);
    return new AmqpSymbol(decodeAscii(this.#bytes, start, this.at));
  }

  #copy(size: number): Uint8Array {
    const start = this.#pass(size);
    return copyOf(this.#bytes, start, this.at);
  }

  #toScratch(size: number): void {
    const start = this.#pass(size);
    for (let index = 0; index < size; index++) scratch[index] = this.#bytes[start + index]!;
  }

  #byte(): number {
    return this.#bytes[this.#pass(1)]!;
  }

  #unsigned16(): number {
    const start = this.#pass(2);
    return (this.#bytes[start]! << 8) | this.#bytes[start + 1]!;
  }

  #unsigned32(): number {
    return uint32At(this.#bytes, this.#pass(4));
  }

  #unsigned64(): bigint {
    const start = this.#pass(8);
    return uint64At(this.#bytes, start);
  }

  /** Moves past `size` bytes and answers where they begin. */
  #pass(size: number): number {
    const start = this.at;
    if (start + size > this.#end) throw truncated('a value');
    this.at = start + size;
    return start;
  }
}

/** A plain copy of `bytes[start, end)`, whatever kind of Uint8Array `bytes` is. */
export function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start);
  copy.set(bytes.subarray(start, end));
  return copy;
}

/** The unsigned 64-bit number at `at`. The caller has checked that the bytes are there. */
export function uint64At(bytes: Uint8Array, at: number): bigint {
  return (BigInt(uint32At(bytes, at)) << 32n) | BigInt(uint32At(bytes, at + 4));
}

function tooDeep(): Error {
  return malformed(`a value is nested deeper than ${VALUE_DEPTH_MAX}`);
}

function elementType(format: number): ElementType {
  const type = ELEMENT_TYPES.get(format);
  if (type === undefined) throw unknownCode(format);
  return type;
}

const ELEMENT_TYPES: ReadonlyMap<number, ElementType> = new Map<number, ElementType>([
  [code.NULL, 'null'],
  [code.TRUE, 'boolean'],
  [code.FALSE, 'boolean'],
  [code.BOOLEAN, 'boolean'],
  [code.UBYTE, 'ubyte'],
  [code.USHORT, 'ushort'],
  [code.UINT, 'uint'],
  [code.UINT_SMALL, 'uint'],
  [code.UINT_0, 'uint'],
  [code.ULONG, 'ulong'],
  [code.ULONG_SMALL, 'ulong'],
  [code.ULONG_0, 'ulong'],
  [code.BYTE, 'byte'],
  [code.SHORT, 'short'],
  [code.INT, 'int'],
  [code.INT_SMALL, 'int'],
  [code.LONG, 'long'],
  [code.LONG_SMALL, 'long'],
  [code.FLOAT, 'float'],
  [code.DOUBLE, 'double'],
  [code.DECIMAL_32, 'decimal32'],
  [code.DECIMAL_64, 'decimal64'],
  [code.DECIMAL_128, 'decimal128'],
  [code.CHAR, 'char'],
  [code.TIMESTAMP, 'timestamp'],
  [code.UUID, 'uuid'],
  [code.BINARY_8, 'binary'],
  [code.BINARY_32, 'binary'],
  [code.STRING_8, 'string'],
  [code.STRING_32, 'string'],
  [code.SYMBOL_8, 'symbol'],
  [code.SYMBOL_32, 'symbol'],
  [code.LIST_0, 'list'],
  [code.LIST_8, 'list'],
  [code.LIST_32, 'list'],
  [code.MAP_8, 'map'],
  [code.MAP_32, 'map'],
  [code.ARRAY_8, 'array'],
  [code.ARRAY_32, 'array'],
]);
