import type { Message } from './message.ts';
import type { FieldValue } from './message-filter.ts';

/**
 * What every message says of itself outside of its bytes, whatever its encoding: by the names of JMS (3.1, section 3.8.1.1; the values of
 * JMSDeliveryMode are texts there) and of AMQP's header section (part 3, section 3.2.1).
 */
export const HEADER_FIELDS: ReadonlyMap<string, (message: Message) => FieldValue> = new Map<string, (message: Message) => FieldValue>([
  ['JMSDeliveryMode', message => (message.durable ? 'PERSISTENT' : 'NON_PERSISTENT')],
  ['JMSPriority', message => message.priority],
  ['JMSRedelivered', message => message.deliveryCount > 0],
  ['JMSXDeliveryCount', message => message.deliveryCount + 1],
  ['header.durable', message => message.durable],
  ['header.priority', message => message.priority],
  ['header.ttl', message => (message.ttlMs === 0 ? undefined : message.ttlMs)],
  ['header.first-acquirer', message => message.firstAcquirer],
  ['header.delivery-count', message => message.deliveryCount],
]);
