import type { DeliverySource } from './delivery.ts';
import type { Message } from './message.ts';

export interface WaitingMessage<S extends DeliverySource = DeliverySource> {
  readonly message: Message;
  readonly source: S;
  readonly token: number;
}

/** Retained messages, first in, first out, with their bytes counted. */
export class WaitingMessages<S extends DeliverySource = DeliverySource> {
  #messages: (WaitingMessage<S> | undefined)[] = [];
  #head = 0;
  sizeBytes = 0;

  get size(): number {
    return this.#messages.length - this.#head;
  }

  push(waiting: WaitingMessage<S>): void {
    this.sizeBytes += waiting.message.end - waiting.message.start;
    this.#messages.push(waiting);
  }

  /** The oldest; there must be one. The array is dropped when it is empty, so that nothing is ever moved. */
  shift(): WaitingMessage<S> {
    const waiting = this.#messages[this.#head]!;
    this.#messages[this.#head++] = undefined;
    this.sizeBytes -= waiting.message.end - waiting.message.start;
    if (this.#head === this.#messages.length) {
      this.#messages = [];
      this.#head = 0;
    }
    return waiting;
  }
}
