import type { PublishReader } from '@angarium/codec-mqtt';
import { emptyMessage, type Message, type Producer, type ProducerPort, Refusal, type Visit } from '@angarium/core';
import { fillFromPublish } from './stored-publish.ts';

/** Topics whose address one connection remembers; beyond, all are looked up anew. */
const TOPICS_MAX = 256;

/** Scratch for all connections: a message is handed over before the next packet is read. */
const message = emptyMessage();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const NO_BYTES = new Uint8Array(0);
const NO_PRODUCERS: ReadonlyMap<string, Producer> = new Map();

/** Where a topic's messages go, and its name as the core has it. */
export interface Destination {
  readonly topic: string;
  readonly producer: Producer | Refusal;
}

/** Whether its messages go to the log, if to anywhere. */
export function isStored({ producer }: Destination): boolean {
  return !(producer instanceof Refusal) && producer.brokered;
}

/** A connection's publishing side: a producer for each address, and the addresses of its topics. */
export class Publisher {
  readonly #visit: Visit;
  readonly #port: ProducerPort;
  readonly #origin: object;
  // Made when the client publishes: most that are idle have never done so.
  #producers: Map<string, Producer> | undefined;
  #destinations: Map<string, Destination> | undefined;
  /** The topic that was published to last, whose bytes are compared before they are decoded. */
  #lastBytes = NO_BYTES;
  #last: Destination | undefined;
  #aliases: Map<number, Destination> | undefined;

  /** `port` hears the outcomes; `origin` tells the client's own messages from others'. */
  constructor(visit: Visit, port: ProducerPort, origin: object) {
    this.#visit = visit;
    this.#port = port;
    this.#origin = origin;
  }

  /** The destination of a PUBLISH; undefined: its topic alias is not known [MQTT-3.3.2-7 and 3.3.4]. */
  find(publish: PublishReader, bytes: Uint8Array): Destination | undefined {
    if (publish.topicStart === publish.topicEnd) return this.#aliases?.get(publish.topicAlias);
    const destination = this.#byBytes(bytes, publish.topicStart, publish.topicEnd);
    if (publish.topicAlias > 0) {
      this.#aliases ??= new Map();
      this.#aliases.set(publish.topicAlias, destination);
    }
    return destination;
  }

  #byBytes(bytes: Uint8Array, start: number, end: number): Destination {
    const last = this.#lastBytes;
    if (this.#last !== undefined && last.length === end - start) {
      let at = 0;
      while (at < last.length && last[at] === bytes[start + at]) at++;
      if (at === last.length && !(this.#last.producer instanceof Refusal)) return this.#last;
    }
    const topic = decoder.decode(bytes.subarray(start, end));
    const destination = this.to(topic);
    this.#lastBytes = bytes.slice(start, end);
    this.#last = destination;
    return destination;
  }

  /** The destination of a topic. */
  to(topic: string): Destination {
    let destination = this.#destinations?.get(topic);
    if (!destination || destination.producer instanceof Refusal) {
      destination = { topic, producer: this.#producerFor(topic) };
      if (this.#destinations === undefined || this.#destinations.size >= TOPICS_MAX) this.#destinations = new Map();
      this.#destinations.set(topic, destination);
    }
    return destination;
  }

  #producerFor(topic: string): Producer | Refusal {
    const address = this.#visit.addressOfTopic(topic);
    if (address instanceof Refusal) return address;
    this.#producers ??= new Map();
    const producers = this.#producers;
    const known = producers.get(address.name);
    if (known) return known;
    const { name } = address;
    const producer = address.attachProducer({
      describePeer: () => this.#port.describePeer?.(),
      grant() {},
      settle: (token, outcome) => this.#port.settle(token, outcome),
      waits: (token, sizeBytes) => this.#port.waits?.(token, sizeBytes),
      waited: (token, sizeBytes) => this.#port.waited?.(token, sizeBytes),
      end: () => {
        producers.delete(name);
        this.#destinations = undefined;
        this.#last = undefined;
      },
    });
    if (!(producer instanceof Refusal)) producers.set(name, producer);
    return producer;
  }

  /** Addresses that the client has published to. */
  get addresses(): ReadonlyMap<string, Producer> {
    return this.#producers ?? NO_PRODUCERS;
  }

  /** The rights of the client have changed: where its messages go is found anew, for those topics too that have an alias. */
  askAgain(): void {
    this.#destinations = undefined;
    this.#last = undefined;
    for (const [alias, { topic }] of this.#aliases ?? []) this.#aliases!.set(alias, this.to(topic));
  }

  /** Hands the message over; its outcome comes to the port with this token, and a refusal even where nobody waits for an outcome. */
  send(destination: Destination, publish: PublishReader, bytes: Uint8Array, token: number): void {
    fillFromPublish(message, publish, bytes);
    this.handOver(destination, message, token);
  }

  handOver({ topic, producer }: Destination, filled: Message, token: number): void {
    if (producer instanceof Refusal) {
      this.#port.settle(token, { kind: 'rejected', refusal: producer });
      return;
    }
    // The topic is stored with the message.
    const size = filled.end - filled.start + 2 + 3 * topic.length;
    if (producer.messageSizeBytesMax > 0 && size > producer.messageSizeBytesMax) {
      const refusal = new Refusal(
        'message-too-large',
        `A message to ${topic} has ${size} bytes, and may have ${producer.messageSizeBytesMax}.`,
      );
      this.#port.settle(token, { kind: 'rejected', refusal });
      return;
    }
    filled.topic = topic;
    filled.origin = this.#origin;
    producer.send(filled, token);
  }

  detach(): void {
    for (const producer of this.#producers?.values() ?? []) producer.detach();
    this.#producers = undefined;
  }
}
