import type { ByteWriter } from './byte-writer.ts';
import { PROPERTIES } from './descriptor.ts';
import { FieldReader } from './field-reader.ts';
import { FieldWriter } from './field-writer.ts';
import { type MessageId, Typed, timestamp } from './value.ts';

/**
 * properties (part 3, section 3.2.4), descriptor 0x73:
 *
 *     message-id            ulong, uuid, binary or string
 *     user-id               binary
 *     to                    address (here: string)
 *     subject               string
 *     reply-to              address (here: string)
 *     correlation-id        ulong, uuid, binary or string
 *     content-type          symbol
 *     content-encoding      symbol
 *     absolute-expiry-time  timestamp
 *     creation-time         timestamp
 *     group-id              string
 *     group-sequence        sequence-no (uint)
 *     reply-to-group-id     string
 */
export interface MessageProperties {
  messageId?: MessageId;
  userId?: Uint8Array;
  to?: string;
  subject?: string;
  replyTo?: string;
  correlationId?: MessageId;
  contentType?: string;
  contentEncoding?: string;
  /** Milliseconds since the epoch; an instant beyond the safe integers is taken as the last of these. */
  absoluteExpiryTime?: number;
  /** Milliseconds since the epoch; an instant beyond the safe integers is taken as the last of these. */
  creationTime?: number;
  groupId?: string;
  groupSequence?: number;
  replyToGroupId?: string;
}

/** Decodes the properties section in `bytes[start, end)`. Throws `AmqpDecodeError`. */
export function decodeProperties(bytes: Uint8Array, start: number, end: number): MessageProperties {
  const fields = new FieldReader();
  if (fields.begin(bytes, start, end) !== PROPERTIES) throw fields.invalid('properties', 'are of another type');
  const properties: MessageProperties = {};
  const messageId = fields.messageId('message-id');
  if (messageId !== undefined) properties.messageId = messageId;
  const userId = fields.binary();
  if (userId !== undefined) properties.userId = userId;
  const to = fields.string();
  if (to !== undefined) properties.to = to;
  const subject = fields.string();
  if (subject !== undefined) properties.subject = subject;
  const replyTo = fields.string();
  if (replyTo !== undefined) properties.replyTo = replyTo;
  const correlationId = fields.messageId('correlation-id');
  if (correlationId !== undefined) properties.correlationId = correlationId;
  const contentType = fields.symbol();
  if (contentType !== undefined) properties.contentType = contentType;
  const contentEncoding = fields.symbol();
  if (contentEncoding !== undefined) properties.contentEncoding = contentEncoding;
  const absoluteExpiryTime = timestampField(fields, 'absolute-expiry-time');
  if (absoluteExpiryTime !== undefined) properties.absoluteExpiryTime = absoluteExpiryTime;
  const creationTime = timestampField(fields, 'creation-time');
  if (creationTime !== undefined) properties.creationTime = creationTime;
  const groupId = fields.string();
  if (groupId !== undefined) properties.groupId = groupId;
  const groupSequence = fields.uint(-1);
  if (groupSequence >= 0) properties.groupSequence = groupSequence;
  const replyToGroupId = fields.string();
  if (replyToGroupId !== undefined) properties.replyToGroupId = replyToGroupId;
  fields.finish();
  return properties;
}

/** Writes a properties section. */
export function encodeProperties(writer: ByteWriter, properties: MessageProperties): void {
  const fields = new FieldWriter(writer, PROPERTIES);
  fields.value(properties.messageId);
  fields.binary(properties.userId);
  fields.string(properties.to);
  fields.string(properties.subject);
  fields.string(properties.replyTo);
  fields.value(properties.correlationId);
  fields.symbol(properties.contentType);
  fields.symbol(properties.contentEncoding);
  fields.value(optionalTimestamp(properties.absoluteExpiryTime));
  fields.value(optionalTimestamp(properties.creationTime));
  fields.string(properties.groupId);
  fields.uint(properties.groupSequence);
  fields.string(properties.replyToGroupId);
  fields.finish();
}

function timestampField(fields: FieldReader, name: string): number | undefined {
  const value = fields.value();
  if (value === undefined) return undefined;
  if (!(value instanceof Typed) || value.type !== 'timestamp') throw fields.invalid(name, 'is no timestamp');
  if (typeof value.value === 'bigint') return value.value > 0n ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER;
  return value.value as number;
}

function optionalTimestamp(valueMs: number | undefined): Typed | undefined {
  return valueMs === undefined ? undefined : timestamp(valueMs);
}
