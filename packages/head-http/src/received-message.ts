import { AmqpDecodeError, type AmqpMessage, type AmqpValue, decodeMessage } from '@angarium/codec-amqp';
import { type ContentEncodings, ENCODING_AMQP, HEADER_UNREAD, type Message, PRIORITY_DEFAULT } from '@angarium/core';

/** A message on its way out, decoded. Data of the body are views of the message's bytes: valid as long as these are. */
export interface ReceivedMessage {
  readonly decoded: AmqpMessage;
  readonly durable: boolean;
  readonly priority: number;
  /** 0: unlimited. */
  readonly ttlMs: number;
  readonly deliveryCount: number;
  /** Of a message of a stream: its place there; −1: it is of none. */
  readonly offset: number;
}

/** Reads a message; undefined: it is none of AMQP's, and cannot be translated to one. */
export type MessageReader = (message: Message) => ReceivedMessage | undefined;

export function messageReader(encodings: ContentEncodings): MessageReader {
  return sent => {
    const message = encodings.translate(sent, ENCODING_AMQP);
    if (message?.format !== 0) return undefined;
    try {
      return decodeReceived(message);
    } catch (error) {
      // Queues store bytes without looking at them.
      if (!(error instanceof AmqpDecodeError)) throw error;
      return undefined;
    }
  };
}

function decodeReceived(message: Message): ReceivedMessage {
  if (message.headerSize !== HEADER_UNREAD) {
    const { durable, priority, ttlMs, deliveryCount, offset } = message;
    return {
      decoded: decodeMessage(message.bytes, message.start + message.headerSize, message.end),
      durable,
      priority,
      ttlMs,
      deliveryCount,
      offset,
    };
  }
  const decoded = decodeMessage(message.bytes, message.start, message.end);
  const { durable = false, priority = PRIORITY_DEFAULT, ttlMs = 0, deliveryCount = 0 } = decoded.header ?? {};
  return { decoded, durable, priority, ttlMs, deliveryCount, offset: -1 };
}

/** The body as it is for readers that know no AMQP: bytes, a text, or another value. */
export type ReceivedBody = { kind: 'bytes'; bytes: Uint8Array } | { kind: 'text'; text: string } | { kind: 'value'; value: AmqpValue };

const EMPTY = new Uint8Array(0);

export function bodyOf({ body }: AmqpMessage): ReceivedBody {
  switch (body.kind) {
    case 'none':
      return { kind: 'bytes', bytes: EMPTY };
    case 'data':
      return { kind: 'bytes', bytes: body.sections.length === 1 ? body.sections[0]! : Buffer.concat(body.sections) };
    case 'sequence':
      return { kind: 'value', value: body.sections.length === 1 ? body.sections[0]! : body.sections };
    case 'value':
      if (typeof body.value === 'string') return { kind: 'text', text: body.value };
      if (body.value instanceof Uint8Array) return { kind: 'bytes', bytes: body.value };
      return { kind: 'value', value: body.value };
  }
}
