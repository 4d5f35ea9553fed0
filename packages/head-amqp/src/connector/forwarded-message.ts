import { AmqpDecodeError, HeaderReader } from '@angarium/codec-amqp';
import { HEADER_UNREAD, type Message } from '@angarium/core';

const header = new HeaderReader();

/**
 * What another server counted of failed deliveries says nothing of ours, and the other way round: the message begins at none. One whose header is
 * part of its bytes gets a header of its own where it says otherwise.
 */
export function forgetDeliveries(message: Message): void {
  if (message.headerSize !== HEADER_UNREAD) {
    message.deliveryCount = 0;
    return;
  }
  try {
    header.read(message.bytes, message.start, message.end);
  } catch (error) {
    // What cannot be read is its receiver's to refuse; or the frame has cut it, and it goes on as it is.
    if (error instanceof AmqpDecodeError) return;
    throw error;
  }
  if (header.deliveryCount === 0) return;
  message.headerSize = header.headerEnd - message.start;
  message.durable = header.durable;
  message.priority = header.priority;
  message.ttlMs = header.ttlMs;
  message.firstAcquirer = header.firstAcquirer;
  message.deliveryCount = 0;
}
