import Type, { type Static, type TSchema } from 'typebox';
import { API_VERSION } from '../resources/document.ts';

export { API_VERSION } from '../resources/document.ts';
export const API_PREFIX = `/apis/${API_VERSION}`;

/** The longest name that a path takes, in characters after decoding; the core has the last word on names of addresses. */
export const NAME_LENGTH_MAX = 4096;

export const CONNECTION = Type.Object(
  {
    apiVersion: Type.Literal(API_VERSION),
    kind: Type.Literal('Connection'),
    metadata: Type.Object({ name: Type.String({ description: 'The id by which it can be closed.' }) }),
    status: Type.Object(
      {
        protocol: Type.String({ description: 'With its version, as in MQTT 5.0.' }),
        client: Type.String({ description: 'What the client calls itself: a container id, a client identifier.' }),
        user: Type.Optional(Type.String()),
        peer: Type.String({ description: 'Host and port.' }),
        addressSpace: Type.String(),
        since: Type.String({ format: 'date-time' }),
        subscriptions: Type.Integer({ description: 'What it receives from: receiving links, subscriptions.' }),
        unsettled: Type.Integer({ description: 'Deliveries to it that it has not settled.' }),
        unsentBytes: Type.Integer({ description: 'Bytes that it has not taken yet.' }),
      },
      { additionalProperties: true, description: 'A protocol may add what it alone has.' },
    ),
  },
  { $id: 'Connection', description: 'A client that is connected, over any protocol.' },
);

export const list = <Item extends TSchema>(kind: string, item: Item) =>
  Type.Object(
    {
      apiVersion: Type.Literal(API_VERSION),
      kind: Type.Literal(kind),
      metadata: Type.Object({
        continue: Type.Optional(Type.String({ description: 'There is more: give this as the query parameter `continue`.' })),
      }),
      items: Type.Array(item),
    },
    { $id: kind },
  );

export type ConnectionDocument = Static<typeof CONNECTION>;
