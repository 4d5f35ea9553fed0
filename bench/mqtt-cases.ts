import type { Case, CaseSettings, Load, Measurement } from './cases.ts';

const IDLE_CONNECTIONS = 5000;
const KILOBYTE = 1000;
/** Mosquitto takes 1,000 publishes under way to one subscriber, and drops what goes beyond. */
const WINDOW = ['--window', '1000'];

function mqtt(flags: readonly string[]): Load {
  return { generator: 'mqtt', flags };
}

/** The same load on our server and on mosquitto. */
function beside(flags: readonly string[]): Pick<Case, 'loads' | 'reference'> {
  return { loads: { angarium: mqtt(flags), mosquitto: mqtt(flags) }, reference: 'mosquitto' };
}

const received = (measurement: Measurement): number | undefined => measurement.receiveRate;

/** MQTT beside mosquitto. Floors are those that the project has set itself. */
export function mqttCases({ seconds }: CaseSettings): Case[] {
  const timed = ['--seconds', String(seconds), '--warm-up', '1.5'];
  const flow = (qos: 0 | 1 | 2, ...more: string[]): string[] => ['flow', ...timed, '--qos', String(qos), ...WINDOW, ...more];
  return [
    { name: 'MQTT QoS 0 1→1', unit: 'msg/s', ...beside(flow(0)), value: received, floor: { ratio: 4 } },
    { name: 'MQTT QoS 1 1→1, window 1000', unit: 'msg/s', ...beside(flow(1)), value: received, floor: { ratio: 3 } },
    { name: 'MQTT QoS 2 1→1, window 1000', unit: 'msg/s', ...beside(flow(2)), value: received },
    {
      name: 'MQTT QoS 0 1→100, deliveries',
      unit: 'msg/s',
      ...beside(flow(0, '--subscribers', '100')),
      value: received,
      floor: { ratio: 5 },
    },
    {
      name: 'MQTT round trip, QoS 0 (p50)',
      unit: 'µs',
      ...beside(['ping', ...timed, '--topic', 'ping']),
      value: ({ latencyUs }) => latencyUs?.p50,
      floor: { ratioAtMost: 1.2 },
    },
    {
      name: 'MQTT round trip, QoS 0 (p99)',
      unit: 'µs',
      ...beside(['ping', ...timed, '--topic', 'ping']),
      value: ({ latencyUs }) => latencyUs?.p99,
    },
    {
      name: '5,000 idle MQTT connections, each',
      unit: 'KB',
      ...beside(['idle', '--connections', String(IDLE_CONNECTIONS), '--seconds', '3', '--topic', 'idle']),
      value: ({ serverResidentBytes: after, serverResidentBytesBefore: before }) =>
        after === undefined || before === undefined ? undefined : (after - before) / IDLE_CONNECTIONS / KILOBYTE,
      floor: { below: 12 },
      fresh: true,
    },
  ];
}
