import { Refusal } from '../delivery/refusal.ts';
import type { Message } from '../message/message.ts';
import { utf8Bytes } from '../store/records.ts';
import type { StoringAddress } from './brokered-producer.ts';
import { refuseForRoom } from './demand.ts';

/** Why the address cannot have a message now that comes without its producers' credit, such as one that is moved here. */
export function refuseMessage(address: StoringAddress, message: Message): Refusal | undefined {
  return refuseSize(address, message) ?? refuseForRoom(address, message);
}

/** Why the address never has a message of this size. */
export function refuseSize({ name, messageSizeBytesMax }: StoringAddress, message: Message): Refusal | undefined {
  const sizeBytes = message.end - message.start;
  if (sizeBytes <= messageSizeBytesMax) return undefined;
  return new Refusal('message-too-large', `A message of ${sizeBytes} bytes is larger than ${name} takes: ${messageSizeBytesMax} bytes.`);
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
