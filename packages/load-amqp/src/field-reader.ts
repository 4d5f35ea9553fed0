/** The peer sent what is not AMQP 1.0. */
export class ScanError extends Error {}

/**
 * Reads a performative's fields one after the other, in place and without making values of what is passed over. One reader is used for all frames:
 * nothing is allocated for a transfer, flow or disposition.
 *
 * The width of a value follows from the upper half of its constructor (AMQP 1.0 part 1, section 1.2):
 *
 *     0x4_  0x5_  0x6_  0x7_  0x8_  0x9_   0xa_ 0xc_ 0xe_     0xb_ 0xd_ 0xf_
 *      0     1     2     4     8     16    1 + that many      4 + that many     bytes
 */
export class FieldReader {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;
  /** Fields that are not read yet. */
  left = 0;

  /** Opens the described list at `start` and answers its descriptor's code; -1 when the value is not a described list. */
  open(bytes: Uint8Array, start: number, end: number): number {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    this.left = 0;
    const code = this.#descriptor();
    if (code < 0 || this.at >= end) return -1;
    switch (bytes[this.at]) {
      case 0x45:
        this.at += 1;
        return code;
      case 0xc0:
        this.#need(3);
        this.left = bytes[this.at + 2]!;
        this.at += 3;
        return code;
      case 0xd0:
        this.#need(9);
        this.left = this.#uint32(this.at + 5);
        this.at += 9;
        return code;
      default:
        return -1;
    }
  }

  /** An integer field of any width up to 32 bits; `absent` when it is null or not there. */
  uint(absent: number): number {
    if (this.left === 0) return absent;
    const { bytes, at } = this;
    if (at >= this.end) throw new ScanError('a performative ends in the middle of its fields');
    switch (bytes[at]) {
      case 0x43:
        this.left--;
        this.at = at + 1;
        return 0;
      case 0x50:
      case 0x52:
        this.#need(2);
        this.left--;
        this.at = at + 2;
        return bytes[at + 1]!;
      case 0x60:
        this.#need(3);
        this.left--;
        this.at = at + 3;
        return (bytes[at + 1]! << 8) | bytes[at + 2]!;
      case 0x70:
        this.#need(5);
        this.left--;
        this.at = at + 5;
        return this.#uint32(at + 1);
      default:
        this.skip();
        return absent;
    }
  }

  boolean(absent: boolean): boolean {
    if (this.left === 0) return absent;
    const { bytes, at } = this;
    if (at < this.end) {
      if (bytes[at] === 0x41 || bytes[at] === 0x42) {
        this.left--;
        this.at = at + 1;
        return bytes[at] === 0x41;
      }
      if (bytes[at] === 0x56) {
        this.#need(2);
        this.left--;
        this.at = at + 2;
        return bytes[at + 1] === 1;
      }
    }
    this.skip();
    return absent;
  }

  /** A string or symbol. */
  text(): string | undefined {
    if (this.left === 0) return undefined;
    const start = this.at;
    const code = this.bytes[start]!;
    this.skip();
    if (code === 0xa1 || code === 0xa3) return textAt(this.bytes, start + 2, this.at);
    if (code === 0xb1 || code === 0xb3) return textAt(this.bytes, start + 5, this.at);
    return undefined;
  }

  /** Symbols: one, or an array of them. */
  texts(): string[] {
    if (this.left === 0) return [];
    const start = this.at;
    const code = this.bytes[start]!;
    if (code !== 0xe0 && code !== 0xf0) {
      const one = this.text();
      return one === undefined ? [] : [one];
    }
    this.skip();
    const wide = code === 0xf0;
    let count = wide ? this.#uint32(start + 5) : this.bytes[start + 2]!;
    let at = start + (wide ? 9 : 3);
    const element = this.bytes[at++];
    const found: string[] = [];
    while (count-- > 0 && at < this.at) {
      const width = element === 0xb3 ? 4 : 1;
      const length = width === 4 ? this.#uint32(at) : (this.bytes[at] ?? 0);
      if (at + width + length > this.at) throw new ScanError('an element is longer than its array');
      found.push(textAt(this.bytes, at + width, at + width + length));
      at += width + length;
    }
    return found;
  }

  /** The code of a described value's descriptor, whose value is passed over; 0 when there is none. */
  describedCode(): number {
    if (this.left === 0) return 0;
    const start = this.at;
    if (this.bytes[start] !== 0x00) {
      this.skip();
      return 0;
    }
    const code = this.#descriptor();
    this.at = start;
    this.skip();
    return code;
  }

  /** A reader of the described list that stands here, or undefined when it is another value. For rare things: it allocates. */
  nested(): { readonly code: number; readonly fields: FieldReader } | undefined {
    if (this.left === 0) return undefined;
    const start = this.at;
    this.skip();
    const fields = new FieldReader();
    const code = fields.open(this.bytes, start, this.at);
    return code < 0 ? undefined : { code, fields };
  }

  /** Passes over one field. */
  skip(): void {
    if (this.left === 0) return;
    this.left--;
    // A descriptor may itself be described: each turn takes one value off, and the frame bounds the turns.
    for (let values = 1; values > 0; values--) {
      if (this.at >= this.end) throw new ScanError('a performative ends in the middle of its fields');
      const code = this.bytes[this.at]!;
      if (code === 0x00) {
        this.at += 1;
        values += 2;
        continue;
      }
      const after = this.#after(code);
      if (after > this.end) throw new ScanError('a field is longer than its frame');
      this.at = after;
    }
  }

  #after(code: number): number {
    const at = this.at + 1;
    switch (code >> 4) {
      case 0x4:
        return at;
      case 0x5:
        return at + 1;
      case 0x6:
        return at + 2;
      case 0x7:
        return at + 4;
      case 0x8:
        return at + 8;
      case 0x9:
        return at + 16;
      case 0xa:
      case 0xc:
      case 0xe:
        this.#need(2);
        return at + 1 + this.bytes[at]!;
      case 0xb:
      case 0xd:
      case 0xf:
        this.#need(5);
        return at + 4 + this.#uint32(at);
      default:
        throw new ScanError(`0x${code.toString(16)} is not a constructor of AMQP 1.0`);
    }
  }

  /** Passes a descriptor that is a ulong: 0x00 0x53 code, or 0x00 0x80 and eight bytes. */
  #descriptor(): number {
    const { bytes, at } = this;
    if (at + 3 > this.end || bytes[at] !== 0x00) return -1;
    if (bytes[at + 1] === 0x53) {
      this.at = at + 3;
      return bytes[at + 2]!;
    }
    if (bytes[at + 1] === 0x80) {
      this.#need(10);
      this.at = at + 10;
      return this.#uint32(at + 2) === 0 ? this.#uint32(at + 6) : -1;
    }
    return -1;
  }

  #need(bytes: number): void {
    if (this.at + bytes > this.end) throw new ScanError('a performative ends in the middle of its fields');
  }

  #uint32(at: number): number {
    const { bytes } = this;
    return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
  }
}

function textAt(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}
