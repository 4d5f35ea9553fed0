import { emptyMessage, type Message } from '../../src/message/message.ts';

export type MessageFields = Partial<Omit<Message, 'bytes' | 'start' | 'end' | 'headerSize'>> & {
  /** A header section of this many bytes lies before the text. */
  readonly headerBytes?: number;
};

const HEADER_BYTE = 0x48;
const AROUND = 5;

/** A message whose body is a text, somewhere inside of a larger buffer. */
export function textMessage(text: string, fields: MessageFields = {}): Message {
  const { headerBytes = 0, ...rest } = fields;
  const body = new TextEncoder().encode(text);
  const bytes = new Uint8Array(AROUND + headerBytes + body.length + AROUND).fill(0xee);
  bytes.fill(HEADER_BYTE, AROUND, AROUND + headerBytes);
  bytes.set(body, AROUND + headerBytes);
  return { ...emptyMessage(), ...rest, bytes, start: AROUND, end: bytes.length - AROUND, headerSize: headerBytes };
}

const decoder = new TextDecoder();

/** The text of a message's body. */
export function textOf(message: Message): string {
  return decoder.decode(message.bytes.subarray(message.start + Math.max(message.headerSize, 0), message.end));
}
