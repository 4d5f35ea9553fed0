import { type AmqpValue, fromPlain, isTraceContextName, type MessageId, Typed, toPlain, traceContextOf } from '@angarium/codec-amqp';
import { durationMs } from './duration.ts';
import { isMessageId, timeToLive } from './message-headers.ts';
import { RequestError } from './problem.ts';
import { bodyOf, type ReceivedMessage } from './received-message.ts';
import { type SentMessage, sentMessage } from './sent-message.ts';
import { type GivenContext, putContext } from './trace-context-fields.ts';
import { base64Of, instantText, isAscii, textOf, typedOf } from './typed-text.ts';

/**
 * A message as a JSON document, in batches, answers, events and frames of WebSockets:
 *
 *     { "body": …, "bodyEncoding": "json" | "text" | "base64", "contentType": …, "subject": …, "properties": { … } … }
 *
 * Numbers, booleans and texts are JSON's own. What JSON has no type for is an object: `{ "type": "timestamp", "value": "2026-…" }`, with the value
 * as it would stand in a header field.
 */
export type JsonMessage = Record<string, unknown>;

const utf8 = new TextDecoder('utf-8', { fatal: true });

// ---- out

export function jsonMessage({ decoded, durable, priority, ttlMs, deliveryCount, offset }: ReceivedMessage): JsonMessage {
  const json: JsonMessage = { durable, priority };
  if (ttlMs > 0) json.ttl = Math.ceil(ttlMs);
  if (deliveryCount > 0) json.deliveryCount = deliveryCount;
  if (offset >= 0) json.streamOffset = offset;
  const properties = decoded.properties ?? {};
  for (const name of TEXTS) if (properties[name] !== undefined) json[name] = properties[name];
  for (const name of IDS) if (properties[name] !== undefined) json[name] = jsonValue(properties[name]);
  if (properties.userId !== undefined) json.userId = Buffer.from(properties.userId).toString('utf8');
  if (properties.groupSequence !== undefined) json.groupSequence = properties.groupSequence;
  for (const name of INSTANTS) if (properties[name] !== undefined) json[name] = instantText(properties[name]);
  const entries = decoded.applicationProperties?.entries ?? [];
  if (entries.length > 0) json.properties = Object.fromEntries(entries.map(([key, value]) => [String(toPlain(key)), jsonValue(value)]));
  const annotations = decoded.messageAnnotations?.entries ?? [];
  if (annotations.length > 0)
    json.annotations = Object.fromEntries(annotations.map(([key, value]) => [String(toPlain(key)), jsonValue(value)]));
  Object.assign(json, traceContextOf(decoded));
  const body = bodyOf(decoded);
  if (body.kind === 'text') {
    json.body = body.text;
    json.bodyEncoding = 'text';
  } else if (body.kind === 'value') {
    json.body = plain(toPlain(body.value));
    json.bodyEncoding = 'json';
  } else bytesBody(json, body.bytes, properties.contentType);
  return json;
}

function bytesBody(json: JsonMessage, bytes: Uint8Array, contentType: string | undefined): void {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    json.body = base64Of(bytes);
    json.bodyEncoding = 'base64';
    return;
  }
  json.body = text;
  json.bodyEncoding = 'text';
  if (!isJson(contentType)) return;
  try {
    json.body = JSON.parse(text);
    json.bodyEncoding = 'json';
  } catch {
    // It says that it is JSON and is not: the text goes on as it came.
  }
}

export function isJson(contentType: string | undefined): boolean {
  return contentType !== undefined && /^[^;]*[/+]json\s*(;|$)/i.test(contentType);
}

function jsonValue(value: AmqpValue): unknown {
  if (value instanceof Typed && value.type !== 'timestamp' && value.type !== 'uuid') {
    const number = toPlain(value);
    if (typeof number === 'number' && Number.isFinite(number)) return number;
  }
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  const text = textOf(value);
  if (text === undefined) return plain(toPlain(value));
  const at = text.lastIndexOf(';');
  return at < 0 ? text : { type: text.slice(at + 1), value: decodeURIComponent(text.slice(0, at)) };
}

/** What JSON.stringify would refuse, or write as something else, as text. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return base64Of(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return [...value].map(([key, entry]) => [plain(key), plain(entry)]);
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
  return value;
}

// ---- in

const TEXTS = ['contentType', 'contentEncoding', 'to', 'subject', 'replyTo', 'groupId', 'replyToGroupId'] as const;
const IDS = ['messageId', 'correlationId'] as const;
const INSTANTS = ['creationTime', 'absoluteExpiryTime'] as const;
/** Of the answers that a client may have copied its message from. */
const IGNORED = new Set(['lease', 'delivery', 'deliveryCount', 'address', 'annotations', 'streamOffset']);

