import type { BrokeredProducer, Posting } from '../brokered/brokered-producer.ts';
import type { Producer } from '../delivery/delivery.ts';
import type { Standing } from '../delivery/standing.ts';
import type { Message } from '../message/message.ts';

/** A producer for one name below a topic address: each of its messages is published to that name. */
export class TopicProducer implements Producer {
  readonly brokered = true;
  readonly #producer: BrokeredProducer;
  readonly #topic: string;

  constructor(producer: BrokeredProducer, topic: string) {
    this.#producer = producer;
    this.#topic = topic;
  }

  get messageSizeBytesMax(): number {
    return this.#producer.messageSizeBytesMax;
  }

  get standing(): Standing {
    return this.#producer.standing;
  }

  /** The message is its sender's scratch: it goes back as it came. */
  send(message: Message, token: number): undefined {
    const { topic } = message;
    message.topic = this.#topic;
    this.#producer.send(message, token);
    message.topic = topic;
    return undefined;
  }

  post(message: Message): Posting {
    const { topic } = message;
    message.topic = this.#topic;
    const posting = this.#producer.post(message);
    message.topic = topic;
    return posting;
  }

  withdraw(token: number): boolean {
    return this.#producer.withdraw(token);
  }

  detach(): void {
    this.#producer.detach();
  }
}
