const encoder = new TextEncoder();

/** Up to here a loop over the characters is quicker than the platform's encoder, in UTF-16 units. */
const SHORT_TEXT_LENGTH_MAX = 64;

/** The largest number that a variable byte integer can say (5.0, section 1.5.5), and so the largest remaining length, in bytes. */
export const VARIABLE_INTEGER_MAX = 268_435_455;

/**
 * A growing output buffer: what is written stands in `bytes[0, length)`, all numbers in network byte order. `bytes` and `length` are
 * public because the hot path reserves once and then writes straight into them.
 */
export class ByteWriter {
  bytes: Uint8Array;
  length = 0;
  readonly #allocate: (sizeBytes: number) => Uint8Array;

  /** `allocate` makes the first buffer and each larger one; its bytes need not be zero. */
  constructor(sizeBytes = 256, allocate: (sizeBytes: number) => Uint8Array = plainBytes) {
    this.#allocate = allocate;
    this.bytes = allocate(sizeBytes);
  }

  /** Makes room for `more` bytes after `length`; a buffer that has to grow at least doubles. */
  reserve(more: number): void {
    if (this.length + more > this.bytes.length) this.#grow(more);
  }

  #grow(more: number): void {
    const larger = this.#allocate(Math.max(this.bytes.length * 2, this.length + more));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  u8(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  u16(value: number): void {
    this.reserve(2);
    const { bytes, length } = this;
    bytes[length] = value >>> 8;
    bytes[length + 1] = value;
    this.length = length + 2;
  }

  u32(value: number): void {
    this.reserve(4);
    const { bytes, length } = this;
    bytes[length] = value >>> 24;
    bytes[length + 1] = value >>> 16;
    bytes[length + 2] = value >>> 8;
    bytes[length + 3] = value;
    this.length = length + 4;
  }

  /** A variable byte integer in its shortest form. Throws a RangeError for what it cannot say: that is the caller's mistake. */
  variableInteger(value: number): void {
    this.reserve(4);
    this.length = putVariableInteger(this.bytes, this.length, value);
  }

  raw(bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.reserve(end - start);
    this.bytes.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), this.length);
    this.length += end - start;
  }

  /** Lone surrogates become U+FFFD. */
  utf8(text: string): void {
    // No UTF-16 unit needs more than three bytes.
    this.reserve(text.length * 3);
    const { bytes } = this;
    let at = this.length;
    let index = 0;
    if (text.length <= SHORT_TEXT_LENGTH_MAX) {
      while (index < text.length) {
        const unit = text.charCodeAt(index);
        if (unit > 0x7f) break;
        bytes[at++] = unit;
        index++;
      }
      if (index === text.length) {
        this.length = at;
        return;
      }
    }
    this.length = at + encoder.encodeInto(index === 0 ? text : text.slice(index), bytes.subarray(at)).written;
  }

  /** Begins something whose size comes before it as a variable byte integer; answers the place for `endSized`. */
  beginSized(): number {
    this.u8(0);
    return this.length;
  }

  /** Writes the size of all that follows `start`, and makes room for it when one byte is not enough. */
  endSized(start: number): void {
    const size = this.length - start;
    const more = variableIntegerBytes(size) - 1;
    if (more > 0) {
      this.reserve(more);
      this.bytes.copyWithin(start + more, start, this.length);
      this.length += more;
    }
    putVariableInteger(this.bytes, start - 1, size);
  }
}

/** Writes `value` in its shortest form where there is room for it, and answers the offset after it. */
export function putVariableInteger(bytes: Uint8Array, at: number, value: number): number {
  if (value < 0x80) {
    bytes[at] = value;
    return at + 1;
  }
  if (value > VARIABLE_INTEGER_MAX) throw new RangeError(`${value} is more than a variable byte integer can say`);
  let next = at;
  let rest = value;
  while (rest > 0x7f) {
    bytes[next++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[next] = rest;
  return next + 1;
}

/** How many bytes a variable byte integer takes in its shortest form. */
export function variableIntegerBytes(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4;
}

function plainBytes(sizeBytes: number): Uint8Array {
  return new Uint8Array(sizeBytes);
}
