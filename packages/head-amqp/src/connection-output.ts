import type { Duplex } from 'node:stream';
import { ByteWriter } from '@angarium/codec-amqp';
import type { SlabPool } from './slab-pool.ts';

const NOTHING = new Uint8Array(0);

/**
 * What a connection has to send: frames are written into slabs, and the slabs of a turn go to the socket together. A connection with nothing to
 * send holds no slab.
 */
export class ConnectionOutput {
  /** Frames are written at its end; `room` first. */
  readonly writer: ByteWriter;
  readonly #socket: Duplex;
  readonly #pool: SlabPool;
  #full: { bytes: Uint8Array; length: number }[] = [];
  #fullBytes = 0;

  constructor(socket: Duplex, pool: SlabPool) {
    this.#socket = socket;
    this.#pool = pool;
    this.writer = new ByteWriter(0, sizeBytes => (sizeBytes === 0 ? NOTHING : pool.take(sizeBytes)));
  }

  /** Makes room for a frame of at most `sizeBytes`, in a new slab when this one is too full: what was written is never moved. */
  room(sizeBytes: number): ByteWriter {
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
    return this.#fullBytes + this.writer.length + this.#socket.writableLength;
  }

  /** Hands everything to the socket: one system call when it has room. */
  flush(): void {
    const { writer } = this;
    if (writer.length === 0 && this.#full.length === 0) return;
    const socket = this.#socket;
    if (this.#full.length > 0) {
      socket.cork();
      for (const { bytes, length } of this.#full) this.#write(bytes, length);
      this.#full = [];
      this.#fullBytes = 0;
      if (writer.length > 0) this.#write(writer.bytes, writer.length);
      socket.uncork();
    } else this.#write(writer.bytes, writer.length);
    writer.bytes = NOTHING;
    writer.length = 0;
  }

  #write(bytes: Uint8Array, length: number): void {
    this.#socket.write(length === bytes.length ? bytes : bytes.subarray(0, length), () => this.#pool.give(bytes));
  }
}
