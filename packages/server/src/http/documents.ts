import type { Address, AddressCounters, AddressPlan, AddressSpace, AddressStatus, ReaderStatus } from '@angarium/core';
import Type, { type Static, type TSchema } from 'typebox';
import { ADDRESS_SPEC, PLAN_SPEC } from '../address-schema.ts';

export const API_VERSION = 'angarium.dev/v1';
export const API_PREFIX = '/apis/angarium.dev/v1';

/** The longest address name that a path takes, in characters after decoding; the core has the last word on names. */
export const NAME_LENGTH_MAX = 4096;

const count = (description: string): Type.TInteger => Type.Integer({ minimum: 0, description });

const ADDRESS_COUNTERS = Type.Object(
  {
    in: count('Messages that producers sent.'),
    out: count('Deliveries to consumers.'),
    accepted: count('Deliveries that consumers accepted.'),
    rejected: count('Deliveries that consumers rejected.'),
    released: count('Deliveries that consumers released.'),
    modified: count('Deliveries that consumers gave back as modified.'),
    duplicates: count('Messages that were stored before, by their id, and were not stored again.'),
    dropped: count('Messages that were let go without a consumer: sent settled to an address that had no room or nobody to take them.'),
    expired: count('Messages whose time to live ended.'),
    deadLettered: count('Messages that went to a dead letter or expiry address.'),
  } satisfies Record<keyof AddressCounters, TSchema>,
  { description: 'What happened since the server started.' },
);

export const ADDRESS_STATUS = Type.Object({
  phase: Type.Literal('Active'),
  type: Type.String(),
  temporary: Type.Boolean({ description: 'Made for one client, and gone with it.' }),
  producers: count('Links that send.'),
  consumers: count('Links that receive.'),
  stored: count('Messages stored.'),
  storedBytes: count('Their bytes.'),
  unsettled: count('Deliveries whose outcome is not known yet.'),
  scheduled: Type.Optional(count('Of those stored: messages that wait for their time.')),
  pausedUntilMs: Type.Optional(
    count('Deliveries are paused until then, in milliseconds since the epoch, since nearly all of them failed (breaker).'),
  ),
  assumed: Type.Optional(
    Type.Literal(true, {
      description:
        'Nobody has said that it is to be a queue: subscribers of topics that its name matches get its messages as well. Declared, it is a queue alone.',
    }),
  ),
  subscriptions: Type.Optional(count('Subscriptions of a topic.')),
  firstOffset: Type.Optional(count('Of a stream: the offset of the first message that is kept.')),
  nextOffset: Type.Optional(count('Of a stream: the offset of the next message to come.')),
  readers: Type.Optional(
    Type.Unsafe<readonly ReaderStatus[]>(
      Type.Array(
        Type.Object({
          name: Type.String(),
          offset: count('The first offset that it is not done with.'),
          lag: count('Messages that it is not done with.'),
          consumers: count('Links that read there now.'),
        }),
        { description: 'The named readers of a stream.' },
      ),
    ),
  ),
  counters: ADDRESS_COUNTERS,
  inForce: Type.Unsafe<Address['spec']>({
    ...ADDRESS_SPEC,
    description: 'What holds: the specification, and what its plan says where it says nothing.',
  }),
} satisfies Record<keyof AddressStatus | 'inForce', TSchema>);

const METADATA_OF_SPACE = Type.Object({ name: Type.String(), addressSpace: Type.String() });

export const ADDRESS = Type.Object(
  {
    apiVersion: Type.Literal(API_VERSION),
    kind: Type.Literal('Address'),
    metadata: METADATA_OF_SPACE,
    spec: ADDRESS_SPEC,
    status: ADDRESS_STATUS,
  },
  { $id: 'Address', description: 'An address, and how it is.' },
);

