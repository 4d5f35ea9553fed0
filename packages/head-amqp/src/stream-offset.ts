import { type AmqpValue, DESCRIPTORS, Typed } from '@angarium/codec-amqp';
import { type Message, parseReadFrom, READ_FROM_FORMS, type ReadFrom } from '@angarium/core';
import { annotateAmqp } from './amqp-annotations.ts';
import { FilterError } from './property-filter.ts';

/** The message annotation that tells a message's place in its stream, a long; the name is RabbitMQ's. */
export const OFFSET_ANNOTATION = 'x-stream-offset';

/*
 * The section of message annotations (part 3, section 3.2.3) of a message that has no others:
 *
 *     00 53 72 │ c1 size 2 │ a3 15 "x-stream-offset" │ 81 offset i64
 */
const NAME_BYTES = OFFSET_ANNOTATION.length;
export const OFFSET_SECTION_BYTES = 3 + 3 + 2 + NAME_BYTES + 9;
const OFFSET_AT = OFFSET_SECTION_BYTES - 8;
export const OFFSET_SECTION = new Uint8Array(OFFSET_SECTION_BYTES);
OFFSET_SECTION.set([0x00, 0x53, 0x72, 0xc1, OFFSET_SECTION_BYTES - 5, 2, 0xa3, NAME_BYTES]);
OFFSET_SECTION.set(new TextEncoder().encode(OFFSET_ANNOTATION), 8);
OFFSET_SECTION[OFFSET_AT - 1] = 0x81;

/**
 * Puts the message's place in its stream into its annotations: answers the bytes of `OFFSET_SECTION` that are to be written in front of its body. 0:
 * it has annotations already, which have it now.
 */
export function placeOffset(message: Message): number {
  const at = message.start + message.headerSize;
  const { bytes, offset } = message;
  // The first section is one that comes after the annotations, in the usual form.
  if (message.end - at < 3 || bytes[at + 1] !== 0x53 || bytes[at + 2]! <= DESCRIPTORS['amqp:message-annotations:map']) {
    annotateAmqp(message, new Map([[OFFSET_ANNOTATION, offset]]));
    return 0;
  }
  let low = offset % 0x1_0000_0000;
  let high = Math.floor(offset / 0x1_0000_0000);
  for (let i = 3; i >= 0; i--, low >>>= 8, high >>>= 8) {
    OFFSET_SECTION[OFFSET_AT + i] = high & 0xff;
    OFFSET_SECTION[OFFSET_AT + 4 + i] = low & 0xff;
  }
  return OFFSET_SECTION_BYTES;
}

/** The value of a stream offset filter: a text, a whole number, or a timestamp. Throws `FilterError` for anything else. */
export function readFromOf(value: AmqpValue): ReadFrom {
  if (typeof value === 'string') {
    const from = parseReadFrom(value);
    if (from !== undefined) return from;
  }
  if (value instanceof Typed && !(value.value instanceof Uint8Array)) {
    const number = Number(value.value);
    if (value.type === 'timestamp') return { sinceMs: Math.max(0, number) };
    if (Number.isSafeInteger(number) && number >= 0) return { offset: number };
  }
  throw new FilterError(`The value of a stream offset filter is a timestamp, a whole number from 0 on, or a text: ${READ_FROM_FORMS}.`);
}
