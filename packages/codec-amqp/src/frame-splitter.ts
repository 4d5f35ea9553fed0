import { AmqpDecodeError } from './decode-error.ts';
import { uint32At } from './format-code.ts';
import { FRAME_HEADER_BYTES, PROTOCOL_HEADER_BYTES } from './limits.ts';
import { PROTOCOL_NAME } from './protocol-header.ts';

export const FRAME_TYPE_AMQP = 0;
export const FRAME_TYPE_SASL = 1;

/** Who is told of what a `FrameSplitter` finds, in the order of the stream. The bytes are valid until the call returns. */
export interface FrameReceiver {
  /** The body is `bytes[start, end)`; it is empty for a heartbeat. `channel` has no meaning for SASL frames. */
  frame(type: number, channel: number, bytes: Uint8Array, start: number, end: number): void;
  header(protocolId: number, major: number, minor: number, revision: number): void;
}

/**
 * Finds protocol headers and frames in chunks that are cut anywhere.
 *
 *     frame   0            4      5      6         8                 doff × 4      size
 *             size (u32)   doff   type   channel   extended header   body
 *
 * A frame that lies whole in its chunk is given as it lies there. One that is cut is put together once, in a buffer of its own size.
 * It begins by expecting a protocol header, unless it goes on where another one was stopped. (Part 2, sections 2.2 and 2.3.)
 */
export class FrameSplitter {
  /** The largest frame taken, in bytes. */
  frameSizeBytesMax: number;
  readonly #allocate: (sizeBytes: number) => Uint8Array;
  #headerExpected: boolean;
  #stopped = false;
  /** The beginning of a header or frame that is cut: `#cut[0, #cutLength)`, of `#cutSize` bytes; the size is 0 when nothing is cut. */
  #cut: Uint8Array = EMPTY;
  #cutLength = 0;
  #cutSize = 0;
  /** The size of a frame is known and checked, so that `#cut` has room for all of it. */
  #cutSizeKnown = false;
  /** What was left of the chunk when it was stopped. */
  #left: Uint8Array | undefined;

  /** `allocate` makes the buffers in which cut frames are put together; their bytes need not be zero. */
  constructor(frameSizeBytesMax: number, allocate: (sizeBytes: number) => Uint8Array = plainBytes, first: 'header' | 'frame' = 'header') {
    this.frameSizeBytesMax = frameSizeBytesMax;
    this.#headerExpected = first === 'header';
    this.#allocate = allocate;
  }

  /** The next eight bytes are a protocol header again: after SASL, and from inside a callback as well. */
  expectHeader(): void {
    this.#headerExpected = true;
  }

  /** Called from inside a callback: nothing more is delivered, neither of this chunk nor of later ones. */
  stop(): void {
    this.#stopped = true;
  }

