/** A value that a message has under a name; undefined where it has none. Integers beyond 2^53 are bigint, instants milliseconds since the epoch. */
export type FieldValue = string | number | bigint | boolean | undefined;

/** Before the name of what a server or its client has added to a message (AMQP: message annotations; MQTT: user properties). */
export const ANNOTATIONS_PREFIX = 'annotations.';

/** What can be asked of a message without knowing its encoding. */
export interface MessageFields {
  /**
   * The application property of this name, or a header by its JMS name (`JMSMessageID`, `JMSTimestamp`, `JMSCorrelationID`, `JMSReplyTo`,
   * `JMSDestination`, `JMSDeliveryMode`, `JMSPriority`, `JMSType`, `JMSExpiration`, `JMSRedelivered`, `JMSXGroupID`, `JMSXGroupSeq`, `JMSXUserID`,
   * `JMSXDeliveryCount`), or by its section and name in AMQP (`properties.content-type`, `header.priority`,
   * `annotations.x-opt-dead-letter-origin`).
   */
  get(name: string): FieldValue;
}

/** Which messages somebody wants. */
export interface MessageFilter {
  /** In words that tell equal filters from others: consumers of one queue with the same text are served together. */
  readonly text: string;
  matches(fields: MessageFields): boolean;
}

export const NO_FIELDS: MessageFields = { get: () => undefined };
