import { Refusal } from '../delivery/refusal.ts';
import type { Message } from '../message/message.ts';
import { utf8Bytes } from '../store/records.ts';
import type { StoringAddress } from './brokered-producer.ts';

/** Why the address cannot have a message now that comes without its producers' credit: moved here, or by a divert. */
export function refuseMessage(address: StoringAddress, message: Message): Refusal | undefined {
  const { name, credit, messageSizeBytesMax, shard } = address;
  const sizeBytes = message.end - message.start;
  if (sizeBytes > messageSizeBytesMax)
    return new Refusal('message-too-large', `A message of ${sizeBytes} bytes is larger than ${name} takes: ${messageSizeBytesMax} bytes.`);
  // Under pressure there is no credit, and that says nothing about room.
  if (shard.log.pressure !== 'none' || credit.capacity > 0) return address.refuse();
  return new Refusal('queue-full', `The address ${name} holds as much as it may: consume some there, or raise its limit, and try again.`);
}

/** Why no record of the log has room for the message: its topic takes some of it, of which its sender was not told. */
export function refuseRecord({ name, recordRoomBytes }: StoringAddress, message: Message): Refusal | undefined {
  const sizeBytes = message.end - message.start;
  const topicBytes = message.topic === '' ? 0 : 2 + utf8Bytes(message.topic);
  if (sizeBytes + topicBytes <= recordRoomBytes) return undefined;
  return new Refusal(
    'message-too-large',
    `A message to ${name} and its topic have at most ${recordRoomBytes} bytes together: this one has ${sizeBytes + topicBytes}.`,
  );
}
