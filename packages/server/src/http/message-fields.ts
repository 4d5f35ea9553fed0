import Type, { type TObject, type TSchema } from 'typebox';

/** A header field, with a value that it may have. */
function field(description: string, example: string): TSchema {
  return Type.String({ description, examples: [example] });
}

/** The header fields that a message has both when it is sent and when it is received, for /openapi.json. */
const CARRIED = {
  'angarium-durable': field('true, when absent, or false: it is not kept on disk.', 'true'),
  'angarium-priority': field('0 to 9; 4 when absent.', '4'),
  'angarium-ttl': field('How long the message is good for; a bare number is milliseconds.', '10s'),
  'angarium-message-id': field('A text, or a value with its type.', 'order-1'),
  'angarium-correlation-id': field('As angarium-message-id.', '7;ulong'),
  'angarium-to': field('A text.', 'orders'),
  'angarium-subject': field('A text.', 'eu'),
  'angarium-reply-to': field('The address for replies.', 'replies'),
  'angarium-user-id': field('A text.', 'ann'),
  'angarium-group-id': field('The group of the message.', 'table-7'),
  'angarium-group-sequence': field('Its number in the group.', '3'),
  'angarium-reply-to-group-id': field('The group for replies.', 'table-7'),
  'angarium-creation-time': field('A date (ISO 8601), or milliseconds since 1970.', '2026-01-02T03:04:05Z'),
  'angarium-absolute-expiry-time': field('The same.', '2126-01-02T03:04:05Z'),
} as const;

/** Of a request to send a message. */
export const SENT_FIELDS: TObject = Type.Partial(
  Type.Object({
    ...CARRIED,
    'angarium-delivery-delay': field('How long a queue or topic keeps the message before its first delivery.', '1s'),
    'angarium-delivery-time': field('From when on it may be delivered: a date (ISO 8601), or milliseconds since 1970.', '1767323045000'),
  }),
);

/** Of an answer that is one message. */
export const RECEIVED_FIELDS: Readonly<Record<string, TSchema>> = {
  'angarium-lease': field('What to settle; absent with settle=auto.', '553dafc0-ae5a-4492-99cb-05694595d8de'),
  'angarium-delivery-count': field('How many attempts have failed before.', '0'),
  'angarium-stream-offset': field('Of a message of a stream: its offset.', '17'),
  ...CARRIED,
};

/** Of an answer to a message that was accepted. */
export const ACCEPTED_FIELDS: Readonly<Record<string, TSchema>> = {
  'angarium-sequence': field('Of a message that a queue keeps until its time: the number by which it can be cancelled.', '17'),
};

/** What no list of fields can say. */
export const FIELDS_IN_WORDS =
  'An application property is a header field angarium-property-{name}, an attribute of a CloudEvent ce-{name}. Values are percent-encoded beyond ASCII, and texts unless they end with a semicolon and a type, such as 42;int.';
