import type { Producer } from './delivery.ts';
import type { Message } from './message.ts';

/** A producer for one name below a topic address: each of its messages is published to that name. */
export class TopicProducer implements Producer {
  readonly brokered = true;
  readonly #producer: Producer;
  readonly #topic: string;

  constructor(producer: Producer, topic: string) {
    this.#producer = producer;
    this.#topic = topic;
  }

  get messageSizeBytesMax(): number {
    return this.#producer.messageSizeBytesMax;
  }

  /** The message is its sender's scratch: it goes back as it came. */
  send(message: Message, token: number): undefined {
    const { topic } = message;
    message.topic = this.#topic;
    this.#producer.send(message, token);
    message.topic = topic;
    return undefined;
  }

  detach(): void {
    this.#producer.detach();
  }
}
