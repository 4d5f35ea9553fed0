import { randomUUID } from 'node:crypto';
import { AmqpSymbol, type AmqpValue, CLOUD_EVENT_PREFIXES, Typed, traceContextOf } from '@angarium/codec-amqp';
import { isJson, isObject, jsonMessage, parseJson } from './message-json.ts';
import { RequestError } from './problem.ts';
import { bodyOf, type ReceivedMessage } from './received-message.ts';
import type { SentMessage } from './sent-message.ts';
import { base64Of, instantText } from './typed-text.ts';

/** Media types of the structured mode (CloudEvents JSON format 1.0, sections 3 and 4). */
export const EVENT_TYPE = 'application/cloudevents+json';
export const EVENTS_TYPE = 'application/cloudevents-batch+json';
/** The extension attribute that carries a lease. */
const LEASE_ATTRIBUTE = 'angariumlease';
/** What every event has (CloudEvents 1.0, section "Required Attributes"). */
const REQUIRED = ['id', 'source', 'specversion', 'type'];

export function isEventType(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/cloudevents\+json\s*(;|$)/i.test(contentType);
}

/** Refuses what says that it is an event and is none, in either mode. Throws `RequestError`. */
export function checkEvent(sent: SentMessage): void {
  const prefix = CLOUD_EVENT_PREFIXES[0];
  const attributes = sent.applicationProperties.filter(([name]) => String(name).startsWith(prefix));
  if (isEventType(sent.properties.contentType)) checkDocument(parseJson(sent.body), 'body');
  else if (attributes.length > 0)
    checkAttributes(Object.fromEntries(attributes.map(([name, value]) => [String(name).slice(prefix.length), value])), 'ce-');
}

/** Throws `RequestError` that names `where`. */
export function checkDocument(event: unknown, where: string): void {
  if (!isObject(event)) throw new RequestError('request-invalid', `${where} is no JSON object with an event.`);
  checkAttributes(event, `${where}/`);
}

function checkAttributes(event: Record<string, unknown>, where: string): void {
  const missing = REQUIRED.find(name => typeof event[name] !== 'string' || event[name] === '');
  if (missing !== undefined)
    throw new RequestError('request-invalid', `${where}${missing} is missing: every event has id, source, specversion and type.`);
  if (event.specversion !== '1.0')
    throw new RequestError('request-invalid', `${where}specversion is ${String(event.specversion)}, and not 1.0.`);
}

/**
 * The message as an event in structured mode. One that is in structured mode already is taken as it is, one in binary mode is put together; a
 * message that is no event becomes the data of one of type `dev.angarium.message`.
 */
export function cloudEvent(message: ReceivedMessage, address: string, leased: boolean): Record<string, unknown> {
  const event = structured(message) ?? { ...eventAttributes(message, address), ...dataOf(message) };
  if (!leased) delete event[LEASE_ATTRIBUTE];
  return event;
}

export function withLease(event: Record<string, unknown>, lease: string | undefined): Record<string, unknown> {
  return lease === undefined ? event : { ...event, [LEASE_ATTRIBUTE]: lease };
}

/** Whether the message is an event in structured mode. */
export function isStructured(message: ReceivedMessage): boolean {
  return structured(message) !== undefined;
}

function structured(message: ReceivedMessage): Record<string, unknown> | undefined {
  if (!isEventType(message.decoded.properties?.contentType)) return undefined;
  const body = bodyOf(message.decoded);
  if (body.kind === 'value') return undefined;
  try {
    const event = JSON.parse(body.kind === 'text' ? body.text : Buffer.from(body.bytes).toString('utf8'));
    return isObject(event) ? event : undefined;
  } catch {
    // A sender of another protocol was not checked: the message is data then.
    return undefined;
  }
}

/**
 * The attributes of the event that a message is, or of the one that it becomes the data of; the trace that the message belongs to among them (CloudEvents,
 * distributed tracing extension).
 */
export function eventAttributes({ decoded }: ReceivedMessage, address: string): Record<string, unknown> {
  const attributes: Record<string, unknown> = {};
  for (const [key, value] of decoded.applicationProperties?.entries ?? []) {
    const name = key instanceof AmqpSymbol ? key.value : String(key);
    const prefix = CLOUD_EVENT_PREFIXES.find(each => name.startsWith(each));
    if (prefix !== undefined) attributes[name.slice(prefix.length)] = attributeValue(value);
  }
  const { traceparent, tracestate } = traceContextOf(decoded) ?? {};
  const trace = traceparent === undefined ? {} : { traceparent, ...(tracestate !== undefined && { tracestate }) };
  if (attributes.specversion !== undefined) return { ...trace, ...attributes };
  const { messageId, subject, creationTime } = decoded.properties ?? {};
  return {
    specversion: '1.0',
    id: typeof messageId === 'string' ? messageId : randomUUID(),
    source: `/addresses/${encodeURIComponent(address)}`,
    type: 'dev.angarium.message',
    ...(subject !== undefined && { subject }),
    ...(creationTime !== undefined && { time: instantText(creationTime) }),
    ...trace,
  };
}

/** Attributes are texts, but for booleans and integers of 32 bits (CloudEvents 1.0, type system). */
function attributeValue(value: AmqpValue): unknown {
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  if (value instanceof Uint8Array) return base64Of(value);
  if (!(value instanceof Typed)) return String(value instanceof AmqpSymbol ? value.value : value);
  if (value.type === 'timestamp') return instantText(value.value as number);
  const number = Number(value.value);
  return number === (number | 0) ? number : String(value.value);
}

function dataOf(message: ReceivedMessage): Record<string, unknown> {
  const contentType = message.decoded.properties?.contentType;
  const { body, bodyEncoding } = jsonMessage(message);
  const type = contentType !== undefined && { datacontenttype: contentType };
  if (bodyEncoding === 'base64') return { ...type, data_base64: body };
  // A text that says that it is JSON and is not would be read as a JSON text.
  if (bodyEncoding === 'text' && isJson(contentType)) return { ...type, data_base64: Buffer.from(String(body)).toString('base64') };
  return body === '' ? { ...type } : { ...type, data: body };
}
