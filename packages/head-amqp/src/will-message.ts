import {
  AmqpDecodeError,
  AmqpMap,
  type AmqpMessage,
  type AmqpValue,
  ByteWriter,
  decodeMessage,
  encodeMessage,
  toPlain,
} from '@angarium/codec-amqp';
import { ENCODING_AMQP, emptyMessage, type Message, Refusal, type Will } from '@angarium/core';

/** The property of open whose value is the connection's will. */
export const WILL_PROPERTY = 'angarium:will';

/** What a will of open may have, and what its values are. */
const PARTS: Readonly<Record<string, (value: unknown) => boolean>> = {
  to: isText,
  subject: isText,
  'content-type': isText,
  durable: isBoolean,
  retain: isBoolean,
  'ttl-ms': isMilliseconds,
  'delay-ms': isMilliseconds,
  properties: value => value instanceof AmqpMap,
  body: () => true,
};

/** Annotations of a message to `$lwt`, as EnMasse's service for wills took them, and one for the delay. */
const RETAIN_ANNOTATION = 'x-opt-retain-message';
const QOS_ANNOTATION = 'x-opt-mqtt-qos';
const DELAY_ANNOTATION = 'x-opt-will-delay-ms';

/**
 * The will in a connection's open: a map with these keys, `to` being the only one that must be there:
 *
 *     to            string            address or topic
 *     body          any value         a binary becomes a data section, everything else an amqp-value; absent: an empty body
 *     content-type  string or symbol
 *     subject       string
 *     properties    map               the application properties
 *     durable       boolean           default false
 *     retain        boolean           the topic's last message, for those who subscribe later; default false
 *     ttl-ms        whole number      how long the message lives once it is published; 0, the default: for ever
 *     delay-ms      whole number      how long it waits for a connection of the same container; default 0
 */
export function willOfProperty(value: AmqpValue): Will | Refusal {
  if (!(value instanceof AmqpMap)) return malformed(`${WILL_PROPERTY} is not a map`);
  const parts: Record<string, unknown> = {};
  for (const [key, part] of value.entries) {
    const name = String(toPlain(key));
    const fits = Object.hasOwn(PARTS, name) ? PARTS[name]! : undefined;
    const plain = name === 'properties' || name === 'body' ? part : toPlain(part);
    if (fits === undefined) return malformed(`${WILL_PROPERTY} has no part ${name}; its parts are ${Object.keys(PARTS).join(', ')}`);
    if (!fits(plain)) return malformed(`the part ${name} of ${WILL_PROPERTY} has a value that it cannot have`);
    parts[name] = plain;
  }
  const { to, subject, 'content-type': contentType, durable, retain, body, properties } = parts as WillParts;
  if (to === undefined || to === '') return withoutTarget();
  const amqp: AmqpMessage = { properties: { to }, body: bodyOf(body) };
  if (subject !== undefined) amqp.properties!.subject = subject;
  if (contentType !== undefined) amqp.properties!.contentType = contentType;
  if (properties) amqp.applicationProperties = properties;
  const writer = new ByteWriter();
  encodeMessage(writer, amqp);
  const message = emptyMessage();
  message.encoding = ENCODING_AMQP;
  message.bytes = writer.bytes;
  message.end = writer.length;
  message.durable = durable ?? false;
  message.ttlMs = parts['ttl-ms'] === undefined ? 0 : Number(parts['ttl-ms']);
  retainIf(message, retain ?? false, amqp);
  return { to, message, delayMs: Number(parts['delay-ms'] ?? 0) };
}

interface WillParts {
  readonly to?: string;
  readonly subject?: string;
  readonly 'content-type'?: string;
  readonly durable?: boolean;
  readonly retain?: boolean;
  readonly body?: AmqpValue;
  readonly properties?: AmqpMap;
}

/**
 * The will that was sent to `$lwt`: a message whose `to` says where it shall go. Its annotations may say more: `x-opt-retain-message` (boolean),
 * `x-opt-mqtt-qos` (0: not durable, 1 and 2: durable; absent: what the header says) and `x-opt-will-delay-ms`. It is published as it was sent.
 */
export function willOfMessage(sent: Message): Will | Refusal {
  let amqp: AmqpMessage;
  try {
    amqp = decodeMessage(sent.bytes, sent.start + sent.headerSize, sent.end);
  } catch (error) {
    if (error instanceof AmqpDecodeError) return malformed(error.message);
    throw error;
  }
  const to = amqp.properties?.to;
  if (to === undefined || to === '') return withoutTarget();
  const annotation = (name: string): unknown => toPlain(amqp.messageAnnotations?.get(name) ?? null);
  const [retain, qos, delayMs] = [annotation(RETAIN_ANNOTATION), annotation(QOS_ANNOTATION), annotation(DELAY_ANNOTATION)];
  if (retain !== null && !isBoolean(retain)) return malformed(`${RETAIN_ANNOTATION} is not a boolean`);
  if (qos !== null && qos !== 0 && qos !== 1 && qos !== 2) return malformed(`${QOS_ANNOTATION} is not 0, 1 or 2`);
  if (delayMs !== null && !isMilliseconds(delayMs)) return malformed(`${DELAY_ANNOTATION} is not a whole number of milliseconds`);
  const message: Message = { ...sent, settled: false };
  if (qos !== null) message.durable = qos > 0;
  retainIf(message, retain === true, amqp);
  return { to, message, delayMs: Number(delayMs ?? 0) };
}

function bodyOf(value: AmqpValue | undefined): AmqpMessage['body'] {
  if (value === undefined || value === null) return { kind: 'data', sections: [new Uint8Array(0)] };
  return value instanceof Uint8Array ? { kind: 'data', sections: [value] } : { kind: 'value', value };
}

function retainIf(message: Message, retained: boolean, { body }: AmqpMessage): void {
  message.retained = retained;
  const empty = body.kind === 'none' || (body.kind === 'data' && body.sections.every(section => section.length === 0));
  message.retainedEmpty = retained && empty;
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isMilliseconds(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function malformed(why: string): Refusal {
  return new Refusal('message-malformed', `The will cannot be read: ${why}.`);
}

function withoutTarget(): Refusal {
  return new Refusal('message-target-missing', 'The will does not say where it shall go: set to.');
}
