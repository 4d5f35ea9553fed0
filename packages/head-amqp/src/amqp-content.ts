import {
  AmqpMap,
  type AmqpMessage,
  type AmqpValue,
  ByteWriter,
  decodeMessage,
  encodeMessage,
  type MessageProperties,
  Typed,
  toPlain,
  uuidText,
} from '@angarium/codec-amqp';
import { type ContentEncoding, ENCODING_AMQP, HEADER_UNREAD, type Message, type MessageContent } from '@angarium/core';
import { annotateAmqp } from './amqp-annotations.ts';
import { AmqpFields } from './amqp-fields.ts';

/** Properties of AMQP that other protocols have no place for travel as application properties under these names, and come back as what they were. */
const TRAVELLING = ['subject', 'contentEncoding', 'groupId', 'replyToGroupId'] as const satisfies (keyof MessageProperties)[];
const PREFIX = 'amqp-';

const writer = new ByteWriter(1024);
const encoder = new TextEncoder();
const fields = new AmqpFields();
const JSON_TYPE = 'application/json';

/** AMQP messages for readers of other protocols, and theirs for readers of AMQP. */
export const AMQP_CONTENT: ContentEncoding = {
  read(message: Message): MessageContent {
    const start = message.headerSize === HEADER_UNREAD ? message.start : message.start + message.headerSize;
    const decoded = decodeMessage(message.bytes, start, message.end);
    const { properties = {}, applicationProperties } = decoded;
    const content = contentOfBody(decoded);
    if (properties.contentType !== undefined) content.contentType = properties.contentType;
    if (properties.replyTo !== undefined) content.replyTo = properties.replyTo;
    if (properties.correlationId !== undefined) content.correlationId = idOf(properties.correlationId);
    if (properties.messageId !== undefined) {
      const id = idOf(properties.messageId);
      content.properties.push([`${PREFIX}message-id`, typeof id === 'string' ? id : Buffer.from(id).toString('base64')]);
    }
    for (const name of TRAVELLING) if (properties[name] !== undefined) content.properties.push([PREFIX + name, properties[name]]);
    for (const [name, value] of applicationProperties?.entries ?? []) content.properties.push([textOf(name), textOf(value)]);
    return content;
  },

  write(content: MessageContent, message: Message): void {
    const properties: MessageProperties = {};
    const own: [AmqpValue, AmqpValue][] = [];
    for (const [name, value] of content.properties) {
      const travelled = TRAVELLING.find(candidate => PREFIX + candidate === name);
      if (travelled) properties[travelled] = value;
      else if (name === `${PREFIX}message-id`) properties.messageId = value;
      // A map has each name once: the last value counts.
      else {
        const before = own.findIndex(([known]) => known === name);
        if (before >= 0) own.splice(before, 1);
        own.push([name, value]);
      }
    }
    if (message.topic !== '') properties.to = message.topic;
    if (content.contentType !== undefined) properties.contentType = content.contentType;
    if (content.replyTo !== undefined) properties.replyTo = content.replyTo;
    if (content.correlationId !== undefined) properties.correlationId = content.correlationId;
    const amqp: AmqpMessage = {
      body: content.text ? { kind: 'value', value: new TextDecoder().decode(content.body) } : { kind: 'data', sections: [content.body] },
    };
    if (Object.keys(properties).length > 0) amqp.properties = properties;
    if (own.length > 0) amqp.applicationProperties = new AmqpMap(own);
    writer.length = 0;
    encodeMessage(writer, amqp);
    message.encoding = ENCODING_AMQP;
    message.format = 0;
    message.bytes = writer.bytes;
    message.start = 0;
    message.headerSize = 0;
    message.end = writer.length;
  },

  fields: message => fields.of(message),
  annotate: annotateAmqp,
};

function contentOfBody({ body }: AmqpMessage): MessageContent {
  switch (body.kind) {
    case 'none':
      return { body: new Uint8Array(0), text: false, properties: [] };
    case 'data':
      return { body: body.sections.length === 1 ? body.sections[0]! : Buffer.concat(body.sections), text: false, properties: [] };
    case 'sequence':
      return structured(body.sections.length === 1 ? body.sections[0]! : body.sections);
    case 'value':
      if (typeof body.value === 'string') return { body: encoder.encode(body.value), text: true, properties: [] };
      if (body.value instanceof Uint8Array) return { body: body.value, text: false, properties: [] };
      return structured(body.value);
  }
}

/** Lists, maps and numbers have no other common form than JSON. */
function structured(value: AmqpValue): MessageContent {
  return { body: encoder.encode(jsonOf(value)), text: true, contentType: JSON_TYPE, properties: [] };
}

function jsonOf(value: AmqpValue): string {
  const text = JSON.stringify(toPlain(value), (_key, part: unknown) => {
    if (typeof part === 'bigint') return part.toString();
    return part instanceof Uint8Array ? Buffer.from(part).toString('base64') : part;
  });
  return text ?? 'null';
}

function textOf(value: AmqpValue): string {
  if (typeof value === 'string') return value;
  if (value instanceof Typed && !(value.value instanceof Uint8Array)) return value.value.toString();
  const json = jsonOf(value);
  return json.startsWith('"') ? (JSON.parse(json) as string) : json;
}

function idOf(id: NonNullable<MessageProperties['messageId']>): string | Uint8Array {
  if (typeof id === 'string' || id instanceof Uint8Array) return id;
  return id.value instanceof Uint8Array ? uuidText(id.value) : id.value.toString();
}
