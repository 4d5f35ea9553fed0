import type { MessageStream } from '../delivery/delivery.ts';
import { ReadyConsumers } from '../delivery/ready-consumers.ts';
import { type Message, retainMessage } from '../message/message.ts';
import type { Observers } from '../observe/observers.ts';
import { DirectAddress, type DirectConsumer } from './direct-address.ts';
import { type DirectProducer, NO_SOURCE } from './direct-producer.ts';
import { WaitingMessages } from './waiting-messages.ts';

/** Bytes that may wait at an address for a consumer's credit: messages sent on credit that was good when it was given. Beyond, they are released. */
export const WAITING_BYTES_MAX = 16 * 1024 * 1024;

/** Hands each message to one consumer, the one with the fewest unsettled deliveries, whose outcome is the producer's. */
export class AnycastAddress extends DirectAddress {
  readonly #ready = new ReadyConsumers<DirectConsumer>();
  readonly #waiting = new WaitingMessages<DirectProducer>();

  capacity(): number {
    return this.#ready.credit - this.#waiting.size;
  }

  take(producer: DirectProducer, message: Message, token: number): MessageStream | undefined {
    if (this.#ready.size > 0 && this.#waiting.size === 0) return this.#hand(producer, message, token, this.following);
    if (this.consumers.size === 0) return this.giveBack(producer, message, token, 'nobody consumes from the address');
    // A message that is still arriving cannot wait whole; it comes back, and its producer tries again.
    if (message.more) return this.giveBack(producer, message, token, 'no consumer has credit');
    if (this.#waiting.sizeBytes + message.end - message.start > WAITING_BYTES_MAX)
      return this.giveBack(producer, message, token, `${WAITING_BYTES_MAX} bytes wait for credit already`);
    const copy = retainMessage(message);
    this.#waiting.push({ source: producer, message: copy, token });
    this.following?.waits(this, message, copy);
    return undefined;
  }

  #hand(producer: DirectProducer, message: Message, token: number, observers: Observers | undefined): MessageStream | undefined {
    this.counters.out++;
    const { port } = this.#ready.take();
    const source = message.settled ? NO_SOURCE : producer;
    observers?.handed(this, message, port, source, token);
    return port.deliver(message, source, token);
  }

  changed(consumer: DirectConsumer, change: () => void): void {
    const before = this.#ready.credit;
    this.#ready.update(consumer, change);
    while (this.#waiting.size > 0 && this.#ready.size > 0) {
      const { source, message, token } = this.#waiting.shift();
      this.#hand(source, message, token, this.observers);
    }
    if (this.#ready.credit > before) this.credit.changed();
    else if (this.#ready.credit < before) this.credit.shrunk();
  }

  protected left(): void {
    if (this.consumers.size > 0) return;
    while (this.#waiting.size > 0) {
      const { source, message, token } = this.#waiting.shift();
      this.giveBack(source, message, token, 'the last consumer left');
    }
  }
}
