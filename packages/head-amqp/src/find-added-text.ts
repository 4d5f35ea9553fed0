import { AmqpDecodeError, DESCRIPTORS, sectionCode, sectionEnd } from '@angarium/codec-amqp';
import { HEADER_UNREAD, type Message, type TextSearch } from '@angarium/core';

const MESSAGE_ANNOTATIONS = DESCRIPTORS['amqp:message-annotations:map'];
const APPLICATION_PROPERTIES = DESCRIPTORS['amqp:application-properties:map'];

/** Searches the sections that have names of their senders' choice; others are passed by their size. See `ContentEncoding.find`. */
export function findAddedText({ bytes, start, end, headerSize }: Message, text: TextSearch, from: number): number {
  let at = headerSize === HEADER_UNREAD ? start : start + headerSize;
  try {
    while (at < end) {
      const section = sectionCode(bytes, at, end);
      if (section > APPLICATION_PROPERTIES) return -1;
      const after = sectionEnd(bytes, at, end, section);
      const added = section === MESSAGE_ANNOTATIONS || section === APPLICATION_PROPERTIES;
      const found = added ? text.in(bytes, Math.max(at, from), after) : -1;
      if (found >= 0) return found;
      at = after;
    }
  } catch (error) {
    // Of a message that is still arriving, or is none, what comes before is all that can be asked for.
    if (!(error instanceof AmqpDecodeError)) throw error;
  }
  return -1;
}
