import { ByteWriter, encodePacket, type Properties, PublishReader } from '@angarium/codec-mqtt';
import type { ContentEncoding, Message, MessageContent } from '@angarium/core';
import { fillFromPublish, publishedQos, publishProperties, readStoredParts, storedParts } from './stored-publish.ts';

const encoder = new TextEncoder();
const reader = new PublishReader();
let writer = new ByteWriter(1024);
/** Beyond this the scratch buffer is given back, in bytes. */
const SCRATCH_BYTES_MAX = 1024 * 1024;

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
    const { durable, settled, retained, ttlMs, topic, origin } = message;
    if (writer.bytes.length > SCRATCH_BYTES_MAX) writer = new ByteWriter(1024);
    writer.length = 0;
    const qos = publishedQos(message);
    encodePacket(
      writer,
      { kind: 'publish', topic: 't', qos, duplicate: false, retain: false, packetId: 1, properties, payload: content.body },
      5,
    );
    let at = 1;
    while (writer.bytes[at]! > 0x7f) at++;
    reader.read(writer.bytes[0]!, writer.bytes, at + 1, writer.length, 5);
    fillFromPublish(message, reader, writer.bytes);
    Object.assign(message, { durable, settled, retained, ttlMs, topic, origin });
  },
};
