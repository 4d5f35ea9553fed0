import { AmqpDecodeError, type AmqpValue, ByteWriter, fromPlain, long, writeAnnotated } from '@angarium/codec-amqp';
import { type Annotations, HEADER_UNREAD, type Message } from '@angarium/core';

let writer = new ByteWriter(1024);
/** Beyond this the scratch buffer is given back, in bytes. */
const SCRATCH_BYTES_MAX = 1024 * 1024;

/** Merges the annotations into the message's own: dates become timestamps, integers longs. See `ContentEncoding.annotate`. */
export function annotateAmqp(message: Message, annotations: Annotations): void {
  // A message that this function wrote before cannot be read and written over at once.
  if (writer.bytes === message.bytes || writer.bytes.length > SCRATCH_BYTES_MAX) writer = new ByteWriter(1024);
  writer.length = 0;
  const unread = message.headerSize === HEADER_UNREAD;
  const start = unread ? message.start : message.start + message.headerSize;
  try {
    writeAnnotated(
      writer,
      message.bytes,
      start,
      message.end,
      Array.from(annotations, ([name, value]): [string, AmqpValue] => [
        name,
        Number.isSafeInteger(value) ? long(value as number) : fromPlain(value),
      ]),
    );
  } catch (error) {
    if (error instanceof AmqpDecodeError) return;
    throw error;
  }
  message.bytes = writer.bytes;
  message.start = 0;
  message.end = writer.length;
  if (!unread) message.headerSize = 0;
}
