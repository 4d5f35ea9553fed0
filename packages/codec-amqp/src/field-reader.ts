import { type AmqpDecodeError, hexadecimal, invalidField, malformed, truncated } from './decode-error.ts';
import { descriptorCode, descriptorName } from './descriptor.ts';
import * as code from './format-code.ts';
import { uint32At } from './format-code.ts';
import { skipValue } from './skip-value.ts';
import { decodeAscii, decodeUtf8 } from './text.ts';
import { AmqpArray, AmqpMap, type AmqpSymbol, type AmqpValue, type MessageId, Typed } from './value.ts';
import { copyOf, uint64At, ValueDecoder } from './value-decoder.ts';

const EMPTY = new Uint8Array(0);

/**
 * Reads the fields of a composite type one after the other: a described list, whose fields may be null or, at the end, left out
 * (part 1, section 1.4). Each read takes the next field in any encoding of its type, and answers `absent` (or `undefined`) when there is
 * none. An object of this class is reused, so that reading numbers and booleans allocates nothing.
 *
 *     0x00  descriptor  list constructor  size  count  field  field …
 */
export class FieldReader {
  bytes: Uint8Array = EMPTY;
  /** The offset of the next field. */
  at = 0;
  /** The offset after the list. */
  end = 0;
  /** How many fields are still to come. */
  left = 0;
  /** The span of the last binary field that was read by `binarySpan`. */
  spanStart = 0;
  spanEnd = 0;
  #code = -1;
  #count = 0;

  /** Reads descriptor and head of the list, and answers the descriptor's code; -1 for one that is none of the specification's. */
  begin(bytes: Uint8Array, start: number, end: number): number {
    let at: number;
    if (end - start > 3 && bytes[start] === code.DESCRIBED && bytes[start + 1] === code.ULONG_SMALL) {
      this.#code = bytes[start + 2]!;
      at = start + 3;
    } else {
      if (start >= end) throw truncated('a described list');
      if (bytes[start] !== code.DESCRIBED) throw malformed(`a described list begins with ${hexadecimal(bytes[start]!)}`);
      this.#code = descriptorCode(bytes, start, end);
      at = skipValue(bytes, start + 1, end);
    }
    this.bytes = bytes;
    this.#list(at, end);
    return this.#code;
  }

