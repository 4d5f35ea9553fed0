import type { Socket } from 'node:net';
import { type LoadTarget, openLoadSocket } from '@angarium/load';
import { ScanError } from './field-reader.ts';
import { FrameWriter } from './frame-writer.ts';
import { LOAD_LIMITS } from './load-options.ts';

/** What a frame socket tells its owner. */
export interface FrameOwner {
  connected(): void;
  /** `bytes[start, end)` is one frame, or a protocol header when the owner expects one. Throws a ScanError when it is no AMQP 1.0. */
  frame(bytes: Buffer, start: number, end: number): void;
  /** Everything that was read has been given as frames. */
  readDone(): void;
  /** The bulk that was given last is in the system's hands, and its buffer free again. */
  bulkWritten(): void;
  lost(words: string): void;
}

/** All sockets read into the same bytes: what is read is used up before the next read, but for the torn frame at the end. */
const READ_BUFFER = Buffer.allocUnsafeSlow(256 << 10);

/** A TCP connection as a row of frames: cuts what is read, and gathers what is to be written. */
export class FrameSocket {
  /** Small frames that wait for `flush`. */
  readonly control = new FrameWriter();
  /** The next eight bytes are a protocol header (AMQP 1.0 part 2, section 2.2). */
  headerExpected = true;
  bulkWaits = false;
  readonly #owner: FrameOwner;
  #socket: Socket | undefined;
  #closed = false;
  /** The beginning of a frame that the last read tore. */
  #carried: Buffer | undefined;
  #carriedLength = 0;

  constructor(owner: FrameOwner) {
    this.#owner = owner;
  }

  connect(target: LoadTarget): void {
    const socket = openLoadSocket(
      target,
      READ_BUFFER,
      (bytes, count) => this.#read(bytes as Buffer, count),
      () => this.#owner.connected(),
    );
    this.#socket = socket;
    socket.on('error', error => this.#owner.lost(`${target.host}:${target.port}: ${error.message}`));
    socket.on('end', () => this.#owner.lost(ENDED));
    socket.on('close', () => this.#owner.lost(ENDED));
  }

  /** Writes the control frames. */
  flush(): boolean {
    const { control } = this;
    const socket = this.#socket;
    if (control.length === 0 || socket === undefined || this.#closed) return false;
    socket.write(control.bytes.subarray(0, control.length));
    // Written at once, as nearly always: the buffer is free again.
    if (socket.writableLength === 0) control.length = 0;
    else control.renew();
    return true;
  }

  /** Writes `bytes`, which may not change until `bulkWritten`. */
  writeBulk(bytes: Buffer): void {
    this.bulkWaits = true;
    this.#socket!.write(bytes, this.#bulkWritten);
  }

  destroy(): void {
    this.#closed = true;
    this.#socket?.destroy();
  }

  readonly #bulkWritten = (): void => {
    this.bulkWaits = false;
    this.#owner.bulkWritten();
  };

  #read(bytes: Buffer, count: number): void {
    if (this.#closed) return;
    try {
      let at = this.#carriedLength > 0 ? this.#finishCarried(bytes, count) : 0;
      while (count - at >= 8 && !this.#closed) {
        const size = this.#frameSize(bytes, at);
        if (count - at < size) break;
        this.#owner.frame(bytes, at, at + size);
        at += size;
      }
      if (at < count) this.#carry(bytes, at, count);
    } catch (error) {
      if (!(error instanceof ScanError)) throw error;
      this.#owner.lost(`the server sent what is not AMQP 1.0: ${error.message}`);
      return;
    }
    if (!this.#closed) this.#owner.readDone();
  }

  #frameSize(bytes: Buffer, at: number): number {
    if (this.headerExpected) return 8;
    const size = bytes.readUInt32BE(at);
    if (size < 8 || size > LOAD_LIMITS.frameSizeBytes) throw new ScanError(`a frame of ${size} bytes`);
    return size;
  }

  #carry(bytes: Buffer, start: number, end: number): void {
    const length = this.#carriedLength + end - start;
    if (this.#carried === undefined || this.#carried.length < length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(1024, length * 2));
      this.#carried?.copy(larger, 0, 0, this.#carriedLength);
      this.#carried = larger;
    }
    bytes.copy(this.#carried, this.#carriedLength, start, end);
    this.#carriedLength = length;
  }

  /** Completes the frame that the last read tore, and answers where the next one begins. */
  #finishCarried(bytes: Buffer, count: number): number {
    let at = 0;
    if (this.#carriedLength < 8) {
      at = Math.min(8 - this.#carriedLength, count);
      this.#carry(bytes, 0, at);
      if (this.#carriedLength < 8) return count;
    }
    const carried = this.#carried!;
    const size = this.#frameSize(carried, 0);
    const more = Math.min(size - this.#carriedLength, count - at);
    if (more > 0) this.#carry(bytes, at, at + more);
    if (this.#carriedLength === size) {
      this.#carriedLength = 0;
      this.#owner.frame(this.#carried!, 0, size);
    }
    return at + more;
  }
}

const ENDED = 'the server ended the connection without saying why';
