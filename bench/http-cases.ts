import type { Case, CaseSettings, Load } from './cases.ts';

/** Connections that send, one request at a time each. */
const CONNECTIONS = ['--connections', '64'];

/** Messages sent over HTTP beside what `node:http` does with such requests and nothing behind it. */
export function httpCases({ seconds }: CaseSettings): Case[] {
  const timed = [...CONNECTIONS, '--seconds', String(seconds), '--warm-up', '1.5'];
  const http = (...flags: string[]): Load => ({ generator: 'http', flags: ['send', ...timed, ...flags] });
  const beside = (name: string, floor: boolean, ...flags: string[]): Case => ({
    name,
    unit: 'msg/s',
    loads: { angarium: http(...flags), 'node-http': http() },
    value: ({ acknowledgeRate }) => acknowledgeRate,
    reference: 'node-http',
    ...(floor && { floor: { ratio: 0.8 } }),
  });
  return [
    beside('HTTP send, anycast with a consumer', true, '--path', '/m/http.anycast', '--type', 'anycast', '--consume'),
    beside('HTTP send, multicast with a consumer', true, '--path', '/m/http.multicast', '--type', 'multicast', '--consume'),
    beside('HTTP send, topic that nobody reads', true, '--path', '/m/http.topic', '--type', 'topic'),
    beside('HTTP send, durable queue', true, '--path', '/m/http.queue', '--type', 'queue'),
  ];
}
