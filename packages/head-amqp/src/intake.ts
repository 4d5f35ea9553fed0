import type { Duplex } from 'node:stream';
import { type FrameReceiver, FrameSplitter } from '@angarium/codec-amqp';

/** What a peer sends, on its way to its connection: cut into headers and frames, and held back while something has to be decided first. */
export class Intake {
  readonly #socket: Duplex;
  readonly #frameSizeBytesMax: number;
  /** Takes a chunk, those too that were held back: gives it to `push`, and knows what to do when that throws. */
  readonly #receive: (chunk: Uint8Array) => void;
  #splitter: FrameSplitter;
  #waiting: Uint8Array[] = [];
  /** Nothing is delivered: what comes waits, and the socket rests. */
  held = false;

  constructor(socket: Duplex, frameSizeBytesMax: number, receive: (chunk: Uint8Array) => void) {
    this.#socket = socket;
    this.#frameSizeBytesMax = frameSizeBytesMax;
    this.#receive = receive;
    this.#splitter = new FrameSplitter(frameSizeBytesMax, allocateUnsafe);
    // A plain view: the spans of a Buffer cost several times those of a Uint8Array, and the path makes one for each larger body.
    socket.on('data', (chunk: Buffer) => receive(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length)));
  }

  /** Delivers what the chunk completes. Throws `AmqpDecodeError` as the splitter does. */
  push(chunk: Uint8Array, receiver: FrameReceiver): void {
    if (!this.held) return this.#splitter.push(chunk, receiver);
    this.#waiting.push(chunk);
    this.#socket.pause();
  }

  /** From inside a delivery, or outside: a protocol header comes next. */
  expectHeader(): void {
    this.#splitter.expectHeader();
  }

  /** From inside a delivery, or outside: nothing more is delivered until `goOn`. */
  hold(): void {
    this.held = true;
    this.#splitter.stop();
  }

  /** Takes what was held back, from a header on, or a frame. */
  goOn(first: 'header' | 'frame'): void {
    const stopped = this.#splitter;
    this.#splitter = new FrameSplitter(this.#frameSizeBytesMax, allocateUnsafe, first);
    // The rest of the chunk is known when the call that stopped it has returned.
    queueMicrotask(() => {
      const rest = stopped.rest();
      const chunks = rest === undefined ? this.#waiting : [rest, ...this.#waiting];
      this.#waiting = [];
      this.held = false;
      this.#socket.resume();
      for (const chunk of chunks) this.#receive(chunk);
    });
  }
}

function allocateUnsafe(sizeBytes: number): Uint8Array {
  return Buffer.allocUnsafeSlow(sizeBytes);
}
