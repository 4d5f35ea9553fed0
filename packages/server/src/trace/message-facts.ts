import type { Broker, Message } from '@angarium/core';
import { jsonMessage, messageReader } from '@angarium/head-http';
import Type, { type Static } from 'typebox';

/** What a trace shows of a message: all that is known of it but its body. */
export const MESSAGE_FACTS = Type.Object(
  {
    sizeBytes: Type.Integer({ minimum: 0, description: 'Of the message in its sender’s encoding.' }),
    topic: Type.Optional(Type.String({ description: 'The name that it was published to, where that is not the address’s own.' })),
    malformed: Type.Optional(Type.Literal(true, { description: 'It is not well formed, and nothing of it can be shown.' })),
  },
  {
    $id: 'MessageFacts',
    additionalProperties: true,
    description: 'A message as JSON, without its body; docs/http.md lists its fields.',
  },
);
export type MessageFacts = Static<typeof MESSAGE_FACTS>;

/** Tells what is known of a message but its body, whatever its encoding. */
export function messageFacts(broker: Broker): (message: Message) => MessageFacts {
  const read = messageReader(broker.encodings);
  return message => {
    const { topic, start, end } = message;
    // The reader may put a translation in place of what it reads, and the message is its sender's.
    const received = read({ ...message });
    const known = { sizeBytes: end - start, ...(topic !== '' && { topic }) };
    if (received === undefined) return { ...known, malformed: true };
    const { body: _body, bodyEncoding: _encoding, ...fields } = jsonMessage(received);
    return { ...known, ...fields };
  };
}
