import type { MessageStream } from '../delivery/delivery.ts';
import { type Message, retainMessage } from './message.ts';

/** Collects a message that arrives in pieces, for a consumer that takes only whole ones. */
export class MessageCollector implements MessageStream {
  readonly blocked = false;
  onUnblocked: (() => void) | undefined;
  readonly #first: Message;
  readonly #pieces: Uint8Array[];
  readonly #sizeBytesMax: number;
  readonly #done: (message: Message | undefined) => void;
  #sizeBytes: number;
  #over = false;

  /** `done` hears the whole message once, or undefined when it was given up or is larger than `sizeBytesMax`. */
  constructor(first: Message, sizeBytesMax: number, done: (message: Message | undefined) => void) {
    this.#first = retainMessage(first);
    this.#pieces = [this.#first.bytes];
    this.#sizeBytes = this.#first.end;
    this.#sizeBytesMax = sizeBytesMax;
    this.#done = done;
  }

  push(bytes: Uint8Array, start: number, end: number, more: boolean): void {
    if (this.#over) return;
    this.#sizeBytes += end - start;
    if (this.#sizeBytes > this.#sizeBytesMax) return this.#end(undefined);
    this.#pieces.push(bytes.slice(start, end));
    if (more) return;
    const whole = new Uint8Array(this.#sizeBytes);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    this.#end({ ...this.#first, bytes: whole, start: 0, end: whole.length, more: false });
  }

  abort(): void {
    if (!this.#over) this.#end(undefined);
  }

  #end(message: Message | undefined): void {
    this.#over = true;
    this.#pieces.length = 0;
    this.#done(message);
  }
}
