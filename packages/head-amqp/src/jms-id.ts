import { type MessageId, uuidText } from '@angarium/codec-amqp';

/**
 * AMQP's four types of message-id and correlation-id (part 3, sections 3.2.11 to 3.2.14) as the texts that JMS clients show for them, and send in
 * selectors. The type stands in a prefix; texts that could be mistaken for such a form get one too.
 *
 *     ID:… as it is     ID:AMQP_NO_PREFIX:…     ID:AMQP_STRING:…     ID:AMQP_UUID:…     ID:AMQP_ULONG:…     ID:AMQP_BINARY:… (hexadecimal)
 */
const JMS = 'ID:';
const TYPED = /^ID:AMQP_(STRING|ULONG|UUID|BINARY|NO_PREFIX):/;

/** JMSMessageID, which always begins with `ID:` (JMS 3.1, section 3.4.3). */
export function jmsMessageId(id: MessageId | undefined): string | undefined {
  if (typeof id !== 'string') return id && typedId(id);
  if (!id.startsWith(JMS)) return `ID:AMQP_NO_PREFIX:${id}`;
  return TYPED.test(id) ? `ID:AMQP_STRING:${id}` : id;
}

/** JMSCorrelationID, which applications choose: their texts stay as they are. */
export function jmsCorrelationId(id: MessageId | undefined): string | undefined {
  if (typeof id !== 'string') return id && typedId(id);
  return TYPED.test(id) ? `ID:AMQP_STRING:${id}` : id;
}

function typedId(id: Exclude<MessageId, string>): string {
  if (id instanceof Uint8Array) return `ID:AMQP_BINARY:${hexadecimal(id)}`;
  return id.value instanceof Uint8Array ? `ID:AMQP_UUID:${uuidText(id.value)}` : `ID:AMQP_ULONG:${id.value}`;
}

function hexadecimal(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();
}
