import type { AmqpMessage, AmqpValue, MessageId, MessageProperties } from '@angarium/codec-amqp';
import { AmqpSymbol, CLOUD_EVENT_PREFIXES, isTraceContextName, Typed, traceContextOf } from '@angarium/codec-amqp';
import { durationMs } from './duration.ts';
import { RequestError } from './problem.ts';
import type { ReceivedMessage } from './received-message.ts';
import type { SentMessage } from './sent-message.ts';
import { addContextField, type GivenContext, putContext } from './trace-context-fields.ts';
import { encodeAll, instantText, isAscii, percentDecoded, percentEncoded, textOf, typedOf } from './typed-text.ts';

/** What curl says of a body that it was told nothing about. */
const MEDIA_TYPE_UNTOLD = 'application/x-www-form-urlencoded';
const PROPERTY = 'angarium-property-';

/**
 * Reads the header fields of a request, or of a part of a batch, into the message. Names and values in pairs. Header fields that are not of
 * messages are passed over; one that begins with `angarium-` and is none of these is a mistake. Throws `RequestError`.
 */
export function readMessageHeaders(raw: readonly string[], sent: SentMessage): void {
  let context: GivenContext | undefined;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!;
    const value = raw[i + 1]!;
    // The letters that a header of interest can begin with: a, b, c, t and their capitals.
    const first = name.charCodeAt(0) | 0x20;
    if (first !== 0x61 && first !== 0x62 && first !== 0x63 && first !== 0x74) continue;
    const lower = name.toLowerCase();
    if (lower === 'content-type') {
      if (value !== MEDIA_TYPE_UNTOLD) sent.properties.contentType = ascii(value, lower);
    } else if (lower === 'content-encoding') sent.properties.contentEncoding = ascii(value, lower);
    else if (lower.startsWith('ce-'))
      sent.applicationProperties.push([`${CLOUD_EVENT_PREFIXES[0]}${lower.slice(3)}`, percentDecoded(value, lower)]);
    else if (lower.startsWith(PROPERTY))
      sent.applicationProperties.push([percentDecoded(name.slice(PROPERTY.length), lower), typedOf(value, lower)]);
    else if (lower.startsWith('angarium-')) readField(lower, value, sent);
    else if (isTraceContextName(lower)) context = addContextField(context, lower, value);
  }
  if (context !== undefined) putContext(context, sent);
}

function readField(name: string, value: string, sent: SentMessage): void {
  const { properties } = sent;
  switch (name) {
    case 'angarium-durable':
      if (value !== 'true' && value !== 'false') throw new RequestError('request-invalid', `${name} is "${value}", and not true or false.`);
      sent.durable = value === 'true';
      return;
    case 'angarium-priority':
      sent.priority = integer(value, name, 9);
      return;
    case 'angarium-ttl':
      sent.ttlMs = timeToLive(durationMs(value, name), name);
      return;
    case 'angarium-delivery-delay':
      sent.deliverAtMs = Date.now() + durationMs(value, name);
      return;
    case 'angarium-delivery-time':
      sent.deliverAtMs = Math.max(instant(value, name), 0);
      return;
    case 'angarium-message-id':
      properties.messageId = messageId(value, name);
      return;
    case 'angarium-correlation-id':
      properties.correlationId = messageId(value, name);
      return;
    case 'angarium-user-id':
      properties.userId = new Uint8Array(Buffer.from(percentDecoded(value, name), 'utf8'));
      return;
    case 'angarium-to':
      properties.to = percentDecoded(value, name);
      return;
    case 'angarium-subject':
      properties.subject = percentDecoded(value, name);
      return;
    case 'angarium-reply-to':
      properties.replyTo = percentDecoded(value, name);
      return;
    case 'angarium-group-id':
      properties.groupId = percentDecoded(value, name);
      return;
    case 'angarium-reply-to-group-id':
      properties.replyToGroupId = percentDecoded(value, name);
      return;
    case 'angarium-group-sequence':
      properties.groupSequence = integer(value, name, 0xffff_ffff);
      return;
    case 'angarium-creation-time':
      properties.creationTime = instant(value, name);
      return;
    case 'angarium-absolute-expiry-time':
      properties.absoluteExpiryTime = instant(value, name);
      return;
    case 'angarium-delivery-count':
    case 'angarium-lease':
    case 'angarium-stream-offset':
      // Of the answer that a client may have copied its header fields from.
      return;
    default:
      throw new RequestError('request-invalid', `There is no header ${name}; application properties are ${PROPERTY}<name>.`);
  }
}