/** Throws `RequestError` that names `where`. */
export function messageFromJson(json: unknown, where: string): SentMessage {
  const wrong = (what: string): RequestError => new RequestError('request-invalid', `${where}${what}.`);
  if (!isObject(json)) throw wrong(' is no object with a body');
  const sent = sentMessage(bodyBytes(json, wrong));
  const { properties } = sent;
  const context: GivenContext = {};
  for (const [name, value] of Object.entries(json)) {
    if (value === undefined || value === null || IGNORED.has(name)) continue;
    if ((TEXTS as readonly string[]).includes(name)) {
      if (typeof value !== 'string' || (name.startsWith('content') && !isAscii(value))) throw wrong(`/${name} is no text`);
      properties[name as (typeof TEXTS)[number]] = value;
    } else if ((IDS as readonly string[]).includes(name))
      properties[name as (typeof IDS)[number]] = idOf(value, () => wrong(`/${name} is no id`));
    else if ((INSTANTS as readonly string[]).includes(name))
      properties[name as (typeof INSTANTS)[number]] = instant(value, () => wrong(`/${name} is neither a date nor milliseconds since 1970`));
    else if (isTraceContextName(name)) {
      if (typeof value !== 'string') throw wrong(`/${name} is no text`);
      context[name] = value;
    } else readOther(name, value, sent, where, wrong);
  }
  putContext(context, sent);
  if (properties.contentType === undefined && json.bodyEncoding !== 'base64')
    properties.contentType = typeof json.body === 'string' && json.bodyEncoding !== 'json' ? 'text/plain' : 'application/json';
  return sent;
}

function readOther(name: string, value: unknown, sent: SentMessage, where: string, wrong: (what: string) => RequestError): void {
  switch (name) {
    case 'body':
    case 'bodyEncoding':
      return;
    case 'durable':
      if (typeof value !== 'boolean') throw wrong('/durable is neither true nor false');
      sent.durable = value;
      return;
    case 'priority':
      sent.priority = integer(value, 9, () => wrong('/priority has to be from 0 to 9'));
      return;
    case 'ttl':
      sent.ttlMs = timeToLive(milliseconds(value, `${where}/ttl`), `${where}/ttl`);
      return;
    case 'deliveryDelay':
      sent.deliverAtMs = Date.now() + milliseconds(value, `${where}/deliveryDelay`);
      return;
    case 'deliveryTime':
      sent.deliverAtMs = Math.max(
        instant(value, () => wrong('/deliveryTime is neither a date nor milliseconds since 1970')),
        0,
      );
      return;
    case 'userId':
      sent.properties.userId = new Uint8Array(Buffer.from(String(value), 'utf8'));
      return;
    case 'groupSequence':
      sent.properties.groupSequence = integer(value, 0xffff_ffff, () => wrong('/groupSequence is no 32-bit number'));
      return;
    case 'properties':
      if (!isObject(value)) throw wrong('/properties is no object');
      for (const [key, entry] of Object.entries(value))
        sent.applicationProperties.push([key, amqpValueOf(entry, `${where}/properties/${key}`)]);
      return;
    default:
      throw wrong(`/${name}: there is no such field; application properties belong under properties`);
  }
}

/** A number of them, or a duration such as `10s`. */
function milliseconds(value: unknown, where: string): number {
  return durationMs(String(value), where);
}

function instant(value: unknown, wrong: () => RequestError): number {
  const at = typeof value === 'number' ? value : Date.parse(String(value));
  if (!Number.isSafeInteger(at)) throw wrong();
  return at;
}

function bodyBytes({ body = '', bodyEncoding }: JsonMessage, wrong: (what: string) => RequestError): Uint8Array {
  switch (bodyEncoding ?? (typeof body === 'string' ? 'text' : 'json')) {
    case 'json':
      return Buffer.from(JSON.stringify(body), 'utf8');
    case 'text':
      if (typeof body !== 'string') throw wrong('/body is no text');
      return Buffer.from(body, 'utf8');
    case 'base64':
      if (typeof body !== 'string' || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(body)) throw wrong('/body is not in base64');
      return Buffer.from(body, 'base64');
    default:
      throw wrong('/bodyEncoding is none of json, text and base64');
  }
}

function idOf(value: unknown, wrong: () => RequestError): MessageId {
  const id = amqpValueOf(value, 'id');
  if (isMessageId(id)) return id;
  throw wrong();
}

/** A value of AMQP: `{ type, value }`, or JSON's own. */
function amqpValueOf(value: unknown, where: string): AmqpValue {
  if (!isObject(value)) {
    if (Array.isArray(value)) throw new RequestError('request-invalid', `${where} is a list: a property has one value.`);
    return fromPlain(value);
  }
  const { type, value: text } = value;
  if (typeof type !== 'string' || typeof text !== 'string')
    throw new RequestError('request-invalid', `${where} is no { "type", "value" }.`);
  return typedOf(`${encodeURIComponent(text.toWellFormed())};${type}`, where);
}

function integer(value: unknown, max: number, wrong: () => RequestError): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max) throw wrong();
  return value;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** The JSON document of a request's body. Throws `RequestError`. */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(body));
  } catch (error) {
    throw new RequestError('request-invalid', `The body is not JSON: ${(error as Error).message}.`);
  }
}
