import { ByteWriter, encodePacket, MqttDecodeError, type Properties, PublishReader } from '@angarium/codec-mqtt';
import type { Annotations, ContentEncoding, Message, MessageContent, TextSearch } from '@angarium/core';
import { MqttFields } from './mqtt-fields.ts';
import { fillFromPublish, hasProperties, publishedQos, publishProperties, readStoredParts, storedParts } from './stored-publish.ts';

const encoder = new TextEncoder();
const reader = new PublishReader();
const fields = new MqttFields();
let writer = new ByteWriter(1024);
/** Beyond this the scratch buffer is given back, in bytes. */
const SCRATCH_BYTES_MAX = 1024 * 1024;
/** An annotation is cut to this, in UTF-16 units: a user property has room for 65,535 bytes (section 1.5.4). */
const ANNOTATION_LENGTH_MAX = 16_384;

/** MQTT messages for readers of other protocols, and theirs for readers of MQTT. */
export const MQTT_CONTENT: ContentEncoding = {
  read(message: Message): MessageContent {
    const properties = publishProperties(message);
    readStoredParts(message);
    const content: MessageContent = {
      body: message.bytes.subarray(storedParts.payloadStart, message.end),
      text: properties.payloadFormatIndicator === 1,
      properties: properties.userProperties ?? [],
    };
    if (properties.contentType !== undefined) content.contentType = properties.contentType;
    if (properties.responseTopic !== undefined) content.replyTo = properties.responseTopic;
    if (properties.correlationData !== undefined) content.correlationId = properties.correlationData;
    return content;
  },

  write(content: MessageContent, message: Message): void {
    const properties: Properties = {};
    if (content.text) properties.payloadFormatIndicator = 1;
    if (content.contentType !== undefined) properties.contentType = content.contentType;
    // A response topic is a topic name: an address with other characters cannot be said.
    if (content.replyTo !== undefined && !/[+#\0]/.test(content.replyTo)) properties.responseTopic = content.replyTo;
    if (content.correlationId !== undefined)
      properties.correlationData =
        typeof content.correlationId === 'string' ? encoder.encode(content.correlationId) : content.correlationId;
    if (content.properties.length > 0) properties.userProperties = content.properties;
    putPublish(message, properties, content.body);
  },

  fields: message => fields.of(message),

  find(message: Message, text: TextSearch, from: number): number {
    if (!hasProperties(message)) return -1;
    readStoredParts(message);
    return text.in(message.bytes, Math.max(from, storedParts.propertiesStart), storedParts.propertiesEnd);
  },

  annotate(message: Message, annotations: Annotations): void {
    let properties: Properties;
    try {
      properties = publishProperties(message);
    } catch (error) {
      if (error instanceof MqttDecodeError) return;
      throw error;
    }
    readStoredParts(message);
    const kept = (properties.userProperties ?? []).filter(([name]) => !annotations.has(name));
    const added = Array.from(annotations, ([name, value]): [string, string] => [
      name,
      (value instanceof Date ? value.toISOString() : value.toString()).slice(0, ANNOTATION_LENGTH_MAX),
    ]);
    properties.userProperties = [...kept, ...added];
    putPublish(message, properties, message.bytes.subarray(storedParts.payloadStart, message.end));
  },
};

/** Puts what a PUBLISH with these properties would be stored as in place of the message's bytes; what else the message says of itself stays. */
function putPublish(message: Message, properties: Properties, payload: Uint8Array): void {
  const { durable, priority, settled, retained, retainedEmpty, ttlMs, deliveryCount } = message;
  // A payload that stands in the scratch buffer cannot be read and written over at once.
  if (writer.bytes.length > SCRATCH_BYTES_MAX || payload.buffer === writer.bytes.buffer) writer = new ByteWriter(1024);
  writer.length = 0;
  const qos = publishedQos(message);
  encodePacket(writer, { kind: 'publish', topic: 't', qos, duplicate: false, retain: false, packetId: 1, properties, payload }, 5);
  let at = 1;
  while (writer.bytes[at]! > 0x7f) at++;
  reader.read(writer.bytes[0]!, writer.bytes, at + 1, writer.length, 5);
  fillFromPublish(message, reader, writer.bytes);
  Object.assign(message, { durable, priority, settled, retained, retainedEmpty, ttlMs, deliveryCount });
}
