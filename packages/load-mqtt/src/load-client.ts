import type { Socket } from 'node:net';
import { openLoadSocket } from '@angarium/load';
import { LOAD_LIMITS, type LoadOptions } from './load-options.ts';
import {
  CONNACK,
  connectPacket,
  DISCONNECT,
  DISCONNECT_PACKET,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  PUBREL,
  SUBACK,
  subscribePacket,
} from './packets.ts';

/** What a client tells its run. */
export interface LoadClientOwner {
  readonly options: LoadOptions;
  /** Everything that was read has been counted; what answers it has been gathered. */
  readDone(client: LoadClient): void;
  lost(words: string): void;
}

/** All sockets read into the same bytes: what is read is used up before the next read, but for the torn packet at the end. */
const READ_BUFFER = Buffer.allocUnsafeSlow(LOAD_LIMITS.readBytes);
/** Acknowledgements that are gathered: four bytes each, for all packets of one read and more. */
const ANSWER_BYTES = 4096;

/** One connection: its handshake, and counts of what came. Packets are told by their first byte and passed over by their length. */
export class LoadClient {
  /** Publishes that came, and acknowledgements of own ones: PUBACK, or PUBCOMP. */
  received = 0;
  acknowledged = 0;
  refused = 0;
  readonly #owner: LoadClientOwner;
  readonly #socket: Socket;
  readonly #name: string;
  readonly #ready = Promise.withResolvers<void>();
  readonly #subscription: Buffer | undefined;
  #answers = Buffer.allocUnsafeSlow(ANSWER_BYTES);
  #answersLength = 0;
  /** The beginning of a packet that the last read tore. */
  #torn: Buffer | undefined;
  #closed = false;

  constructor(owner: LoadClientOwner, name: string, filter?: string) {
    const { version, qos } = owner.options;
    this.#owner = owner;
    this.#name = name;
    this.#subscription = filter === undefined ? undefined : subscribePacket(filter, qos, version);
    const read = (bytes: Uint8Array, count: number): void => this.#read((bytes as Buffer).subarray(0, count));
    const socket = openLoadSocket(owner.options, READ_BUFFER, read, () => {
      socket.write(connectPacket(`load-${process.pid}-${name}`, version));
    });
    this.#socket = socket;
    socket.on('error', error => this.#lose(error.message));
    socket.on('close', () => this.#lose('the server ended the connection'));
  }

  /** Resolves when the server has let us in, and subscribed us. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Writes bytes that may not change until `written` is called. */
  write(bytes: Buffer, written: () => void): void {
    this.#socket.write(bytes, written);
  }

  /** Writes the acknowledgements that were gathered. */
  flush(): void {
    if (this.#answersLength === 0 || this.#closed) return;
    this.#socket.write(this.#answers.subarray(0, this.#answersLength));
    // Written at once, as nearly always: the buffer is free again.
    if (this.#socket.writableLength > 0) this.#answers = Buffer.allocUnsafeSlow(this.#answers.length);
    this.#answersLength = 0;
  }

  close(): void {
    this.#closed = true;
    this.#socket.end(DISCONNECT_PACKET);
    this.#socket.destroySoon();
  }

  #lose(why: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    // The run ends; whoever waits for this client ends with it.
    this.#ready.resolve();
    this.#owner.lost(`${this.#name}: ${why}`);
  }

  #read(chunk: Buffer): void {
    if (this.#closed) return;
    const bytes = this.#torn ? Buffer.concat([this.#torn, chunk]) : chunk;
    const { length } = bytes;
    let at = 0;
    while (length - at >= 2) {
      let body = at + 2;
      let size = bytes[at + 1]!;
      if (size > 0x7f) {
        size &= 0x7f;
        for (let shift = 7; ; shift += 7) {
          if (body === length) return this.#tear(bytes, at);
          const byte = bytes[body++]!;
          size |= (byte & 0x7f) << shift;
          if (byte < 0x80) break;
        }
      }
      if (length - body < size) return this.#tear(bytes, at);
      this.#packet(bytes, at, body, size);
      at = body + size;
    }
    this.#tear(bytes, at);
  }

  /** What follows `at` waits for the next read; everything before it was taken. */
  #tear(bytes: Buffer, at: number): void {
    this.#torn = at === bytes.length ? undefined : Buffer.from(bytes.subarray(at));
    this.#owner.readDone(this);
  }

  #packet(bytes: Buffer, at: number, body: number, size: number): void {
    const first = bytes[at]!;
    switch (first >> 4) {
      case PUBLISH: {
        this.received++;
        const qos = (first >> 1) & 3;
        if (qos === 0) return;
        const id = body + 2 + ((bytes[body]! << 8) | bytes[body + 1]!);
        return this.#answer(qos === 1 ? 0x40 : 0x50, bytes, id);
      }
      case PUBACK:
      case PUBCOMP:
        this.acknowledged++;
        if (size > 2 && bytes[body + 2]! >= 0x80) this.refused++;
        return;
      case PUBREC:
        return this.#answer(0x62, bytes, body);
      case PUBREL:
        return this.#answer(0x70, bytes, body);
      case CONNACK:
        if (bytes[body + 1] !== 0) return this.#lose(`the server refused to connect us (code ${bytes[body + 1]})`);
        if (this.#subscription) this.#socket.write(this.#subscription);
        else this.#ready.resolve();
        return;
      case SUBACK:
        if (bytes[body + size - 1]! > 2) return this.#lose(`the server refused the subscription (code ${bytes[body + size - 1]})`);
        return this.#ready.resolve();
      case DISCONNECT:
        return this.#lose(`the server disconnected us (code ${size > 0 ? bytes[body] : 0})`);
      default:
        return;
    }
  }

  /** An acknowledgement: first byte, length 2, and the identifier that stands at `id`. */
  #answer(first: number, bytes: Buffer, id: number): void {
    let at = this.#answersLength;
    if (at + 4 > this.#answers.length) {
      const larger = Buffer.allocUnsafeSlow(this.#answers.length * 2);
      this.#answers.copy(larger, 0, 0, at);
      this.#answers = larger;
    }
    const answers = this.#answers;
    answers[at++] = first;
    answers[at++] = 2;
    answers[at++] = bytes[id]!;
    answers[at++] = bytes[id + 1]!;
    this.#answersLength = at;
  }
}
