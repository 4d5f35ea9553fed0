import type { Address, AddressCounters, AddressStatus, DeadLetterCounts, Depth, ReaderStatus } from '@angarium/core';
import Type, { type TSchema } from 'typebox';
import { ADDRESS_SPEC } from '../../address-schema.ts';
import { refuseAddress } from '../../authorization/giving.ts';
import { count } from '../condition.ts';
import type { Kind } from '../kind.ts';
import { AddressStore } from '../stores/address-store.ts';

const COUNTERS = Type.Object(
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

const DEPTH = Type.Object(
  {
    ready: count('Messages that a consumer could have now.'),
    unsettled: count('Messages that consumers have and have not settled; in a stream, for each of its readers.'),
    scheduled: count('Messages that wait for a time that was said.'),
    redelivering: count('Messages whose delivery has failed, and that wait for the time of the next one.'),
    bytes: count('The size of all of them. Bytes.'),
    oldestSeconds: Type.Optional(
      count(
        'How long ago the oldest of them was stored. Seconds. Absent: there is none; or it lies on disk and is being read, and is known when it is asked for again.',
      ),
    ),
  } satisfies Record<keyof Depth, TSchema>,
  { description: 'What is stored, by what it waits for; in a topic, in all subscriptions together.' },
);

const deadLetters = (description: string) =>
  Type.Unsafe<DeadLetterCounts>(
    Type.Object(
      {
        rejected: count('A consumer rejected them.'),
        attempts: count('All of their attempts failed.'),
        expired: count('Their time to live ended.'),
      } satisfies Record<keyof DeadLetterCounts, TSchema>,
      { description },
    ),
  );

const STATUS = Type.Object({
  phase: Type.Union([Type.Literal('Active'), Type.Literal('Terminating')], { description: 'Terminating: it waits for its finalizers.' }),
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
  depth: DEPTH,
  deadLettersSent: Type.Optional(deadLetters('Messages that left for a dead letter or expiry address, by why.')),
  deadLettersReceived: Type.Optional(deadLetters('Messages that came here because they left another address, by why.')),
  counters: COUNTERS,
  inForce: Type.Unsafe<Address['spec']>({
    ...ADDRESS_SPEC,
    description: 'What holds: the specification, and what its plan says where it says nothing.',
  }),
} satisfies Record<keyof AddressStatus | 'inForce', TSchema>);

/** Where messages go to, and come from. */
export const ADDRESS: Kind = {
  kind: 'Address',
  plural: 'addresses',
  scope: 'space',
  description: 'A name that messages are sent to and received from.',
  spec: ADDRESS_SPEC,
  status: STATUS,
  refusals: { missing: 'address-not-found', exists: 'address-exists' },
  refuse: (wish, { broker }) => refuseAddress(wish, broker.spaces.get(wish.space)),
  // The core knows which names an address may have.
  refuseName: () => undefined,
  show: ({ space, name }, { broker }) => {
    const address = broker.spaces.get(space)?.addresses.get(name);
    return address ? { ...address.status(), inForce: address.spec } : {};
  },
  store: ({ broker }) => new AddressStore(broker),
};
