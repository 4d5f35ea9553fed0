import type { Duplex } from 'node:stream';
import type { SlabPool } from './slab-pool.ts';

const NOTHING = new Uint8Array(0);

/** What a codec writes into: `bytes[0, length)` is written. Each codec has its own, which grows by the `allocate` it was made with. */
export interface Writer {
  bytes: Uint8Array;
  length: number;
}

/**
 * What a connection has to send: frames are written into slabs, and the slabs of a turn go to the socket together. A connection with nothing to
 * send holds no slab.
 */
export class ConnectionOutput<W extends Writer> {
  /** Frames are written at its end; `room` first. */
  readonly writer: W;
  readonly #stream: Duplex;
  readonly #pool: SlabPool;
  #full: { bytes: Uint8Array; length: number }[] = [];
  #fullBytes = 0;

  constructor(stream: Duplex, pool: SlabPool, makeWriter: (allocate: (sizeBytes: number) => Uint8Array) => W) {
    this.#stream = stream;
    this.#pool = pool;
    this.writer = makeWriter(sizeBytes => (sizeBytes === 0 ? NOTHING : pool.take(sizeBytes)));
  }

  /** Makes room for a frame of at most `sizeBytes`, in a new slab when this one is too full: what was written is never moved. */
  room(sizeBytes: number): W {
    const writer = this.writer;
    if (writer.length + sizeBytes > writer.bytes.length && writer.length > 0) {
      this.#full.push({ bytes: writer.bytes, length: writer.length });
      this.#fullBytes += writer.length;
      writer.bytes = NOTHING;
      writer.length = 0;
    }
    return writer;
  }

  /** Bytes that the peer has not been given yet. */
  get unsentBytes(): number {
    return this.#fullBytes + this.writer.length + this.#stream.writableLength;
  }

  /** Hands everything to the socket: one system call when it has room. */
  flush(): void {
    const { writer } = this;
    if (writer.length === 0 && this.#full.length === 0) return;
    const stream = this.#stream;
    if (this.#full.length > 0) {
      stream.cork();
      for (const { bytes, length } of this.#full) this.#write(bytes, length);
      this.#full = [];
      this.#fullBytes = 0;
      if (writer.length > 0) this.#write(writer.bytes, writer.length);
      stream.uncork();
    } else this.#write(writer.bytes, writer.length);
    writer.bytes = NOTHING;
    writer.length = 0;
  }

  #write(bytes: Uint8Array, length: number): void {
    this.#stream.write(length === bytes.length ? bytes : bytes.subarray(0, length), () => this.#pool.give(bytes));
  }
}
