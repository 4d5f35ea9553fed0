/**
 * Writes the few small frames that a client needs: SASL, open, begin, attach, flow, disposition, close. Lists are always in their
 * 32-bit form, so that a list's size can be written when it is finished (AMQP 1.0 part 1, section 1.6.22; frames: part 2, section 2.3).
 *
 *     ┌──────── 4 ────────┬── 1 ──┬── 1 ──┬─── 2 ───┬── 3 ─────────┬─ 1 ─┬── 4 ──┬── 4 ──┬────────┐
 *     │ size of the frame │ doff 2│ type  │ channel │ 00 53 descr. │ d0  │ size  │ count │ fields │
 *     └───────────────────┴───────┴───────┴─────────┴──────────────┴─────┴───────┴───────┴────────┘
 */
export class FrameWriter {
  bytes: Buffer;
  length = 0;
  #frameStart = 0;
  /** Where the size of each open list stands, and how many fields it has so far. */
  readonly #listStarts: number[] = [];
  readonly #listCounts: number[] = [];

  constructor(sizeBytes = 512) {
    this.bytes = Buffer.allocUnsafeSlow(sizeBytes);
  }

  /** Gives the buffer away: its bytes are still being written to a socket. */
  renew(): void {
    this.bytes = Buffer.allocUnsafeSlow(Math.min(this.bytes.length, 4096));
    this.length = 0;
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Begins a frame on channel 0 with a performative of this descriptor. */
  begin(type: 0 | 1, descriptor: number): void {
    this.#reserve(64);
    this.#frameStart = this.length;
    this.bytes.writeUInt32BE(0x02000000 | (type << 16), this.length + 4);
    this.length += 8;
    this.#openList(descriptor);
  }

  end(): void {
    this.endList();
    this.bytes.writeUInt32BE(this.length - this.#frameStart, this.#frameStart);
  }

  /** A frame without a body, which says only that we are alive (part 2, section 2.4.5). */
  heartbeat(): void {
    this.#reserve(8);
    this.bytes.writeUInt32BE(8, this.length);
    this.bytes.writeUInt32BE(0x02000000, this.length + 4);
    this.length += 8;
  }

  beginList(descriptor: number): void {
    this.#count();
    this.#reserve(64);
    this.#openList(descriptor);
  }

  endList(): void {
    const start = this.#listStarts.pop()!;
    const count = this.#listCounts.pop()!;
    this.bytes.writeUInt32BE(this.length - start - 4, start);
    this.bytes.writeUInt32BE(count, start + 4);
  }

  nothing(times = 1): void {
    for (let i = 0; i < times; i++) this.#code(0x40);
  }

  boolean(value: boolean): void {
    this.#code(value ? 0x41 : 0x42);
  }

  ubyte(value: number): void {
    this.#code(0x50);
    this.bytes[this.length++] = value;
  }

  ushort(value: number): void {
    this.#code(0x60);
    this.bytes.writeUInt16BE(value, this.length);
    this.length += 2;
  }

  uint(value: number): void {
    this.#code(0x70);
    this.bytes.writeUInt32BE(value >>> 0, this.length);
    this.length += 4;
  }

  string(value: string): void {
    this.#variable(0xb1, Buffer.from(value, 'utf8'));
  }

  symbol(value: string): void {
    this.#variable(0xb3, Buffer.from(value, 'ascii'));
  }

  binary(value: Buffer): void {
    this.#variable(0xb0, value);
  }

  #openList(descriptor: number): void {
    const { bytes } = this;
    bytes[this.length] = 0x00;
    bytes[this.length + 1] = 0x53;
    bytes[this.length + 2] = descriptor;
    bytes[this.length + 3] = 0xd0;
    this.#listStarts.push(this.length + 4);
    this.#listCounts.push(0);
    this.length += 12;
  }

  #count(): void {
    const last = this.#listCounts.length - 1;
    this.#listCounts[last] = this.#listCounts[last]! + 1;
  }

  #code(code: number): void {
    this.#count();
    this.#reserve(16);
    this.bytes[this.length++] = code;
  }

  #variable(code: number, value: Buffer): void {
    this.#code(code);
    this.#reserve(value.length + 4);
    this.bytes.writeUInt32BE(value.length, this.length);
    this.length += 4;
    this.raw(value);
  }

  #reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.length + more));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
