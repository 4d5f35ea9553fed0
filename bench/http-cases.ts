import type { Case, CaseSettings, Load } from './cases.ts';

/** Connections that send, one request at a time each. A durable message waits for the disk, so that it takes more of them to keep a server busy. */
const CONNECTIONS = 64;
const MANY_CONNECTIONS = 512;

/** Messages sent over HTTP beside what `node:http` does with such requests and nothing behind it. */
export function httpCases({ seconds }: CaseSettings): Case[] {
  const http = (connections: number, ...flags: string[]): Load => ({
    generator: 'http',
    flags: ['send', '--seconds', String(seconds), '--warm-up', '1.5', '--connections', String(connections), ...flags],
  });
  const beside = (name: string, connections: number, ...flags: string[]): Omit<Case, 'floor'> => ({
    name,
    unit: 'msg/s',
    loads: { angarium: http(connections, ...flags), 'node-http': http(connections) },
    value: ({ acknowledgeRate }) => acknowledgeRate,
    reference: 'node-http',
  });
  const floor = { ratio: 0.8 };
  const queue = ['--path', '/m/http.queue', '--type', 'queue'];
  return [
    { ...beside('HTTP send, anycast with a consumer', CONNECTIONS, '--path', '/m/http.anycast', '--type', 'anycast', '--consume'), floor },
    {
      ...beside('HTTP send, multicast with a consumer', CONNECTIONS, '--path', '/m/http.multicast', '--type', 'multicast', '--consume'),
      floor,
    },
    { ...beside('HTTP send, topic that nobody reads', CONNECTIONS, '--path', '/m/http.topic', '--type', 'topic'), floor },
    { ...beside('HTTP send, durable queue', MANY_CONNECTIONS, ...queue), floor },
    // What the disk takes to make a message durable is most of this one.
    beside('HTTP send, durable queue, 64 connections', CONNECTIONS, ...queue),
  ];
}