/** A ttl is a uint of milliseconds (part 3, section 3.2.1). */
export function timeToLive(ttlMs: number, where: string): number {
  if (!Number.isSafeInteger(ttlMs) || ttlMs < 1 || ttlMs > 0xffff_ffff)
    throw new RequestError('request-invalid', `${where} has to be from 1 to ${0xffff_ffff} milliseconds.`);
  return ttlMs;
}

function ascii(value: string, name: string): string {
  if (!isAscii(value)) throw new RequestError('request-invalid', `${name} has characters beyond ASCII.`);
  return value;
}

function integer(value: string, name: string, max: number): number {
  if (!/^\d{1,10}$/.test(value) || Number(value) > max) throw new RequestError('request-invalid', `${name} has to be from 0 to ${max}.`);
  return Number(value);
}

function instant(value: string, name: string): number {
  const at = /^\d{1,15}$/.test(value) ? Number(value) : Date.parse(value);
  if (Number.isNaN(at)) throw new RequestError('request-invalid', `${name} is neither milliseconds since 1970 nor a date.`);
  return at;
}

/** A string, or one of the other types that ids can be of (part 3, section 3.2.4) with its type behind a semicolon. */
function messageId(value: string, name: string): MessageId {
  const id = typedOf(value, name);
  if (!isMessageId(id)) throw new RequestError('request-invalid', `${name} has to be a string, ulong, uuid or binary.`);
  return id;
}

export function isMessageId(value: AmqpValue): value is MessageId {
  if (typeof value === 'string' || value instanceof Uint8Array) return true;
  return value instanceof Typed && (value.type === 'ulong' || value.type === 'uuid');
}

// ---- and back

/** The header fields that carry a message beside its body: what `readMessageHeaders` reads back. `message` gives the header section. */
export function writeMessageHeaders(decoded: AmqpMessage, message: Omit<ReceivedMessage, 'decoded'>): Record<string, string> {
  const headers: Record<string, string> = { 'angarium-durable': String(message.durable) };
  const properties: MessageProperties = decoded.properties ?? {};
  const put = (name: string, value: string | undefined): void => {
    if (value !== undefined) headers[name] = value;
  };
  const text = (value: string | undefined): string | undefined => (value === undefined ? undefined : percentEncoded(value));
  if (properties.contentEncoding !== undefined) put('content-encoding', percentEncoded(properties.contentEncoding));
  put('angarium-priority', String(message.priority));
  if (message.ttlMs > 0) put('angarium-ttl', `${Math.ceil(message.ttlMs)}ms`);
  put('angarium-delivery-count', String(message.deliveryCount));
  if (message.offset >= 0) put('angarium-stream-offset', String(message.offset));
  if (properties.messageId !== undefined) put('angarium-message-id', textOf(properties.messageId));
  if (properties.correlationId !== undefined) put('angarium-correlation-id', textOf(properties.correlationId));
  if (properties.userId !== undefined) put('angarium-user-id', percentEncoded(Buffer.from(properties.userId).toString('utf8')));
  put('angarium-to', text(properties.to));
  put('angarium-subject', text(properties.subject));
  put('angarium-reply-to', text(properties.replyTo));
  put('angarium-group-id', text(properties.groupId));
  put('angarium-reply-to-group-id', text(properties.replyToGroupId));
  if (properties.groupSequence !== undefined) put('angarium-group-sequence', String(properties.groupSequence));
  if (properties.creationTime !== undefined) put('angarium-creation-time', instantText(properties.creationTime));
  if (properties.absoluteExpiryTime !== undefined) put('angarium-absolute-expiry-time', instantText(properties.absoluteExpiryTime));
  for (const [key, value] of decoded.applicationProperties?.entries ?? []) {
    const name = key instanceof AmqpSymbol ? key.value : key;
    if (typeof name !== 'string') continue;
    const event = CLOUD_EVENT_PREFIXES.find(prefix => name.startsWith(prefix));
    if (event !== undefined) put(`ce-${fieldName(name.slice(event.length))}`, cloudEventText(value));
    else put(`${PROPERTY}${fieldName(name)}`, textOf(value));
  }
  return Object.assign(headers, traceContextOf(decoded));
}

/** CloudEvents' header fields have no types: the canonical text of the value, with what the HTTP binding (section 3.1.3.2) wants encoded. */
export function cloudEventText(value: AmqpValue): string | undefined {
  if (value instanceof Typed && value.type === 'timestamp') return instantText(value.value as number);
  if (typeof value === 'string') return value.replace(/[^\x21-\x7e]+|["%]/g, encodeAll);
  return textOf(value)?.replace(/;\w+$/, '');
}

/** Field names have no case: a capital is percent-encoded like whatever else a name cannot have. */
function fieldName(name: string): string {
  return name.replace(/[^a-z0-9._-]+/g, encodeAll);
}
