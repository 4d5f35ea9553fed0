import { type AmqpMessage, ByteWriter, decodeMessage, encodeMessage } from '@angarium/codec-amqp';

export const ACCEPTED = { kind: 'accepted' } as const;
export const RELEASED = { kind: 'released' } as const;

export function encoded(message: AmqpMessage): Uint8Array {
  const writer = new ByteWriter();
  encodeMessage(writer, message);
  return writer.bytes.slice(0, writer.length);
}

/** A message whose body is this string. */
export function text(value: string, rest: Omit<AmqpMessage, 'body'> = {}): Uint8Array {
  return encoded({ ...rest, body: { kind: 'value', value } });
}

/** A message whose body is one data section of so many bytes, each telling its place. */
export function blob(sizeBytes: number, rest: Omit<AmqpMessage, 'body'> = {}): Uint8Array {
  const data = new Uint8Array(sizeBytes);
  for (let i = 0; i < sizeBytes; i++) data[i] = i * 7;
  return encoded({ ...rest, body: { kind: 'data', sections: [data] } });
}

/** The string that is a message's body. */
export function textOf(payload: Uint8Array): string {
  const { body } = decodeMessage(payload);
  if (body.kind !== 'value' || typeof body.value !== 'string') throw new Error(`the body is no string but ${body.kind}`);
  return body.value;
}

/** The bytes of a message's data sections, one after the other. */
export function dataOf(payload: Uint8Array): Buffer {
  const { body } = decodeMessage(payload);
  if (body.kind !== 'data') throw new Error(`the body is no data but ${body.kind}`);
  return Buffer.concat(body.sections);
}
