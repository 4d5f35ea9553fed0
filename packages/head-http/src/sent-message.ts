import { AmqpMap, AmqpSymbol, type AmqpValue, ByteWriter, encodeMessage, type MessageProperties, timestamp } from '@angarium/codec-amqp';
import { emptyMessage, type Message, PRIORITY_DEFAULT, type Principal, Refusal, ttlUntil } from '@angarium/core';
import { RequestError, refusalProblem } from './problem.ts';

/** A message as an HTTP client sent it, before it has an encoding. */
export interface SentMessage {
  durable: boolean;
  priority: number;
  /** 0: unlimited. */
  ttlMs: number;
  /** When it may be delivered, in milliseconds since the epoch; 0: at once. */
  deliverAtMs: number;
  readonly properties: MessageProperties;
  readonly applicationProperties: [AmqpValue, AmqpValue][];
  body: Uint8Array;
}

export function sentMessage(body: Uint8Array): SentMessage {
  return { durable: true, priority: PRIORITY_DEFAULT, ttlMs: 0, deliverAtMs: 0, properties: {}, applicationProperties: [], body };
}

/** What AMQP clients call the time from which a message may be delivered. */
const DELIVERY_TIME = new AmqpSymbol('x-opt-delivery-time');

/** Scratch for all requests: a message is handed over before the next one is written. */
const writer = new ByteWriter(65_536);
const message = emptyMessage();
/** A scratch that one large message has made larger is not kept. */
const SCRATCH_BYTES_MAX = 1_048_576;

/** The message in AMQP's encoding; valid until the next call. What stands in the header section travels in the message's own fields. */
export function encodeSent(sent: SentMessage): Message {
  if (writer.bytes.length > SCRATCH_BYTES_MAX) writer.bytes = new Uint8Array(65_536);
  writer.length = 0;
  const { properties, applicationProperties, deliverAtMs, ttlMs } = sent;
  const { absoluteExpiryTime = 0 } = properties;
  encodeMessage(writer, {
    ...(deliverAtMs > 0 && { messageAnnotations: new AmqpMap([[DELIVERY_TIME, timestamp(deliverAtMs)]]) }),
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(applicationProperties.length > 0 && { applicationProperties: new AmqpMap(applicationProperties) }),
    body: { kind: 'data', sections: [sent.body] },
  });
  message.bytes = writer.bytes;
  message.end = writer.length;
  message.durable = sent.durable;
  message.priority = sent.priority;
  message.ttlMs = ttlMs === 0 && absoluteExpiryTime > 0 ? ttlUntil(absoluteExpiryTime, Date.now()) : ttlMs;
  message.deliverAtMs = deliverAtMs;
  message.grouped = properties.groupId !== undefined;
  return message;
}

/** The user of a message, where it says one, is who sends it; an administrator of the server forwards what others have sent. Throws `RequestError`. */
export function checkUserId({ user, administersServer }: Principal, { properties: { userId } }: SentMessage): void {
  if (administersServer || userId === undefined || Buffer.from(user).equals(userId)) return;
  const description = 'The user-id of the message is not the user who sends it: leave it out, or say who you are.';
  throw new RequestError(refusalProblem(new Refusal('unauthorized', description)));
}
