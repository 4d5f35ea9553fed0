const encoder = new TextEncoder();

/** Up to here a loop over the characters is quicker than the platform's encoder, in UTF-16 units. */
const SHORT_TEXT_LENGTH_MAX = 64;

/** Where floating-point numbers are taken apart, so that no view has to be made of each new output buffer. */
const scratch = new Uint8Array(8);
const scratchView = new DataView(scratch.buffer);

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

  /** Signed numbers are written as their two's complement. */
  u64(value: bigint): void {
    const bits = BigInt.asUintN(64, value);
    this.u32(Number(bits >> 32n));
    this.u32(Number(bits & 0xffff_ffffn));
  }

  f32(value: number): void {
    scratchView.setFloat32(0, value);
    this.raw(scratch, 0, 4);
  }

  f64(value: number): void {
    scratchView.setFloat64(0, value);
    this.raw(scratch, 0, 8);
  }

  raw(bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.reserve(end - start);
    this.bytes.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), this.length);
    this.length += end - start;
  }

  /** Throws a RangeError for a character beyond ASCII: that is the caller's mistake. */
  ascii(text: string): void {
    this.reserve(text.length);
    const { bytes, length } = this;
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      if (unit > 0x7f) throw new RangeError(`${JSON.stringify(text)} is not ASCII`);
      bytes[length + index] = unit;
    }
    this.length = length + text.length;
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
}

function plainBytes(sizeBytes: number): Uint8Array {
  return new Uint8Array(sizeBytes);
}
