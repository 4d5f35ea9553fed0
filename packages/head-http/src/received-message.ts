import { type AmqpMessage, type AmqpValue, ByteWriter, decodeMessage } from '@angarium/codec-amqp';
import { ENCODING_AMQP, HEADER_UNREAD, type Message, type MessageStream, PRIORITY_DEFAULT } from '@angarium/core';

/** A message on its way out, decoded. Data of the body are views of the message's bytes: valid as long as these are. */
export interface ReceivedMessage {
  readonly decoded: AmqpMessage;
  readonly durable: boolean;
  readonly priority: number;
  /** 0: unlimited. */
  readonly ttlMs: number;
  readonly deliveryCount: number;
}

/** Throws `AmqpDecodeError` for what is no message of AMQP: queues store bytes without looking at them. */
export function decodeReceived(message: Message): ReceivedMessage {
  if (message.headerSize !== HEADER_UNREAD) {
    const { durable, priority, ttlMs, deliveryCount } = message;
    return {
      decoded: decodeMessage(message.bytes, message.start + message.headerSize, message.end),
      durable,
      priority,
      ttlMs,
      deliveryCount,
    };
  }
  const decoded = decodeMessage(message.bytes, message.start, message.end);
  const { durable = false, priority = PRIORITY_DEFAULT, ttlMs = 0, deliveryCount = 0 } = decoded.header ?? {};
  return { decoded, durable, priority, ttlMs, deliveryCount };
}

export function isDecodable(message: Message): boolean {
  return message.encoding === ENCODING_AMQP && message.format === 0;
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

/** Collects a message that arrives in pieces, as direct addresses hand it on. */
export class MessageCollector implements MessageStream {
  readonly blocked = false;
  onUnblocked: (() => void) | undefined;
  readonly #first: Message;
  readonly #writer: ByteWriter;
  readonly #sizeMax: number;
  readonly #done: (message: Message | undefined) => void;
  #over = false;

  /** `done` hears the whole message once, or undefined when it was given up or is larger than `sizeMax`. */
  constructor(first: Message, sizeMax: number, done: (message: Message | undefined) => void) {
    this.#first = { ...first, more: false };
    this.#writer = new ByteWriter(2 * (first.end - first.start));
    this.#writer.raw(first.bytes, first.start, first.end);
    this.#sizeMax = sizeMax;
    this.#done = done;
  }

  push(bytes: Uint8Array, start: number, end: number, more: boolean): void {
    if (this.#over) return;
    if (this.#writer.length + end - start > this.#sizeMax) return this.#end(undefined);
    this.#writer.raw(bytes, start, end);
    if (more) return;
    const { bytes: whole, length } = this.#writer;
    this.#end({ ...this.#first, bytes: whole, start: 0, end: length });
  }

  abort(): void {
    if (!this.#over) this.#end(undefined);
  }

  #end(message: Message | undefined): void {
    this.#over = true;
    this.#done(message);
  }
}
