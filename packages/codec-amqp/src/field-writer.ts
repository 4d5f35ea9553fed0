import type { ByteWriter } from './byte-writer.ts';
import * as code from './format-code.ts';
import type { AmqpMap, AmqpValue } from './value.ts';
import { AmqpArray, symbol } from './value.ts';
import {
  beginCompound,
  encodeArray,
  encodeBinary,
  encodeMap,
  encodeString,
  encodeSymbol,
  encodeUint,
  encodeUlong,
  encodeValue,
  endCompound,
} from './value-encoder.ts';

/**
 * Writes a composite type: descriptor, list, and its fields one after the other. `undefined` becomes null, and nulls at the end are
 * left out (part 1, section 1.4).
 */
export class FieldWriter {
  readonly writer: ByteWriter;
  readonly #start: number;
  #count = 0;
  /** Number of fields up to the last one that is not null. */
  #countPresent = 0;

  constructor(writer: ByteWriter, descriptor: number) {
    this.writer = writer;
    writer.u8(code.DESCRIBED);
    writer.u8(code.ULONG_SMALL);
    writer.u8(descriptor);
    this.#start = beginCompound(writer, code.LIST_8);
  }

  finish(): void {
    const { writer } = this;
    // Each null takes one byte.
    writer.length -= this.#count - this.#countPresent;
    if (this.#countPresent > 0) {
      endCompound(writer, this.#start, this.#countPresent);
    } else {
      writer.bytes[this.#start] = code.LIST_0;
      writer.length = this.#start + 1;
    }
  }

  uint(value: number | undefined): void {
    if (this.#next(value)) encodeUint(this.writer, value);
  }

  ushort(value: number | undefined): void {
    if (!this.#next(value)) return;
    this.writer.u8(code.USHORT);
    this.writer.u16(value);
  }

  ubyte(value: number | undefined): void {
    if (!this.#next(value)) return;
    this.writer.u8(code.UBYTE);
    this.writer.u8(value);
  }

  ulong(value: bigint | undefined): void {
    if (this.#next(value)) encodeUlong(this.writer, value);
  }

  boolean(value: boolean | undefined): void {
    if (this.#next(value)) this.writer.u8(value ? code.TRUE : code.FALSE);
  }

  string(value: string | undefined): void {
    if (this.#next(value)) encodeString(this.writer, value);
  }

  symbol(value: string | undefined): void {
    if (this.#next(value)) encodeSymbol(this.writer, value);
  }

  /** Always an array, although one symbol could do without: there are peers that do not expect that. */
  symbols(values: readonly string[] | undefined): void {
    if (this.#next(values)) encodeArray(this.writer, new AmqpArray('symbol', values.map(symbol)));
  }

  binary(value: Uint8Array | undefined): void {
    if (this.#next(value)) encodeBinary(this.writer, value);
  }

  map(value: AmqpMap | undefined): void {
    if (this.#next(value)) encodeMap(this.writer, value);
  }

  value(value: AmqpValue | undefined): void {
    if (this.#next(value)) encodeValue(this.writer, value);
  }

  /** A field of a composite type, written by its own function. */
  composite<T>(value: T | undefined, write: (writer: ByteWriter, value: T) => void): void {
    if (this.#next(value)) write(this.writer, value);
  }

  /** Counts a field; writes a null in its place and answers false when there is no value. */
  #next<T>(value: T | undefined): value is T {
    this.#count++;
    if (value === undefined || value === null) {
      this.writer.u8(code.NULL);
      return false;
    }
    this.#countPresent = this.#count;
    return true;
  }
}
