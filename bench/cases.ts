import { httpCases } from './http-cases.ts';
import { mqttCases } from './mqtt-cases.ts';
import type { GeneratorName, PeerName } from './peers.ts';

/** What one run of a generator reports: the fields of its line of JSON that the cases read. */
export interface Measurement {
  readonly receiveRate?: number;
  readonly acknowledgeRate?: number;
  readonly latencyUs?: { readonly p50: number; readonly p99: number };
  readonly lost?: number;
  readonly errors?: readonly string[];
  readonly generatorCpuPercent?: number;
  readonly serverCpuPercent?: number;
  readonly otherCpuPercent?: number;
  readonly serverResidentBytesBefore?: number;
  readonly serverResidentBytes?: number;
  readonly serverResidentBytesMax?: number;
}

/** The flags of one generator's run; address and capability are the peer's words for the same thing. */
export interface Load {
  readonly generator: GeneratorName;
  readonly flags: readonly string[];
}

export interface Case {
  readonly name: string;
  readonly unit: 'msg/s' | 'µs' | 'MB' | 'KB';
  /** Who takes part, and with what load. */
  readonly loads: Partial<Record<PeerName, Load>>;
  value(measurement: Measurement): number | undefined;
  /** Whom we are compared with. */
  readonly reference?: PeerName;
  /** What must be reached: a ratio to the reference, or a bound. */
  readonly floor?: { readonly ratio: number } | { readonly ratioAtMost: number } | { readonly below: number };
  /** Runs on a server that was started for it, once, however many rounds there are. */
  readonly fresh?: boolean;
  /** Measured right after the case before it, on what that left behind. */
  readonly follows?: boolean;
}

export interface CaseSettings {
  readonly seconds: number;
}

const received = (measurement: Measurement): number | undefined => measurement.receiveRate;
const acknowledged = (measurement: Measurement): number | undefined => measurement.acknowledgeRate;
const median = (measurement: Measurement): number | undefined => measurement.latencyUs?.p50;
const MEGABYTE = 1e6;

/** The generator's flags for an address of this type on each peer that has such a thing. */
function amqp(type: 'queue' | 'anycast' | 'multicast', address: string, flags: readonly string[]): Load {
  return { generator: 'amqp', flags: [...flags, '--address', address, '--capability', type] };
}

function rabbit(queue: string, flags: readonly string[]): Load {
  return { generator: 'amqp', flags: [...flags, '--address', `/queue/${queue}`] };
}

/** Messages that are under way end to end at most, so that a slower consumer is measured and not a growing queue. */
const UNDER_WAY = ['--under-way', '5000'];
const DEEP_MESSAGES = '1000000';
const OUR_BULK_PER_SECOND = 300_000;
const OTHERS_BULK_PER_SECOND = 15_000;

