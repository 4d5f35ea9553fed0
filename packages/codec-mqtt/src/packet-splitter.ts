import { putVariableInteger, VARIABLE_INTEGER_MAX } from './byte-writer.ts';
import { MqttDecodeError, malformed } from './decode-error.ts';
import { REASON } from './reason-code.ts';

/** The longest fixed header (section 2.1): the first byte, and a remaining length of four. */
export const FIXED_HEADER_BYTES_MAX = 5;

/** The largest packet that the protocol can say, in bytes. */
export const PACKET_SIZE_BYTES_LIMIT = FIXED_HEADER_BYTES_MAX + VARIABLE_INTEGER_MAX;

/** Who is told of what a `PacketSplitter` finds, in the order of the stream. The bytes are valid until the call returns. */
export interface PacketReceiver {
  /** `first` is the packet's first byte: its type and flags. The body is `bytes[start, end)`; it may be empty. */
  packet(first: number, bytes: Uint8Array, start: number, end: number): void;
}

/**
 * Finds packets in chunks that are cut anywhere (section 2.1).
 *
 *     0            1                  2 to 5
 *     type flags   remaining length   body
 *     1            1 to 4             remaining length
 *
 * A packet that lies whole in its chunk is given as it lies there. One that is cut is put together once, in a buffer of its own size.
 */
export class PacketSplitter {
  /** The largest packet taken, with its fixed header (section 3.1.2.11.4), in bytes. */
  packetSizeBytesMax: number;
  /**
   * Whether a remaining length that has more bytes than it needs is refused, as 5.0 demands [MQTT-1.5.5-1]. 3.1.1 has no such rule, and
   * there are clients that always send four bytes; so set it when the CONNECT has named version 5.
   */
  shortestLengths = false;
  readonly #allocate: (sizeBytes: number) => Uint8Array;
  #stopped = false;
  /** The fixed header that is being read, or that of the cut packet. */
  readonly #head = new Uint8Array(FIXED_HEADER_BYTES_MAX);
  #headLength = 0;
  /** The beginning of a body that is cut: `#cut[0, #cutLength)`, of `#cutSize` bytes; the size is 0 when none is cut. */
  #cut: Uint8Array = EMPTY;
  #cutLength = 0;
  #cutSize = 0;
  /** What was left of the chunk when it was stopped. */
  #left: Uint8Array | undefined;

  /** `allocate` makes the buffers in which cut packets are put together; their bytes need not be zero. */
  constructor(packetSizeBytesMax = PACKET_SIZE_BYTES_LIMIT, allocate: (sizeBytes: number) => Uint8Array = plainBytes) {
    this.packetSizeBytesMax = packetSizeBytesMax;
    this.#allocate = allocate;
  }

  /** Bytes that are kept of a packet which is cut. */
  get cutBytes(): number {
    return this.#cutLength;
  }

  /** Called from inside a callback: nothing more is delivered, neither of this chunk nor of later ones. */
  stop(): void {
    this.#stopped = true;
  }

  /** Bytes that have come and were not delivered: what followed when it was stopped, or a cut packet's beginning. */
  rest(): Uint8Array | undefined {
    if (this.#left !== undefined) return this.#left;
    if (this.#headLength === 0) return undefined;
    const rest = new Uint8Array(this.#headLength + this.#cutLength);
    rest.set(this.#head.subarray(0, this.#headLength));
    rest.set(this.#cut.subarray(0, this.#cutLength), this.#headLength);
    return rest;
  }

  /**
   * Delivers what the chunk completes. Throws `MqttDecodeError`: malformed for a remaining length of five bytes, 'packet too large' as
   * soon as the length is known; nothing can be read after that.
   */
  push(chunk: Uint8Array, receiver: PacketReceiver): void {
    if (this.#stopped) return;
    const length = chunk.length;
    let at = this.#cutSize === 0 ? 0 : this.#complete(chunk, receiver);
    while (!this.#stopped && at < length) {
      let first: number;
      let size: number;
      if (this.#headLength === 0 && at + 1 < length && chunk[at + 1]! < 0x80) {
        first = chunk[at]!;
        size = chunk[at + 1]!;
        at += 2;
        this.#checkSize(2, size);
      } else {
        at = this.#takeHead(chunk, at);
        const headLength = this.#headLength;
        if (headLength < 2 || this.#head[headLength - 1]! > 0x7f) return;
        first = this.#head[0]!;
        size = this.#remainingLength();
        this.#checkSize(headLength, size);
        this.#headLength = 0;
      }
      if (length - at < size) {
        this.#keep(first, size, chunk, at);
        return;
      }
      receiver.packet(first, chunk, at, at + size);
      at += size;
    }
    if (this.#stopped && at < length) this.#left = chunk.subarray(at);
  }

  /** Takes bytes of the fixed header from the chunk until it is whole; answers the offset after them. */
  #takeHead(chunk: Uint8Array, start: number): number {
    let at = start;
    while (at < chunk.length) {
      const byte = chunk[at++]!;
      this.#head[this.#headLength++] = byte;
      if (this.#headLength > 1 && byte < 0x80) break;
      if (this.#headLength === FIXED_HEADER_BYTES_MAX) throw malformed('a remaining length has more than four bytes');
    }
    return at;
  }

  #remainingLength(): number {
    const last = this.#headLength - 1;
    if (this.shortestLengths && last > 1 && this.#head[last] === 0) throw malformed('a remaining length has more bytes than it needs');
    let size = 0;
    for (let index = last; index > 0; index--) size = size * 0x80 + (this.#head[index]! & 0x7f);
    return size;
  }

  #checkSize(headLength: number, size: number): void {
    if (headLength + size > this.packetSizeBytesMax) {
      throw new MqttDecodeError(REASON.packetTooLarge, `a packet of ${headLength + size} bytes is larger than ${this.packetSizeBytesMax}`);
    }
  }

  #keep(first: number, size: number, chunk: Uint8Array, at: number): void {
    this.#head[0] = first;
    this.#headLength = putVariableInteger(this.#head, 1, size);
    this.#cut = this.#allocate(size);
    this.#cut.set(chunk.subarray(at));
    this.#cutLength = chunk.length - at;
    this.#cutSize = size;
  }

  /** Takes from the chunk what is missing of the cut body, delivers the packet when it is whole, and answers the offset after it. */
  #complete(chunk: Uint8Array, receiver: PacketReceiver): number {
    const at = Math.min(chunk.length, this.#cutSize - this.#cutLength);
    this.#cut.set(at === chunk.length ? chunk : chunk.subarray(0, at), this.#cutLength);
    this.#cutLength += at;
    if (this.#cutLength < this.#cutSize) return at;
    const whole = this.#cut;
    const size = this.#cutSize;
    this.#cut = EMPTY;
    this.#cutLength = 0;
    this.#cutSize = 0;
    this.#headLength = 0;
    receiver.packet(this.#head[0]!, whole, 0, size);
    return at;
  }
}

const EMPTY = new Uint8Array(0);

function plainBytes(sizeBytes: number): Uint8Array {
  return new Uint8Array(sizeBytes);
}
