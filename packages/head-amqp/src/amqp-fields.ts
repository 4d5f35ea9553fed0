import { AmqpDecodeError, FieldReader, findInMap, type MessageId, readScalar, SectionScan, sectionValueStart } from '@angarium/codec-amqp';
import {
  ANNOTATIONS_PREFIX,
  emptyMessage,
  type FieldValue,
  HEADER_FIELDS,
  HEADER_UNREAD,
  type Message,
  type MessageFields,
} from '@angarium/core';
import { jmsCorrelationId, jmsMessageId } from './jms-id.ts';

/** Where the fields of the properties section stand (part 3, section 3.2.4). */
export const PROPERTY_NAMES = [
  'message-id',
  'user-id',
  'to',
  'subject',
  'reply-to',
  'correlation-id',
  'content-type',
  'content-encoding',
  'absolute-expiry-time',
  'creation-time',
  'group-id',
  'group-sequence',
  'reply-to-group-id',
] as const;
type PropertyName = (typeof PROPERTY_NAMES)[number];

type Read = (fields: AmqpFields) => FieldValue;

/** What a name asks for; names that are not here are those of application properties. */
const FIELDS: ReadonlyMap<string, Read> = new Map<string, Read>([
  ...PROPERTY_NAMES.map((name): [string, Read] => [`properties.${name}`, fields => fields.property(name)]),
  ...Array.from(HEADER_FIELDS, ([name, read]): [string, Read] => [name, fields => read(fields.message)]),
  ['properties.user-id', fields => fields.userId()],
  ['JMSXUserID', fields => fields.userId()],
  ['JMSMessageID', fields => jmsMessageId(fields.id('message-id'))],
  ['JMSCorrelationID', fields => jmsCorrelationId(fields.id('correlation-id'))],
  ['JMSTimestamp', fields => fields.property('creation-time')],
  ['JMSReplyTo', fields => fields.property('reply-to')],
  ['JMSDestination', fields => fields.property('to') ?? (fields.message.topic || undefined)],
  ['JMSType', fields => fields.property('subject')],
  ['JMSExpiration', fields => fields.property('absolute-expiry-time') ?? expiryOf(fields.message)],
  ['JMSXGroupID', fields => fields.property('group-id')],
  ['JMSXGroupSeq', fields => fields.property('group-sequence')],
]);

/** 0: never, as JMS has it. */
function expiryOf({ ttlMs }: Message): number {
  return ttlMs === 0 ? 0 : Date.now() + ttlMs;
}

const decoder = new TextDecoder();

/**
 * What is asked of an AMQP message, read from its bytes when it is asked: its sections are found once, and only the value of this name is decoded.
 * One object serves all messages, one after the other.
 */
export class AmqpFields implements MessageFields {
  message = emptyMessage();
  readonly #scan = new SectionScan();
  readonly #properties = new FieldReader();
  #scanned = false;

  of(message: Message): this {
    this.message = message;
    this.#scanned = false;
    return this;
  }

  get(name: string): FieldValue {
    try {
      const read = FIELDS.get(name);
      if (read) return read(this);
      return name.startsWith(ANNOTATIONS_PREFIX)
        ? this.#annotation(name.slice(ANNOTATIONS_PREFIX.length))
        : this.#applicationProperty(name);
    } catch (error) {
      if (error instanceof AmqpDecodeError) return undefined;
      throw error;
    }
  }

  property(name: PropertyName): FieldValue {
    const fields = this.#at(name);
    return fields && readScalar(fields.bytes, fields.at, fields.end);
  }

  id(name: 'message-id' | 'correlation-id'): MessageId | undefined {
    return this.#at(name)?.messageId(name);
  }

  /** JMS takes its bytes for UTF-8. */
  userId(): string | undefined {
    const bytes = this.#at('user-id')?.binary();
    return bytes && decoder.decode(bytes);
  }

  #applicationProperty(name: string): FieldValue {
    this.#find();
    return this.#inMap(this.#scan.applicationPropertiesStart, this.#scan.applicationPropertiesEnd, name);
  }

  #annotation(name: string): FieldValue {
    this.#find();
    return this.#inMap(this.#scan.messageAnnotationsStart, this.#scan.messageAnnotationsEnd, name);
  }

  /** The value that the map of a section has under this name. */
  #inMap(start: number, end: number, name: string): FieldValue {
    if (start < 0) return undefined;
    const { bytes } = this.message;
    const at = findInMap(bytes, sectionValueStart(bytes, start, end), end, name);
    return at < 0 ? undefined : readScalar(bytes, at, end);
  }

  /** The reader of the properties section before this field; undefined when there is none. */
  #at(name: PropertyName): FieldReader | undefined {
    this.#find();
    const { propertiesStart: start, propertiesEnd: end } = this.#scan;
    if (start < 0) return undefined;
    const fields = this.#properties;
    fields.begin(this.message.bytes, start, end);
    for (let before = PROPERTY_NAMES.indexOf(name); before > 0; before--) fields.skip();
    return fields.left > 0 ? fields : undefined;
  }

  #find(): void {
    if (this.#scanned) return;
    const { bytes, start, headerSize, end } = this.message;
    this.#scan.scanToBody(bytes, headerSize === HEADER_UNREAD ? start : start + headerSize, end);
    this.#scanned = true;
  }
}