export function cases({ seconds }: CaseSettings): Case[] {
  const timed = ['--seconds', String(seconds), '--warm-up', '1.5'];
  // As many messages as make a run of some seconds: rates are compared, and ours has the deeper queue.
  const bulk = (perSecond: number): string[] => ['--count', String(Math.max(1000, Math.round(perSecond * seconds))), '--seconds', '120'];
  const many = bulk(OUR_BULK_PER_SECOND);
  const few = bulk(OTHERS_BULK_PER_SECOND);
  const nats = (subscribers: number): Load => ({ generator: 'nats', flags: [...timed, '--subscribers', String(subscribers)] });
  return [
    {
      name: 'anycast 1→1, settled',
      unit: 'msg/s',
      loads: { angarium: amqp('anycast', 'direct.settled', ['flow', ...timed, '--settled']), nats: nats(1) },
      value: received,
      reference: 'nats',
      floor: { ratio: 0.25 },
    },
    {
      name: 'anycast 1→1, unsettled',
      unit: 'msg/s',
      loads: { angarium: amqp('anycast', 'direct.unsettled', ['flow', ...timed]), nats: nats(1) },
      value: received,
      reference: 'nats',
      floor: { ratio: 0.12 },
    },
    {
      name: 'multicast 1→10, deliveries',
      unit: 'msg/s',
      loads: { angarium: amqp('multicast', 'direct.many', ['flow', ...timed, '--settled', '--receivers', '10']), nats: nats(10) },
      value: received,
      reference: 'nats',
    },
    {
      name: 'durable queue 1→1, through',
      unit: 'msg/s',
      loads: {
        angarium: amqp('queue', 'queue.through', ['flow', ...timed, ...UNDER_WAY, '--durable']),
        rabbitmq: rabbit('through', ['flow', ...timed, ...UNDER_WAY, '--durable']),
      },
      value: received,
      reference: 'rabbitmq',
    },
    {
      name: 'durable queue, fill',
      unit: 'msg/s',
      loads: {
        angarium: amqp('queue', 'queue.bulk', ['fill', ...many, '--durable']),
        rabbitmq: rabbit('bulk', ['fill', ...few, '--durable']),
      },
      value: acknowledged,
      reference: 'rabbitmq',
      floor: { ratio: 10 },
    },
    {
      name: 'durable queue, drain',
      unit: 'msg/s',
      loads: { angarium: amqp('queue', 'queue.bulk', ['drain', ...many]), rabbitmq: rabbit('bulk', ['drain', ...few]) },
      value: received,
      reference: 'rabbitmq',
      floor: { ratio: 10 },
      follows: true,
    },
    {
      name: 'queue 1→1, not durable, settled',
      unit: 'msg/s',
      loads: {
        angarium: amqp('queue', 'queue.transient', ['flow', ...timed, ...UNDER_WAY, '--settled']),
        rabbitmq: rabbit('transient', ['flow', ...timed, ...UNDER_WAY, '--settled']),
      },
      value: received,
      reference: 'rabbitmq',
    },
    {
      name: 'round trip, direct (p50)',
      unit: 'µs',
      loads: { angarium: amqp('anycast', 'direct.ping', ['ping', ...timed]) },
      value: median,
    },
    {
      name: 'round trip, durable queue (p50)',
      unit: 'µs',
      loads: {
        angarium: amqp('queue', 'queue.ping', ['ping', ...timed, '--durable']),
        rabbitmq: rabbit('ping', ['ping', ...timed, '--durable']),
      },
      value: median,
      reference: 'rabbitmq',
    },
    {
      name: '10,000 idle links on 100 connections',
      unit: 'MB',
      loads: { angarium: amqp('anycast', 'idle', ['idle', '--connections', '100', '--links', '100', '--credit', '10', '--seconds', '5']) },
      value: ({ serverResidentBytes: after, serverResidentBytesBefore: before }) =>
        after === undefined || before === undefined ? undefined : (after - before) / MEGABYTE,
      floor: { below: 60 },
      fresh: true,
    },
    {
      name: '1 M messages of 1 KiB in a queue',
      unit: 'MB',
      loads: {
        angarium: amqp('queue', 'queue.deep', ['fill', '--count', DEEP_MESSAGES, '--size', '1024', '--durable', '--seconds', '300']),
      },
      value: ({ serverResidentBytesMax: most }) => (most === undefined ? undefined : most / MEGABYTE),
      floor: { below: 300 },
      fresh: true,
    },
    {
      name: '1 M messages of 1 KiB out of a queue',
      unit: 'MB',
      loads: { angarium: amqp('queue', 'queue.deep', ['drain', '--count', DEEP_MESSAGES, '--size', '1024', '--seconds', '300']) },
      value: ({ serverResidentBytesMax: most }) => (most === undefined ? undefined : most / MEGABYTE),
      floor: { below: 300 },
      follows: true,
      fresh: true,
    },
    ...mqttCases({ seconds }),
    ...httpCases({ seconds }),
  ];
}
