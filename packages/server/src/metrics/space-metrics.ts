import type { LinkFigures } from '../activity/link-census.ts';
import type { LinkState } from '../activity/link-state.ts';
import type { AddressFigures, SpaceFigures } from './figures.ts';
import { type Metric, several } from './metric.ts';
import type { Snapshot } from './survey.ts';

type Type = 'counter' | 'gauge';

/** By address space. */
function ofSpaces(type: Type, name: string, help: string, value: (of: SpaceFigures) => number): Metric<Snapshot> {
  return several(type, name, help, ['address_space'], ({ spaces }) => spaces.map(of => [value(of), of.space] as const));
}

/** By address space and something else. */
function inSpaces(
  type: Type,
  name: string,
  help: string,
  label: string,
  values: (of: SpaceFigures) => Iterable<readonly [string, number]>,
): Metric<Snapshot> {
  return several(type, name, help, ['address_space', label], function* ({ spaces }) {
    for (const of of spaces) for (const [key, value] of values(of)) yield [value, of.space, key] as const;
  });
}

/** By address. */
function ofAddresses(type: Type, name: string, help: string, value: (of: AddressFigures) => number): Metric<Snapshot> {
  return several(type, name, help, ['address_space', 'address', 'type'], ({ addresses }) =>
    addresses.map(of => [value(of), of.space, of.address, of.type] as const),
  );
}

/** By address, where it is known. */
function known(type: Type, name: string, help: string, value: (of: AddressFigures) => number | undefined): Metric<Snapshot> {
  return several(type, name, help, ['address_space', 'address', 'type'], function* ({ addresses }) {
    for (const of of addresses) {
      const now = value(of);
      if (now !== undefined) yield [now, of.space, of.address, of.type] as const;
    }
  });
}

function inAddresses(
  type: Type,
  name: string,
  help: string,
  label: string,
  values: (of: AddressFigures) => Iterable<readonly [string, number]>,
): Metric<Snapshot> {
  return several(type, name, help, ['address_space', 'address', 'type', label], function* ({ addresses }) {
    for (const of of addresses) for (const [key, value] of values(of)) yield [value, of.space, of.address, of.type, key] as const;
  });
}

const OUTCOMES = ['accepted', 'rejected', 'released', 'modified'] as const;

function outcomes({ counters }: SpaceFigures | AddressFigures): (readonly [string, number])[] {
  return OUTCOMES.map(outcome => [outcome, counters[outcome]] as const);
}

/** Limits of a space that metrics of it stand beside, by the value of the label. */
const LIMITS = { connections: 'connectionsMax', sessions: 'sessionsMax', messages: 'messagesMax', bytes: 'bytesMax' } as const;

function* limitsOf({ limits }: SpaceFigures): Generator<readonly [string, number]> {
  for (const [label, name] of Object.entries(LIMITS)) {
    const limit = limits[name];
    if (limit !== undefined) yield [label, limit];
  }
}

function* limitsOfAddress({ messagesMax, bytesMax }: AddressFigures): Generator<readonly [string, number]> {
  if (messagesMax !== undefined) yield ['messages', messagesMax];
  if (bytesMax !== undefined) yield ['bytes', bytesMax];
}

/** States of links that are told, by role. */
const HELD_UP = [
  ['producer', 'blocked', 'blockedProducers'],
  ['consumer', 'blocked', 'blockedConsumers'],
  ['consumer', 'stuck', 'stuck'],
  ['consumer', 'delayed', 'delayed'],
] as const satisfies readonly (readonly [string, LinkState, keyof LinkFigures])[];

/** Sums over all addresses of a space. */
const SUMS: readonly Metric<Snapshot>[] = [
  ofSpaces('counter', 'angarium_messages_received_total', 'Messages that producers have sent.', ({ counters }) => counters.in),
  ofSpaces(
    'counter',
    'angarium_messages_delivered_total',
    'Deliveries that were handed to consumers; a message for several, or one that comes again, is several.',
    ({ counters }) => counters.out,
  ),
  inSpaces('counter', 'angarium_deliveries_settled_total', 'Deliveries by their consumer’s outcome.', 'outcome', outcomes),
  ofSpaces(
    'counter',
    'angarium_messages_duplicate_total',
    'Messages that were known by their id, and were not stored again.',
    ({ counters }) => counters.duplicates,
  ),
  ofSpaces(
    'counter',
    'angarium_messages_dropped_total',
    'Messages gone without a consumer’s outcome: refused, settled ones that nobody could take, beyond a limit.',
    ({ counters }) => counters.dropped,
  ),
  ofSpaces('counter', 'angarium_messages_expired_total', 'Messages whose time to live has ended.', ({ counters }) => counters.expired),
  ofSpaces(
    'counter',
    'angarium_messages_dead_lettered_total',
    'Messages that went to a dead letter or expiry address.',
    ({ counters }) => counters.deadLettered,
  ),
  inSpaces(
    'counter',
    'angarium_refusals_total',
    'What visitors were refused: links, connections, messages.',
    'code',
    ({ refusals }) => refusals,
  ),
  ofSpaces(
    'gauge',
    'angarium_messages_stored',
    'Messages stored, delivered or not; in topics once for each subscription.',
    ({ stored }) => stored,
  ),
  ofSpaces('gauge', 'angarium_messages_stored_bytes', 'Their bytes.', ({ storedBytes }) => storedBytes),
  ofSpaces('gauge', 'angarium_messages_scheduled', 'Of those stored: messages that wait for their time.', ({ scheduled }) => scheduled),
  ofSpaces('gauge', 'angarium_deliveries_unsettled', 'Deliveries under way.', ({ unsettled }) => unsettled),
  ofSpaces('gauge', 'angarium_producers', 'Producers attached.', ({ producers }) => producers),
  ofSpaces('gauge', 'angarium_consumers', 'Consumers attached, those of MQTT sessions included.', ({ consumers }) => consumers),
  inSpaces('gauge', 'angarium_addresses', 'Addresses, those that were made for clients included.', 'type', ({ addresses }) => addresses),
  several(
    'gauge',
    'angarium_links_held_up',
    'Producers and consumers by what is the matter with them: docs/activity.md has the states. Subscriptions of one MQTT client count each.',
    ['address_space', 'role', 'state'],
    function* ({ spaces }) {
      for (const { space, links } of spaces) for (const [role, state, count] of HELD_UP) yield [links[count], space, role, state] as const;
    },
  ),
  inSpaces(
    'gauge',
    'angarium_links_without_credit_seconds',
    'For how long a blocked producer has had no credit, or a consumer has given none while messages wait: of each the longest; 0: there is none.',
    'role',
    ({ links }) => [
      ['producer', links.producersWithoutCreditMs / 1000],
      ['consumer', links.consumersWithoutCreditMs / 1000],
    ],
  ),
  inSpaces(
    'gauge',
    'angarium_address_space_limit',
    'What the address space may have at most; absent: as much as there is room for.',
    'limit',
    limitsOf,
  ),
];

