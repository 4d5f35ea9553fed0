import { ByteWriter, PublishHead, publishSize, type Qos, writeForwardedProperties, writePublishHead } from '@angarium/codec-mqtt';
import type { Message } from '@angarium/core';
import { appendBytes, type ConnectionOutput } from '@angarium/transport';
import { hasProperties, readStoredParts, storedParts } from './stored-publish.ts';
import type { TopicOptions } from './subscription-options.ts';

const head = new PublishHead();
const encoder = new TextEncoder();
const properties = new ByteWriter(512);
const NOTHING = new Uint8Array(0);

/** Topics whose encoding one connection remembers. */
const TOPICS_MAX = 256;

interface EncodedTopic {
  readonly bytes: Uint8Array;
  /** 0: none. */
  readonly alias: number;
  /** The client has been told what the alias stands for. */
  told: boolean;
  /** The alias as a property. */
  readonly property: Uint8Array;
}

/** Writes PUBLISH packets to one client, with its topic aliases, and never more than it takes. */
export class OutgoingPublish {
  readonly #output: ConnectionOutput<ByteWriter>;
  readonly #version: 4 | 5;
  readonly #packetSizeBytesMax: number;
  readonly #aliasMax: number;
  #aliases = 0;
  #topics = new Map<string, EncodedTopic>();
  #lastTopic = '';
  #last: EncodedTopic | undefined;

  constructor(output: ConnectionOutput<ByteWriter>, version: 4 | 5, packetSizeBytesMax: number, aliasMax: number) {
    this.#output = output;
    this.#version = version;
    this.#packetSizeBytesMax = packetSizeBytesMax;
    this.#aliasMax = aliasMax;
  }

  /** False: the packet would be larger than the client takes, and was not written [MQTT-3.1.2-24]. */
  write(message: Message, qos: Qos, packetId: number, duplicate: boolean, retain: boolean, options: TopicOptions): boolean {
    const topic = message.topic === this.#lastTopic && this.#last ? this.#last : this.#topicOf(message.topic);
    readStoredParts(message);
    head.qos = qos;
    head.packetId = packetId;
    head.duplicate = duplicate;
    head.retain = retain;
    head.topicBytes = topic.bytes;
    head.topicStart = 0;
    head.topicEnd = topic.told ? 0 : topic.bytes.length;
    head.propertiesBytes = message.bytes;
    head.propertiesStart = storedParts.propertiesStart;
    head.propertiesEnd = storedParts.propertiesEnd;
    head.ownProperties = ownProperties(topic.property, options.identifiers);
    if (this.#version === 5 && message.ttlMs > 0) this.#refreshExpiry(message);
    const payloadBytes = message.end - storedParts.payloadStart;
    const size = publishSize(head, payloadBytes, this.#version);
    if (size > this.#packetSizeBytesMax) return false;
    const writer = this.#output.room(size);
    writePublishHead(writer, head, payloadBytes, this.#version);
    appendBytes(writer, message.bytes, storedParts.payloadStart, message.end);
    topic.told = topic.alias > 0;
    return true;
  }

  /** The time that is left, in place of the one the publisher gave [MQTT-3.3.2-6]. */
  #refreshExpiry(message: Message): void {
    properties.length = 0;
    const seconds = Math.max(1, Math.ceil(message.ttlMs / 1000));
    if (hasProperties(message))
      writeForwardedProperties(properties, message.bytes, storedParts.propertiesStart, storedParts.propertiesEnd, -1);
    properties.u8(0x02);
    properties.u32(seconds);
    head.propertiesBytes = properties.bytes;
    head.propertiesStart = 0;
    head.propertiesEnd = properties.length;
  }

  #topicOf(name: string): EncodedTopic {
    let topic = this.#topics.get(name);
    if (!topic) {
      if (this.#topics.size >= TOPICS_MAX) this.#forgetTopics();
      const alias = this.#aliases < this.#aliasMax ? ++this.#aliases : 0;
      const property = alias > 0 ? Uint8Array.of(0x23, alias >> 8, alias) : NOTHING;
      topic = { bytes: encoder.encode(name), alias, told: false, property };
      this.#topics.set(name, topic);
    }
    this.#lastTopic = name;
    this.#last = topic;
    return topic;
  }

  /** Those with an alias stay: an alias means one topic for as long as the connection lives. */
  #forgetTopics(): void {
    for (const [name, { alias }] of this.#topics) if (alias === 0) this.#topics.delete(name);
  }
}

function ownProperties(alias: Uint8Array, identifiers: Uint8Array): Uint8Array {
  if (alias.length === 0) return identifiers;
  if (identifiers.length === 0) return alias;
  const both = new Uint8Array(alias.length + identifiers.length);
  both.set(alias);
  both.set(identifiers, alias.length);
  return both;
}
