import { MqttDecodeError, type Properties } from '@angarium/codec-mqtt';
import { ANNOTATIONS_PREFIX, emptyMessage, type FieldValue, HEADER_FIELDS, type Message, type MessageFields } from '@angarium/core';
import { publishProperties } from './stored-publish.ts';

type Read = (properties: Properties, message: Message) => FieldValue;

const replyTo: Read = properties => properties.responseTopic;
const correlationId: Read = ({ correlationData }) => correlationData && textOf(correlationData);
const topic: Read = (_properties, message) => message.topic || undefined;

/**
 * What a PUBLISH says under the names of JMS and AMQP, in the same way as it is translated to AMQP. Other names are those of user properties, which are
 * texts: a selector that shall compare them with numbers says so (`convert_string_expressions:`).
 */
const FIELDS: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['JMSDestination', topic],
  ['properties.to', topic],
  ['JMSReplyTo', replyTo],
  ['properties.reply-to', replyTo],
  ['JMSCorrelationID', correlationId],
  ['properties.correlation-id', correlationId],
  ['JMSExpiration', (_properties, { ttlMs }) => (ttlMs === 0 ? 0 : Date.now() + ttlMs)],
  ['properties.content-type', properties => properties.contentType],
]);

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Correlation data are bytes; those that are no text have no value that a selector could compare. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** What is asked of an MQTT message: its properties are decoded once, when something of them is asked. One object serves all messages. */
export class MqttFields implements MessageFields {
  #message = emptyMessage();
  #properties: Properties | undefined;

  of(message: Message): this {
    this.#message = message;
    this.#properties = undefined;
    return this;
  }

  get(name: string): FieldValue {
    const header = HEADER_FIELDS.get(name);
    if (header) return header(this.#message);
    this.#properties ??= this.#decode();
    const read = FIELDS.get(name);
    if (read) return read(this.#properties, this.#message);
    // What the server adds is a user property as any other.
    const asked = name.startsWith(ANNOTATIONS_PREFIX) ? name.slice(ANNOTATIONS_PREFIX.length) : name;
    // Names may come more than once; the last one counts, as in the translation to AMQP.
    return this.#properties.userProperties?.findLast(([known]) => known === asked)?.[1];
  }

  #decode(): Properties {
    try {
      return publishProperties(this.#message);
    } catch (error) {
      if (error instanceof MqttDecodeError) return {};
      throw error;
    }
  }
}
