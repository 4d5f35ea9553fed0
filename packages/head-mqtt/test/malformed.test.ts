import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { createLogger } from '@angarium/server';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { type MalformedPacket, malformedPackets } from './support/malformed-packets.ts';
import { RawClient } from './support/raw-client.ts';

for (const version of [4, 5] as const) {
  const faults = Map.groupBy(malformedPackets(version), ({ fault }) => fault);

  describe(`what no client of MQTT ${version === 5 ? '5.0' : '3.1.1'} may send`, { concurrency: 4 }, () => {
    let server: TestServer;
    let neighbour: RawClient;
    /** Peers of which the log has said that they were closed or refused. */
    const named = new Set<string>();

    before(async () => {
      const stream = { write: (line: string) => void notePeer(line) };
      const notePeer = (line: string): void => {
        const { peer, msg } = JSON.parse(line) as { peer?: string; msg: string };
        if (peer && /^connection (closed|refused): ./.test(msg)) named.add(peer);
      };
      server = await startTestServer({ http: 'off', amqp: 'off', logger: createLogger({ level: 'info', format: 'json', stream }) });
      neighbour = await RawClient.open(server.mqtt, { version, clientId: 'neighbour' });
      await neighbour.subscribe('neighbour');
    });
    after(() => server[Symbol.asyncDispose]());

    for (const [fault, packets] of faults)
      test(`[MQTT-4.13.1-1] (3.1.1: [MQTT-4.8.0-1]) ${fault}: the reason where there is a packet for it, the end, and a line in the log`, async () => {
        for (const packet of packets) {
          const { what } = packet;
          await using client = await (packet.first ? RawClient.connect(server.mqtt, version) : RawClient.open(server.mqtt, { version }));
          const peer = peerName(client.socket);
          client.send(packet.bytes);
          await client.ended();
          if (version === 5 && packet.reasonCodes.length > 0) assertSaid(client, packet);
          else assert.deepEqual(client.received, [], `${what}: there is no packet that says it`);
          assert.ok(named.has(peer), `${what}: the log names the client`);
        }
        await neighbour.publish('neighbour', fault, { qos: 1 });
        assert.equal(await neighbour.take(), fault);
      });
  });
}

/** CONNACK in place of what was to be a CONNECT, DISCONNECT otherwise; and one of these codes. */
function assertSaid(client: RawClient, { what, first, reasonCodes }: MalformedPacket): void {
  const [answer, ...more] = client.received;
  assert.ok(answer !== undefined && answer !== 'end', `${what}: something is said`);
  assert.equal(answer.kind, first ? 'connack' : 'disconnect', what);
  assert.ok('reasonCode' in answer && reasonCodes.includes(answer.reasonCode as number), `${what}: ${JSON.stringify(answer)}`);
  assert.deepEqual(more, [], `${what}: nothing follows`);
}

function peerName({ localAddress, localPort }: Socket): string {
  return `${localAddress}:${localPort}`;
}
