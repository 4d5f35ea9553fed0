import { LIMITS_OF_USERS, type Limits } from '@angarium/core';
import Type, { type TSchema } from 'typebox';

const limit = (description: string) => Type.Optional(Type.Integer({ minimum: 1, description }));

const FIELDS = {
  connectionsMax: limit('Connections at a time, of all protocols; requests over HTTP are none.'),
  connectionsPerSecondMax: limit('New connections a second, on average; twice as many at once.'),
  linksMax: limit('Links of AMQP connections at a time.'),
  sessionsMax: limit('MQTT sessions at a time, those without a connection too.'),
  addressesMax: limit('Addresses at a time, those made for one client included.'),
  messagesMax: limit('Messages stored, in all queues, subscriptions and streams together.'),
  bytesMax: limit('Bytes of messages stored, in all queues, subscriptions and streams together.'),
  messageSizeBytesMax: limit('Bytes of one message.'),
  messagesPerSecondMax: limit('Messages sent a second, on average; what is beyond is read later.'),
  bytesPerSecondMax: limit('Bytes sent a second, on average; what is beyond is read later.'),
} satisfies Record<keyof Limits, TSchema>;

/** What an address space may have of the server, at the most; what is not said is not limited. */
export const LIMITS = Type.Object(FIELDS, { additionalProperties: false, description: 'What it may have, at the most.' });

/** The same for one user, over all of his connections. */
export const USER_LIMITS = Type.Pick(LIMITS, [...LIMITS_OF_USERS], {
  additionalProperties: false,
  description: 'What the user may have, at the most, over all of his connections.',
});