/** What a client sends to make an address; what it leaves out follows from the path. */
export const ADDRESS_INPUT = Type.Object(
  {
    apiVersion: Type.Optional(Type.Literal(API_VERSION)),
    kind: Type.Optional(Type.Literal('Address')),
    metadata: Type.Optional(
      Type.Object(
        { name: Type.Optional(Type.String({ minLength: 1, maxLength: NAME_LENGTH_MAX })), addressSpace: Type.Optional(Type.String()) },
        { additionalProperties: false },
      ),
    ),
    spec: ADDRESS_SPEC,
    status: Type.Optional(Type.Unknown({ description: 'Ignored: the server alone writes it.' })),
  },
  { $id: 'AddressInput', additionalProperties: false, description: 'An address as it shall be.' },
);

export const ADDRESS_PLAN = Type.Object(
  {
    apiVersion: Type.Literal(API_VERSION),
    kind: Type.Literal('AddressPlan'),
    metadata: METADATA_OF_SPACE,
    spec: PLAN_SPEC,
    status: Type.Object({ addresses: count('Addresses that use it.') }),
  },
  { $id: 'AddressPlan', description: 'Fields that hold for every address which names the plan and says nothing of its own.' },
);

/** What a client sends to make or change a plan; what it leaves out follows from the path. */
export const ADDRESS_PLAN_INPUT = Type.Object(
  {
    apiVersion: Type.Optional(Type.Literal(API_VERSION)),
    kind: Type.Optional(Type.Literal('AddressPlan')),
    metadata: Type.Optional(
      Type.Object({ name: Type.Optional(Type.String()), addressSpace: Type.Optional(Type.String()) }, { additionalProperties: false }),
    ),
    spec: PLAN_SPEC,
    status: Type.Optional(Type.Unknown({ description: 'Ignored: the server alone writes it.' })),
  },
  { $id: 'AddressPlanInput', additionalProperties: false, description: 'A plan as it shall be.' },
);

/** What a client sends to change an address (RFC 7396). */
export const ADDRESS_PATCH = Type.Object(
  {
    apiVersion: Type.Optional(Type.Literal(API_VERSION)),
    kind: Type.Optional(Type.Literal('Address')),
    metadata: Type.Optional(Type.Unknown({ description: 'Ignored: a name does not change.' })),
    spec: Type.Object({}, { additionalProperties: true, description: 'Fields to change; null removes one.' }),
    status: Type.Optional(Type.Unknown({ description: 'Ignored: the server alone writes it.' })),
  },
  { $id: 'AddressPatch', additionalProperties: false, description: 'A JSON merge patch of an address.' },
);

export const ENDPOINT = Type.Object(
  {
    apiVersion: Type.Literal(API_VERSION),
    kind: Type.Literal('Endpoint'),
    metadata: Type.Object({ name: Type.String() }),
    status: Type.Object({ url: Type.String({ description: 'Where clients connect.' }) }),
  },
  { $id: 'Endpoint', description: 'A protocol, and where it listens.' },
);

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

export type AddressDocument = Static<typeof ADDRESS>;
export type AddressPatch = Static<typeof ADDRESS_PATCH>;
export type AddressInput = Static<typeof ADDRESS_INPUT>;
export type EndpointDocument = Static<typeof ENDPOINT>;
export type ConnectionDocument = Static<typeof CONNECTION>;

export type AddressPlanDocument = Static<typeof ADDRESS_PLAN>;
export type AddressPlanInput = Static<typeof ADDRESS_PLAN_INPUT>;

export function addressDocument(space: AddressSpace, address: Address): AddressDocument {
  return {
    apiVersion: API_VERSION,
    kind: 'Address',
    metadata: { name: address.name, addressSpace: space.name },
    spec: space.declaredSpec(address) as AddressDocument['spec'],
    status: { ...address.status(), inForce: address.spec },
  };
}

/** `addresses`: how many use it. */
export function planDocument(space: AddressSpace, plan: AddressPlan, addresses: number): AddressPlanDocument {
  return {
    apiVersion: API_VERSION,
    kind: 'AddressPlan',
    metadata: { name: plan.name, addressSpace: space.name },
    spec: plan.spec as AddressPlanDocument['spec'],
    status: { addresses },
  };
}
