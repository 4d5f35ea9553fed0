/** Wire types of Protocol Buffers (protobuf.dev, "Encoding": a field begins with its number and one of these). */
const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** Bytes that a number of a field, a fixed number and their like take at the most. */
const SMALL_BYTES_MAX = 16;
const WORD = 2 ** 32;
const encoder = new TextEncoder();

/**
 * Writes messages of Protocol Buffers, one field after the other:
 *
 *     number and wire type (varint) │ varint                 whole numbers
 *                                   │ 8 or 4 bytes           fixed64 and fixed32, the lowest byte first
 *                                   │ size (varint) │ bytes  texts, bytes, and messages within the message
 */
export class ProtobufWriter {
  bytes: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  /** What was written; valid until more is. */
  get written(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  #reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.length + more, this.bytes.length * 2));
    larger.set(this.written);
    this.bytes = larger;
  }

  /** 0 or more, up to 2^53. */
  #varint(value: number): void {
    let rest = value;
    for (; rest >= WORD; rest = Math.floor(rest / 128)) this.bytes[this.length++] = (rest % 128) | 0x80;
    for (; rest > 0x7f; rest >>>= 7) this.bytes[this.length++] = (rest & 0x7f) | 0x80;
    this.bytes[this.length++] = rest;
  }

  #tag(field: number, wireType: number): void {
    this.#reserve(SMALL_BYTES_MAX);
    this.#varint((field << 3) | wireType);
  }

  whole(field: number, value: number): void {
    this.#tag(field, VARINT);
    this.#varint(value);
  }

  fixed32(field: number, value: number): void {
    this.#tag(field, FIXED_32);
    this.#littleEndian(value);
  }

  fixed64(field: number, high: number, low: number): void {
    this.#tag(field, FIXED_64);
    this.#littleEndian(low);
    this.#littleEndian(high);
  }

  #littleEndian(word: number): void {
    const { bytes, length } = this;
    bytes[length] = word;
    bytes[length + 1] = word >>> 8;
    bytes[length + 2] = word >>> 16;
    bytes[length + 3] = word >>> 24;
    this.length = length + 4;
  }

  /** Bytes that are the words' own, the highest first. */
  words(field: number, words: readonly number[]): void {
    this.#tag(field, LENGTH_DELIMITED);
    this.#reserve(SMALL_BYTES_MAX + words.length * 4);
    this.#varint(words.length * 4);
    for (let i = 0; i < words.length; i++) {
      const word = words[i]!;
      this.bytes[this.length++] = word >>> 24;
      this.bytes[this.length++] = word >>> 16;
      this.bytes[this.length++] = word >>> 8;
      this.bytes[this.length++] = word;
    }
  }

  text(field: number, text: string): void {
    const start = this.begin(field);
    this.#reserve(text.length * 3);
    const { bytes } = this;
    let ascii = true;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) ascii = false;
      bytes[start + i] = unit;
    }
    this.length = start + (ascii ? text.length : encoder.encodeInto(text, bytes.subarray(start)).written);
    this.end(start);
  }

  /** Fields that are written already. */
  raw(fields: Uint8Array): void {
    this.#reserve(fields.length);
    this.bytes.set(fields, this.length);
    this.length += fields.length;
  }

  /** What is written from here on is one field, up to `end` with what this answers. */
  begin(field: number): number {
    this.#tag(field, LENGTH_DELIMITED);
    return ++this.length;
  }

  end(start: number): void {
    const size = this.length - start;
    // One byte was left for the size; a larger one moves what has been written.
    if (size > 0x7f) {
      this.#reserve(SMALL_BYTES_MAX);
      const width = varintBytes(size);
      this.bytes.copyWithin(start + width - 1, start, this.length);
    }
    this.length = start - 1;
    this.#varint(size);
    this.length += size;
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 0x7f; rest >>>= 7) bytes++;
  return bytes;
}
