/** A message in the words of the matrix: what a sender of any protocol is to say, and what a receiver has heard. */
export interface Letter {
  readonly body: Buffer;
  /** The body was sent as text. */
  readonly text?: boolean;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly replyTo?: string;
  readonly correlationId?: string | Buffer;
  readonly messageId?: string;
  readonly subject?: string;
  readonly userId?: string;
  readonly groupId?: string;
  readonly groupSequence?: number;
  readonly replyToGroupId?: string;
  /** Milliseconds since 1970, in whole seconds. */
  readonly creationTime?: number;
  /** Milliseconds. */
  readonly ttl?: number;
  /** 0 to 9. */
  readonly priority?: number;
  readonly durable?: boolean;
  /** What applications add, in their order; names may come more than once. */
  readonly properties?: readonly (readonly [name: string, value: string])[];
  /** The trace that the message belongs to. */
  readonly context?: { readonly traceparent: string; readonly tracestate?: string; readonly baggage?: string };
  /** The attributes of a CloudEvent, `specversion` among them. */
  readonly event?: Readonly<Record<string, string>>;
}

export type Field = keyof Letter;

export const PROTOCOLS = ['amqp', 'mqtt311', 'mqtt5', 'http', 'webSocket'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** How a protocol says each field; null: it has no place for it. docs/reference/translation.md is made from this, and the matrix holds it. */
export const CARRIERS: Readonly<Record<Field, Readonly<Record<Protocol, string | null>> & { readonly title: string }>> = {
  body: {
    title: 'body',
    amqp: 'data section; value section where it is text',
    mqtt311: 'payload',
    mqtt5: 'payload',
    http: 'body',
    webSocket: '`body`, `bodyEncoding`',
  },
  text: {
    title: 'it is text',
    amqp: 'a string in a value section',
    mqtt311: null,
    mqtt5: 'payload format indicator',
    http: null,
    webSocket: null,
  },
  contentType: {
    title: 'content type',
    amqp: 'content-type',
    mqtt311: null,
    mqtt5: 'content type',
    http: '`content-type`',
    webSocket: '`contentType`',
  },
  contentEncoding: travels('content encoding', 'content-encoding', 'amqp-content-encoding', 'content-encoding', 'contentEncoding'),
  replyTo: {
    title: 'address for replies',
    amqp: 'reply-to',
    mqtt311: null,
    mqtt5: 'response topic',
    http: '`angarium-reply-to`',
    webSocket: '`replyTo`',
  },
  correlationId: {
    title: 'correlation',
    amqp: 'correlation-id',
    mqtt311: null,
    mqtt5: 'correlation data',
    http: '`angarium-correlation-id`',
    webSocket: '`correlationId`',
  },
  messageId: travels('message id', 'message-id', 'amqp-message-id', 'angarium-message-id', 'messageId'),
  subject: travels('subject', 'subject', 'amqp-subject', 'angarium-subject', 'subject'),
  userId: travels('user id', 'user-id', 'amqp-user-id', 'angarium-user-id', 'userId'),
  groupId: travels('group', 'group-id', 'amqp-group-id', 'angarium-group-id', 'groupId'),
  groupSequence: travels('place in the group', 'group-sequence', 'amqp-group-sequence', 'angarium-group-sequence', 'groupSequence'),
  replyToGroupId: travels(
    'group for replies',
    'reply-to-group-id',
    'amqp-reply-to-group-id',
    'angarium-reply-to-group-id',
    'replyToGroupId',
  ),
  creationTime: travels('time of creation', 'creation-time', 'amqp-creation-time', 'angarium-creation-time', 'creationTime'),
  ttl: {
    title: 'time to live that is left',
    amqp: 'ttl',
    mqtt311: null,
    mqtt5: 'message expiry interval, in whole seconds',
    http: '`angarium-ttl`',
    webSocket: '`ttl`',
  },
  priority: travels('priority', 'priority', 'amqp-priority', 'angarium-priority', 'priority'),
  durable: {
    title: 'it outlives a restart',
    amqp: 'durable',
    mqtt311: 'published with QoS 1 or 2',
    mqtt5: 'published with QoS 1 or 2',
    http: '`angarium-durable`',
    webSocket: '`durable`',
  },
  properties: {
    title: 'properties of the application',
    amqp: 'application-properties',
    mqtt311: null,
    mqtt5: 'user properties',
    http: '`angarium-property-…`',
    webSocket: '`properties`',
  },
  context: {
    title: 'trace context',
    amqp: 'application properties or message annotations `traceparent`, `tracestate`, `baggage`',
    mqtt311: null,
    mqtt5: 'user properties `traceparent`, `tracestate`, `baggage`',
    http: '`traceparent`, `tracestate`, `baggage`',
    webSocket: '`traceparent`, `tracestate`, `baggage`',
  },
  event: {
    title: 'attributes of a CloudEvent',
    amqp: 'application properties `cloudEvents:…`',
    mqtt311: null,
    mqtt5: 'user properties of the attributes’ names',
    http: '`ce-…`, or the JSON of a structured event',
    webSocket: '`properties`, as over AMQP',
  },
};

/** A field that MQTT 5.0 has no property for, and that travels as a user property. */
function travels(title: string, amqp: string, mqtt5: string, http: string, webSocket: string) {
  return { title, amqp, mqtt311: null, mqtt5: `user property \`${mqtt5}\``, http: `\`${http}\``, webSocket: `\`${webSocket}\`` };
}

/** Whether a field that came by one protocol is to be heard over another. */
export function survives(field: Field, from: Protocol, to: Protocol): boolean {
  // To whom a message was durable is the server's matter: a QoS says how it comes, not how it was kept.
  if (field === 'durable' && (to === 'mqtt311' || to === 'mqtt5')) return false;
  return CARRIERS[field][from] !== null && CARRIERS[field][to] !== null;
}
