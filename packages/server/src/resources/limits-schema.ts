import Type, { type Static } from 'typebox';

const limit = (description: string) => Type.Optional(Type.Integer({ minimum: 1, description }));

/** What a space or a user may have of the server, at the most; what is not said is not limited. */
export const LIMITS = Type.Object(
  {
    connectionsMax: limit('Connections at a time.'),
    connectionsPerSecondMax: limit('New connections a second.'),
    linksMax: limit('Links and subscriptions at a time.'),
    sessionsMax: limit('AMQP sessions, and MQTT sessions that outlive their connection, at a time.'),
    addressesMax: limit('Addresses at a time, those made for one client included.'),
    messagesMax: limit('Messages stored.'),
    bytesMax: limit('Bytes of messages stored.'),
    messageSizeBytesMax: limit('Bytes of one message.'),
    messagesPerSecondMax: limit('Messages sent a second.'),
    bytesPerSecondMax: limit('Bytes sent a second.'),
  },
  { additionalProperties: false, description: 'What it may have, at the most.' },
);
export type Limits = Static<typeof LIMITS>;