  /** Bytes that have come and were not delivered: what followed when it was stopped, or a cut frame's beginning. */
  rest(): Uint8Array | undefined {
    if (this.#left !== undefined) return this.#left;
    return this.#cutSize === 0 ? undefined : this.#cut.subarray(0, this.#cutLength);
  }

  /** Delivers what the chunk completes. Throws `AmqpDecodeError` 'amqp:connection:framing-error'; nothing can be read after that. */
  push(chunk: Uint8Array, receiver: FrameReceiver): void {
    if (this.#stopped) return;
    const length = chunk.length;
    let at = this.#cutSize === 0 ? 0 : this.#complete(chunk, receiver);
    while (!this.#stopped && at < length) {
      if (this.#headerExpected) {
        checkProtocolName(chunk, at, length);
        if (length - at < PROTOCOL_HEADER_BYTES) {
          this.#keep(chunk, at, PROTOCOL_HEADER_BYTES, false);
          return;
        }
        this.#headerExpected = false;
        receiver.header(chunk[at + 4]!, chunk[at + 5]!, chunk[at + 6]!, chunk[at + 7]!);
        at += PROTOCOL_HEADER_BYTES;
        continue;
      }
      if (length - at < 4) {
        this.#keep(chunk, at, FRAME_HEADER_BYTES, false);
        return;
      }
      const size = uint32At(chunk, at);
      this.#checkSize(size);
      if (length - at < size) {
        this.#keep(chunk, at, size, true);
        return;
      }
      deliver(chunk, at, size, receiver);
      at += size;
    }
    if (this.#stopped && at < length) this.#left = chunk.subarray(at);
  }

  #keep(chunk: Uint8Array, at: number, size: number, sizeKnown: boolean): void {
    this.#cut = this.#allocate(size);
    this.#cut.set(at === 0 ? chunk : chunk.subarray(at));
    this.#cutLength = chunk.length - at;
    this.#cutSize = size;
    this.#cutSizeKnown = sizeKnown;
  }

  /** Takes from the chunk what is missing of the cut header or frame, delivers it when it is whole, and answers the offset after it. */
  #complete(chunk: Uint8Array, receiver: FrameReceiver): number {
    let at = 0;
    if (!this.#headerExpected && !this.#cutSizeKnown) {
      at = this.#take(chunk, at, 4);
      if (this.#cutLength < 4) return at;
      const size = uint32At(this.#cut, 0);
      this.#checkSize(size);
      const whole = this.#allocate(size);
      whole.set(this.#cut.subarray(0, 4));
      this.#cut = whole;
      this.#cutSize = size;
      this.#cutSizeKnown = true;
    }
    at = this.#take(chunk, at, this.#cutSize);
    if (this.#headerExpected) checkProtocolName(this.#cut, 0, this.#cutLength);
    if (this.#cutLength < this.#cutSize) return at;
    const whole = this.#cut;
    const size = this.#cutSize;
    this.#cut = EMPTY;
    this.#cutLength = 0;
    this.#cutSize = 0;
    if (this.#headerExpected) {
      this.#headerExpected = false;
      receiver.header(whole[4]!, whole[5]!, whole[6]!, whole[7]!);
    } else {
      deliver(whole, 0, size, receiver);
    }
    return at;
  }

  /** Moves bytes from the chunk's offset `at` on until `#cut` has `wanted` of them; answers the offset after them. */
  #take(chunk: Uint8Array, at: number, wanted: number): number {
    const end = Math.min(chunk.length, at + wanted - this.#cutLength);
    this.#cut.set(chunk.subarray(at, end), this.#cutLength);
    this.#cutLength += end - at;
    return end;
  }

  #checkSize(size: number): void {
    if (size > this.frameSizeBytesMax) throw framingError(`a frame of ${size} bytes is larger than ${this.frameSizeBytesMax}`);
    if (size < FRAME_HEADER_BYTES) throw framingError(`a frame of ${size} bytes is smaller than its header`);
  }
}

const EMPTY = new Uint8Array(0);

function deliver(bytes: Uint8Array, start: number, size: number, receiver: FrameReceiver): void {
  const dataOffset = bytes[start + 4]! * 4;
  if (dataOffset < FRAME_HEADER_BYTES || dataOffset > size) {
    throw framingError(`the body of a frame of ${size} bytes cannot begin at ${dataOffset}`);
  }
  const channel = (bytes[start + 6]! << 8) | bytes[start + 7]!;
  receiver.frame(bytes[start + 5]!, channel, bytes, start + dataOffset, start + size);
}

/** Refuses a stream that does not begin with 'AMQP' as soon as one wrong byte is there. */
function checkProtocolName(bytes: Uint8Array, start: number, end: number): void {
  for (let index = 0; index < PROTOCOL_NAME.length && start + index < end; index++) {
    if (bytes[start + index] !== PROTOCOL_NAME[index]) throw framingError('the peer does not speak AMQP: no protocol header');
  }
}

function framingError(message: string): AmqpDecodeError {
  return new AmqpDecodeError('amqp:connection:framing-error', message);
}

function plainBytes(sizeBytes: number): Uint8Array {
  return new Uint8Array(sizeBytes);
}
