import type { Broker, WalkedMessage } from '@angarium/core';
import { jsonMessage, messageReader } from '@angarium/head-http';
import Type, { type Static } from 'typebox';

/** A body that is larger is left out, in bytes: a page is made in one go, and others wait meanwhile. */
export const BODY_SHOWN_BYTES_MAX = 256 * 1024;

const time = (description: string) => Type.String({ format: 'date-time', description });

/** A message as an administrator sees it. */
export const QUEUED_MESSAGE = Type.Object(
  {
    sequence: Type.Integer({ minimum: 0, description: 'Its number in this queue, for life: the order is by these.' }),
    state: Type.Enum(['ready', 'scheduled', 'unsettled'], {
      description: 'ready: it waits for a consumer; scheduled: for its time; unsettled: a consumer has it, whose outcome is awaited.',
    }),
    attempts: Type.Integer({ minimum: 0, description: 'Deliveries that failed.' }),
    redelivered: Type.Boolean({ description: 'Somebody may have had it before.' }),
    sizeBytes: Type.Integer({ minimum: 0, description: 'Of the message in its sender’s encoding.' }),
    storedAt: time('When it came.'),
    expiresAt: Type.Optional(time('When its time to live ends.')),
    dueAt: Type.Optional(time('When it may be delivered.')),
    topic: Type.Optional(Type.String({ description: 'The name that it was published to, where that is not the address’s own.' })),
    bodyOmitted: Type.Optional(Type.Literal(true, { description: `The body is larger than ${BODY_SHOWN_BYTES_MAX} bytes, and left out.` })),
    malformed: Type.Optional(Type.Literal(true, { description: 'It is not well formed: the body is all of its bytes.' })),
    message: Type.Object({}, { additionalProperties: true, description: 'The message as JSON; docs/http.md lists its fields.' }),
  },
  { $id: 'QueuedMessage', description: 'A stored message, and how it is.' },
);
export type QueuedMessage = Static<typeof QUEUED_MESSAGE>;

/** Makes documents of stored messages, whatever their encoding. */
export function queuedMessageReader(broker: Broker): (walked: WalkedMessage) => QueuedMessage {
  const read = messageReader(broker.encodings);
  return walked => {
    const { sequence, state, attempts, acquiredBefore, storedAtMs, expiresAtMs, dueAtMs, message } = walked;
    const sizeBytes = message.end - message.start;
    const received = read(message);
    const omitted = sizeBytes > BODY_SHOWN_BYTES_MAX;
    const { topic } = message;
    return {
      sequence,
      state,
      attempts,
      redelivered: acquiredBefore,
      sizeBytes,
      storedAt: new Date(storedAtMs).toISOString(),
      ...(expiresAtMs > 0 && { expiresAt: new Date(expiresAtMs).toISOString() }),
      ...(dueAtMs > 0 && { dueAt: new Date(dueAtMs).toISOString() }),
      ...(topic !== '' && { topic }),
      ...(omitted && { bodyOmitted: true as const }),
      ...(received === undefined && { malformed: true as const }),
      message:
        received === undefined
          ? rawBody(message.bytes, message.start, omitted ? message.start : message.end)
          : shown(jsonMessage(received), omitted),
    };
  };
}

function shown(json: Record<string, unknown>, omitted: boolean): Record<string, unknown> {
  if (!omitted) return json;
  const { body: _body, bodyEncoding: _encoding, ...rest } = json;
  return rest;
}

function rawBody(bytes: Uint8Array, start: number, end: number): Record<string, unknown> {
  return { body: Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('base64'), bodyEncoding: 'base64' };
}
