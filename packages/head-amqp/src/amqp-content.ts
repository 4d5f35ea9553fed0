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
  traceContextOf,
  uuidText,
} from '@angarium/codec-amqp';
import { type ContentEncoding, ENCODING_AMQP, HEADER_UNREAD, type Message, type MessageContent, PRIORITY_DEFAULT } from '@angarium/core';
import { annotateAmqp } from './amqp-annotations.ts';
import { AmqpFields } from './amqp-fields.ts';
import { bareAttributes, prefixedAttributes } from './event-attributes.ts';
import { findAddedText } from './find-added-text.ts';
import { isSymbol, receiveTravelling, sendTravelling } from './travelling-properties.ts';

/** Where what has no place in other protocols travels: a message id of any type, and a priority that is not the usual one. */
const MESSAGE_ID = 'amqp-message-id';
const PRIORITY = 'amqp-priority';
/** Where a content type of another protocol travels that AMQP cannot say, since it is not ASCII. */
const CONTENT_TYPE = 'content-type';

const writer = new ByteWriter(1024);
const encoder = new TextEncoder();
const fields = new AmqpFields();
const JSON_TYPE = 'application/json';

/** AMQP messages for readers of other protocols, and theirs for readers of AMQP. */
export const AMQP_CONTENT: ContentEncoding = {
  read(message: Message): MessageContent {
    const headerUnread = message.headerSize === HEADER_UNREAD;
    const decoded = decodeMessage(message.bytes, headerUnread ? message.start : message.start + message.headerSize, message.end);
    if (headerUnread) fillHeader(message, decoded.header);
    const { properties = {}, applicationProperties } = decoded;
    const content = contentOfBody(decoded);
    const own = (applicationProperties?.entries ?? []).map(([name, value]): [string, string] => [textOf(name), textOf(value)]);
    const foreignType = own.findIndex(([name]) => name === CONTENT_TYPE);
    const contentType = properties.contentType ?? (foreignType < 0 ? undefined : own.splice(foreignType, 1)[0]![1]);
    if (contentType !== undefined) content.contentType = contentType;
    if (properties.replyTo !== undefined) content.replyTo = properties.replyTo;
    if (properties.correlationId !== undefined) content.correlationId = idOf(properties.correlationId);
    if (properties.messageId !== undefined) {
      const id = idOf(properties.messageId);
      content.properties.push([MESSAGE_ID, typeof id === 'string' ? id : Buffer.from(id).toString('base64')]);
    }
    if (message.priority !== PRIORITY_DEFAULT) content.properties.push([PRIORITY, String(message.priority)]);
    sendTravelling(properties, content);
    // Whoever has the context last has it under its one name, wherever in the message it stood (W3C Trace Context: MQTT protocol).
    const context = traceContextOf(decoded);
    const bare = bareAttributes(own);
    content.properties.push(...(context ? bare.filter(([name]) => !Object.hasOwn(context, name)) : bare), ...Object.entries(context ?? {}));
    return content;
  },

  write(content: MessageContent, message: Message): void {
    const properties: MessageProperties = {};
    const own: [AmqpValue, AmqpValue][] = [];
    for (const [name, value] of prefixedAttributes(content.properties)) {
      if (name === MESSAGE_ID) properties.messageId = value;
      else if (name === PRIORITY && /^\d$/.test(value)) message.priority = Number(value);
      else if (receiveTravelling(name, value, properties)) continue;
      // A map has each name once: the last value counts.
      else {
        const before = own.findIndex(([known]) => known === name);
        if (before >= 0) own.splice(before, 1);
        own.push([name, value]);
      }
    }
    if (message.topic !== '') properties.to = message.topic;
    if (content.contentType !== undefined) {
      if (isSymbol(content.contentType)) properties.contentType = content.contentType;
      else own.push([CONTENT_TYPE, content.contentType]);
    }
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
  find: findAddedText,
  annotate: annotateAmqp,
};

/** Where nobody has read the header section yet, the message's own fields say nothing. */
function fillHeader(
  message: Message,
  { durable = false, priority = PRIORITY_DEFAULT, ttlMs = 0 }: NonNullable<AmqpMessage['header']> = {},
): void {
  message.durable = durable;
  message.priority = priority;
  message.ttlMs = ttlMs;
}

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
