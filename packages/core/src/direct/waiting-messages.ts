import type { DeliverySource } from '../delivery/delivery.ts';
import type { Message } from '../message/message.ts';

export interface WaitingMessage<S extends DeliverySource = DeliverySource> {
  readonly message: Message;
  readonly source: S;
  readonly token: number;
}

/** Empty places at the front from which on the rest is moved to a new array: a waiting line that is never empty must not grow without end. */
const GONE_MAX = 1024;

/** Retained messages, first in, first out, with their bytes counted. */
export class WaitingMessages<S extends DeliverySource = DeliverySource> {
  #messages: (WaitingMessage<S> | undefined)[] = [];
  #head = 0;
  sizeBytes = 0;

  get size(): number {
    return this.#messages.length - this.#head;
  }

  /** Places in memory, those of messages that are gone included. */
  get room(): number {
    return this.#messages.length;
  }

  push(waiting: WaitingMessage<S>): void {
    this.sizeBytes += waiting.message.end - waiting.message.start;
    this.#messages.push(waiting);
  }

  /** The oldest; there must be one. The array is dropped when it is empty; else what is left is moved when it is the smaller part. */
  shift(): WaitingMessage<S> {
    const waiting = this.#messages[this.#head]!;
    this.#messages[this.#head++] = undefined;
    this.sizeBytes -= waiting.message.end - waiting.message.start;
    if (this.#head === this.#messages.length || (this.#head > GONE_MAX && this.#head > this.#messages.length >> 1)) {
      this.#messages = this.#messages.slice(this.#head);
      this.#head = 0;
    }
    return waiting;
  }
}