  #list(start: number, end: number): void {
    const bytes = this.bytes;
    if (start >= end) throw truncated('a described list');
    const format = bytes[start]!;
    if (format === code.LIST_8) {
      if (start + 3 > end) throw truncated('a list');
      this.#span(start + 3, start + 2 + bytes[start + 1]!, bytes[start + 2]!, end);
    } else if (format === code.LIST_32) {
      if (start + 9 > end) throw truncated('a list');
      this.#span(start + 9, start + 5 + uint32At(bytes, start + 1), uint32At(bytes, start + 5), end);
    } else if (format === code.LIST_0) {
      this.#span(start + 1, start + 1, 0, end);
    } else {
      throw malformed(`${descriptorName(this.#code)} is not a list but has format code ${hexadecimal(format)}`);
    }
  }

  #span(at: number, listEnd: number, count: number, end: number): void {
    if (listEnd > end) throw truncated('a list');
    if (count > listEnd - at) throw malformed(`a list of ${count} elements has ${listEnd - at} bytes`);
    this.at = at;
    this.end = listEnd;
    this.left = count;
    this.#count = count;
  }

  /** Checks that the fields fill the list. Fields beyond those that were read are ignored. */
  finish(): void {
    if (this.left === 0 && this.at !== this.end) throw malformed('a list is longer than its elements');
  }

  uint(absent: number): number {
    if (this.left === 0) return absent;
    this.left--;
    const { bytes, at } = this;
    if (at >= this.end) throw truncated('a list');
    switch (bytes[at]) {
      case code.UINT_SMALL:
        return bytes[this.#pass(2) + 1]!;
      case code.UINT_0:
        this.at = at + 1;
        return 0;
      case code.UINT:
        return uint32At(bytes, this.#pass(5) + 1);
      case code.NULL:
        this.at = at + 1;
        return absent;
      default:
        throw this.#wrongType('a uint');
    }
  }

  ushort(absent: number): number {
    if (this.#absent()) return absent;
    if (this.bytes[this.at] !== code.USHORT) throw this.#wrongType('a ushort');
    const at = this.#pass(3);
    return (this.bytes[at + 1]! << 8) | this.bytes[at + 2]!;
  }

  ubyte(absent: number): number {
    if (this.#absent()) return absent;
    if (this.bytes[this.at] !== code.UBYTE) throw this.#wrongType('a ubyte');
    return this.bytes[this.#pass(2) + 1]!;
  }

  ulong(): bigint | undefined {
    if (this.#absent()) return undefined;
    switch (this.bytes[this.at]) {
      case code.ULONG_SMALL:
        return BigInt(this.bytes[this.#pass(2) + 1]!);
      case code.ULONG_0:
        this.at++;
        return 0n;
      case code.ULONG:
        return uint64At(this.bytes, this.#pass(9) + 1);
      default:
        throw this.#wrongType('a ulong');
    }
  }

  /** 0 or 1, or `absent`. */
  boolean(absent: number): number {
    if (this.left === 0) return absent;
    this.left--;
    const { bytes, at } = this;
    if (at >= this.end) throw truncated('a list');
    switch (bytes[at]) {
      case code.FALSE:
        this.at = at + 1;
        return 0;
      case code.TRUE:
        this.at = at + 1;
        return 1;
      case code.NULL:
        this.at = at + 1;
        return absent;
      case code.BOOLEAN: {
        const value = bytes[this.#pass(2) + 1]!;
        if (value > 1) throw malformed(`a boolean is ${hexadecimal(value)}`);
        return value;
      }
      default:
        throw this.#wrongType('a boolean');
    }
  }

  string(): string | undefined {
    if (this.#absent()) return undefined;
    if (!this.#sized(code.STRING_8, code.STRING_32)) throw this.#wrongType('a string');
    return decodeUtf8(this.bytes, this.spanStart, this.spanEnd);
  }

  symbol(): string | undefined {
    if (this.#absent()) return undefined;
    if (!this.#sized(code.SYMBOL_8, code.SYMBOL_32)) throw this.#wrongType('a symbol');
    return decodeAscii(this.bytes, this.spanStart, this.spanEnd);
  }

  /** A field with `multiple="true"`: one symbol, or an array of symbols (part 1, section 1.4). */
  symbols(): string[] | undefined {
    if (this.#absent()) return undefined;
    if (this.#sized(code.SYMBOL_8, code.SYMBOL_32)) return [decodeAscii(this.bytes, this.spanStart, this.spanEnd)];
    const value = this.#decode();
    if (!(value instanceof AmqpArray) || value.type !== 'symbol' || value.descriptors.length > 0)
      throw this.#wrongType('a symbol or an array of symbols');
    return value.values.map(element => (element as AmqpSymbol).value);
  }

  /** A copy. */
  binary(): Uint8Array | undefined {
    return this.binarySpan() ? copyOf(this.bytes, this.spanStart, this.spanEnd) : undefined;
  }

  /** Whether there is a binary value; it is `bytes[spanStart, spanEnd)`, an empty span when there is none. */
  binarySpan(): boolean {
    if (this.#absent()) {
      this.spanStart = this.at;
      this.spanEnd = this.at;
      return false;
    }
    if (!this.#sized(code.BINARY_8, code.BINARY_32)) throw this.#wrongType('a binary value');
    return true;
  }

  map(): AmqpMap | undefined {
    if (this.#absent()) return undefined;
    const value = this.#decode();
    if (!(value instanceof AmqpMap)) throw this.#wrongType('a map');
    return value;
  }

  /** A field of any type. */
  value(): AmqpValue | undefined {
    return this.#absent() ? undefined : this.#decode();
  }

  /** A field that is called `name`, of one of the four types of ids. */
  messageId(name: string): MessageId | undefined {
    const value = this.value();
    if (value === undefined || typeof value === 'string' || value instanceof Uint8Array) return value;
    if (value instanceof Typed && (value.type === 'ulong' || value.type === 'uuid')) return value;
    throw this.invalid(name, 'is neither a ulong, uuid, binary nor string');
  }

  /** The offset of a field that is not decoded here; -1 when there is none. Afterwards `at` is the offset after it. */
  skip(): number {
    if (this.#absent()) return -1;
    const start = this.at;
    this.at = skipValue(this.bytes, start, this.end);
    return start;
  }

  /** The refusal of a composite that lacks a mandatory field. */
  missing(field: string): AmqpDecodeError {
    return invalidField(`${descriptorName(this.#code)} has no ${field}, which is mandatory`);
  }

  /** The refusal of a field's value. */
  invalid(field: string, why: string): AmqpDecodeError {
    return invalidField(`${field} of ${descriptorName(this.#code)} ${why}`);
  }

  /** Counts the next field; true when it is null or left out. */
  #absent(): boolean {
    if (this.left === 0) return true;
    this.left--;
    if (this.at >= this.end) throw truncated('a list');
    if (this.bytes[this.at] !== code.NULL) return false;
    this.at++;
    return true;
  }

  /** Takes the span of a field that has one of the two codes; false, with nothing taken, when it has another one. */
  #sized(code8: number, code32: number): boolean {
    const { bytes, at } = this;
    const format = bytes[at];
    if (format === code8) {
      if (at + 2 > this.end) throw truncated('a list');
      this.spanStart = at + 2;
      this.spanEnd = at + 2 + bytes[at + 1]!;
    } else if (format === code32) {
      if (at + 5 > this.end) throw truncated('a list');
      this.spanStart = at + 5;
      this.spanEnd = at + 5 + uint32At(bytes, at + 1);
    } else {
      return false;
    }
    if (this.spanEnd > this.end) throw truncated('a list');
    this.at = this.spanEnd;
    return true;
  }

  #decode(): AmqpValue {
    const decoder = new ValueDecoder();
    const value = decoder.decode(this.bytes, this.at, this.end);
    this.at = decoder.at;
    return value;
  }

  /** Moves past `size` bytes and answers where they begin. */
  #pass(size: number): number {
    const start = this.at;
    if (start + size > this.end) throw truncated('a list');
    this.at = start + size;
    return start;
  }

  #wrongType(wanted: string): AmqpDecodeError {
    const index = this.#count - this.left;
    return invalidField(`field ${index} of ${descriptorName(this.#code)} is not ${wanted}`);
  }
}