/** Who is there. */
const VISITORS: readonly Metric<Snapshot>[] = [
  ofSpaces(
    'gauge',
    'angarium_sessions',
    'MQTT sessions, connected or not, and groups that share a subscription.',
    ({ sessions }) => sessions,
  ),
  ofSpaces(
    'gauge',
    'angarium_address_space_connections',
    'Connections of all protocols to the address space.',
    ({ connections }) => connections,
  ),
];

/** What each address tells. */
const OF_ADDRESSES: readonly Metric<Snapshot>[] = [
  ofAddresses(
    'counter',
    'angarium_address_messages_received_total',
    'Messages that producers have sent there.',
    ({ counters }) => counters.in,
  ),
  ofAddresses('counter', 'angarium_address_messages_delivered_total', 'Deliveries from there.', ({ counters }) => counters.out),
  inAddresses(
    'counter',
    'angarium_address_deliveries_settled_total',
    'Deliveries from there by their consumer’s outcome.',
    'outcome',
    outcomes,
  ),
  ofAddresses(
    'counter',
    'angarium_address_messages_dropped_total',
    'Messages gone there without a consumer’s outcome.',
    ({ counters }) => counters.dropped,
  ),
  ofAddresses(
    'counter',
    'angarium_address_messages_expired_total',
    'Messages whose time to live has ended there.',
    ({ counters }) => counters.expired,
  ),
  ofAddresses(
    'counter',
    'angarium_address_messages_dead_lettered_total',
    'Messages that went from there to a dead letter or expiry address.',
    ({ counters }) => counters.deadLettered,
  ),
  ofAddresses('gauge', 'angarium_address_messages_stored', 'Messages stored there, delivered or not.', ({ stored }) => stored),
  ofAddresses('gauge', 'angarium_address_messages_stored_bytes', 'Their bytes.', ({ storedBytes }) => storedBytes),
  known(
    'gauge',
    'angarium_address_oldest_message_age_seconds',
    'How long ago the oldest message stored there came; absent: there is none, or it is being read from disk.',
    ({ oldestSeconds }) => oldestSeconds,
  ),
  ofAddresses('gauge', 'angarium_address_messages_scheduled', 'Of those: messages that wait for their time.', ({ scheduled }) => scheduled),
  ofAddresses('gauge', 'angarium_address_deliveries_unsettled', 'Deliveries from there under way.', ({ unsettled }) => unsettled),
  ofAddresses('gauge', 'angarium_address_producers', 'Producers attached.', ({ producers }) => producers),
  ofAddresses('gauge', 'angarium_address_consumers', 'Consumers attached.', ({ consumers }) => consumers),
  ofAddresses(
    'gauge',
    'angarium_address_paused',
    '1 while deliveries are paused because nearly all of them failed (breaker), else 0.',
    ({ paused }) => (paused ? 1 : 0),
  ),
  ofAddresses(
    'gauge',
    'angarium_address_blocked',
    '1 while there are producers that get no credit: it is full, the log takes nothing, or nobody consumes from what stores nothing; else 0.',
    ({ blocked }) => (blocked ? 1 : 0),
  ),
  inAddresses(
    'gauge',
    'angarium_address_limit',
    'What the address may hold at most; absent: no limit of its own.',
    'limit',
    limitsOfAddress,
  ),
];

/** What each address space and each address tells. */
export const SPACE_METRICS: readonly Metric<Snapshot>[] = [...SUMS, ...VISITORS, ...OF_ADDRESSES];

/** What a user of one space may know of it besides single addresses. */
export interface SpaceView {
  /** He may view all addresses, and hear of them together. */
  readonly sums: boolean;
  /** He may view who is connected. */
  readonly visitors: boolean;
}

/** Tells who may not know everything that there are metrics which he is not told. */
export const LEFT_OUT: Metric<SpaceView & { readonly space: string }> = several(
  'gauge',
  'angarium_left_out',
  '1: metrics of the address space are left out for who reads. Sums, since he may not view all addresses; visitors, since he may not view connections. Absent for who may view all.',
  ['address_space', 'what'],
  function* ({ space, sums, visitors }) {
    if (!sums) yield [1, space, 'sums'] as const;
    if (!visitors) yield [1, space, 'visitors'] as const;
  },
);

/** The metrics that are told to who sees this much. */
export function metricsFor({ sums, visitors }: SpaceView): readonly Metric<Snapshot>[] {
  return [...(sums ? SUMS : []), ...(visitors ? VISITORS : []), ...OF_ADDRESSES];
}
