import type { AddressSpace, AddressStatus, Broker, StatusSource, Turn } from '@angarium/core';
import type { ListedConnection } from '@angarium/transport';
import { VERSION } from './version.ts';

/** Addresses of one space that have topics of their own, those that were made first: each has several, and all may be read at once. */
export const STATUS_ADDRESSES_MAX = 200;
/** The shortest time between two values, in milliseconds. */
export const STATUS_INTERVAL_MS_MIN = 100;

/** What the values of one space are made from. */
interface Subject {
  readonly space: AddressSpace;
  readonly connections: readonly ListedConnection[];
  readonly uptimeMs: number;
  /** Of all addresses together. */
  readonly totals: Totals;
}

type Totals = Record<'in' | 'out' | 'dropped' | 'stored', number>;

interface StatusTopic<Of> {
  readonly description: string;
  readonly value: (subject: Of) => string | number;
}

/** Topics of the server, without `$angarium/`. The page of the reference is made from these two tables. */
export const SERVER_TOPICS: Readonly<Record<string, StatusTopic<Subject>>> = {
  version: { description: 'The version of the server.', value: () => VERSION },
  uptime: { description: 'Seconds since it started.', value: ({ uptimeMs }) => Math.floor(uptimeMs / 1000) },
  'connections/count': {
    description: 'Connections to the address space, of all protocols.',
    value: ({ connections }) => connections.length,
  },
  'addresses/count': { description: 'Addresses, those that were made for clients included.', value: ({ space }) => space.addresses.size },
  'messages/in': { description: 'Messages that were sent to the addresses there are, since the start.', value: ({ totals }) => totals.in },
  'messages/out': { description: 'Deliveries from the addresses there are, since the start.', value: ({ totals }) => totals.out },
  'messages/stored': {
    description: 'Messages stored, delivered or not; in topics once for each subscription.',
    value: ({ totals }) => totals.stored,
  },
  'messages/dropped': {
    description: 'Messages gone without a consumer’s outcome: settled ones that nobody could take, or beyond a limit.',
    value: ({ totals }) => totals.dropped,
  },
  'retained/count': { description: 'Topics that have a retained message.', value: ({ space }) => space.retainedCount },
  'sessions/count': {
    description: 'Sessions of MQTT clients, connected or not, and groups that share a subscription.',
    value: ({ space }) => space.inboxes.all.size,
  },
};

/** Topics of each address, without `$angarium/addresses/<name>/`. */
export const ADDRESS_TOPICS: Readonly<Record<string, StatusTopic<AddressStatus>>> = {
  ready: { description: 'Messages stored that no consumer has.', value: ({ stored, unsettled }) => Math.max(0, stored - unsettled) },
  unsettled: { description: 'Deliveries under way.', value: ({ unsettled }) => unsettled },
  in: { description: 'Messages that producers sent, since the start.', value: ({ counters }) => counters.in },
  out: { description: 'Deliveries handed to consumers, since the start.', value: ({ counters }) => counters.out },
  producers: { description: 'Producers attached.', value: ({ producers }) => producers },
  consumers: { description: 'Consumers attached.', value: ({ consumers }) => consumers },
};

function totalsOf(space: AddressSpace): Totals {
  const totals = { in: 0, out: 0, dropped: 0, stored: 0 };
  for (const { counters, stored } of space.addresses.values()) {
    totals.in += counters.in;
    totals.out += counters.out;
    totals.dropped += counters.dropped;
    totals.stored += stored;
  }
  return totals;
}

export interface StatusTopicsOptions {
  readonly broker: Broker;
  readonly turn: Turn;
  /** Of all heads. */
  readonly connections: () => Iterable<ListedConnection>;
  readonly intervalMs: number;
}

export interface StatusTopics {
  /** A space is there that was not. */
  open(space: AddressSpace): void;
  close(): void;
}

/** Opens `$angarium/…` in every space, and publishes it at intervals while somebody reads. */
export function openStatusTopics({ broker, turn, connections, intervalMs }: StatusTopicsOptions): StatusTopics {
  const startedAtMs = turn.nowMs;
  const open = (space: AddressSpace): void => {
    space.openStatus(
      statusSource(() => ({
        space,
        connections: [...connections()].filter(({ addressSpace }) => addressSpace === space.name),
        uptimeMs: turn.nowMs - startedAtMs,
        totals: totalsOf(space),
      })),
    );
  };
  for (const space of broker.spaces.values()) open(space);
  const publishLater = (): { cancel(): void } =>
    turn.after(Math.max(intervalMs, STATUS_INTERVAL_MS_MIN), () => {
      waiting = publishLater();
      for (const space of broker.spaces.values()) space.publishStatus();
    });
  let waiting = publishLater();
  return { open, close: () => waiting.cancel() };
}

function statusSource(subjectNow: () => Subject): StatusSource {
  return {
    *values() {
      const subject = subjectNow();
      for (const [topic, { value }] of Object.entries(SERVER_TOPICS)) yield [topic, String(value(subject))];
      let shown = 0;
      for (const address of subject.space.addresses.values()) {
        // The name of an address that was made for one client is nobody else's to know.
        if (address.temporary) continue;
        if (++shown > STATUS_ADDRESSES_MAX) return;
        const status = address.status();
        for (const [topic, { value }] of Object.entries(ADDRESS_TOPICS))
          yield [`addresses/${address.name}/${topic}`, String(value(status))];
      }
    },
  };
}
