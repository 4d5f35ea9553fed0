import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { hashPassword } from '@angarium/server/password-hash';
import { listening, startTestServer, type TestServer, unusedPort } from '@angarium/testkit';
import type { LoadOptions, Qos } from '../src/load-options.ts';
import { runLoad } from '../src/run-load.ts';

describe('load on a server', { timeout: 60_000 }, () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ amqp: 'off', http: 'off' });
  });
  after(() => server[Symbol.asyncDispose]());

  function load(given: Partial<LoadOptions>): ReturnType<typeof runLoad> {
    return runLoad(options(server.mqtt.port, given));
  }

  for (const version of [4, 5] as const) {
    for (const qos of [0, 1, 2] as Qos[]) {
      test(`MQTT ${version === 5 ? '5.0' : '3.1.1'}, QoS ${qos}: everything arrives, at every subscriber`, async () => {
        const result = await load({ version, qos, subscribers: 3, publishers: 2, topic: `flow/${version}/${qos}` });
        assert.deepEqual(result.errors, []);
        assert.equal(result.lost, 0);
        assert.ok(result.sent > 0 && result.receiveRate > result.sendRate, JSON.stringify(result));
        assert.equal(result.acknowledgeRate > 0, qos > 0);
      });
    }
  }

  test('payloads larger than what is read at a time are counted once', async () => {
    const result = await load({ sizeBytes: 600_000, underWayMax: 4 });
    assert.deepEqual([result.errors, result.lost], [[], 0]);
    assert.ok(result.received > 0);
  });

  test('no more deliveries than were asked for are under way', async () => {
    const result = await load({ underWayMax: 1, subscribers: 5, topic: 'one' });
    assert.deepEqual([result.errors, result.lost], [[], 0]);
    assert.ok(result.received > 0);
  });

  test('round trips are measured one at a time', async () => {
    const { latencyUs, errors, received } = await load({ mode: 'ping', topic: 'ping' });
    assert.deepEqual(errors, []);
    assert.ok(latencyUs !== undefined && latencyUs.p50 > 1);
    assert.ok(Math.abs(latencyUs.samples - received) <= 1);
  });

  test('idle connections are opened, subscribed and held', async () => {
    let open = 0;
    const result = await load({
      mode: 'idle',
      connections: 120,
      topic: 'idle',
      onMeasure: phase => {
        if (phase === 'end') open = [...server.broker.spaces.get('default')!.inboxes.all.keys()].length;
      },
    });
    assert.deepEqual([result.errors, result.connections], [[], 120]);
    assert.ok(open >= 120, `${open} sessions`);
  });
});

test('a server that wants a password is an error in words', { timeout: 60_000 }, async () => {
  await using server = await startTestServer({ users: [{ name: 'ada', passwordHash: await hashPassword('secret') }] });
  const result = await runLoad(options(server.mqtt.port, {}));
  assert.match(result.errors[0]!, /subscriber-0: the server refused to connect us \(code 5\)/);
});

test('nobody listening, and a server that hangs up, are errors in words', { timeout: 60_000 }, async () => {
  await using server = await listening(createServer(socket => socket.destroy()));
  assert.match((await runLoad(options(server.port, {}))).errors[0]!, /the server ended the connection|ECONNRESET/);
  assert.match((await runLoad(options(await unusedPort(), {}))).errors[0]!, /ECONNREFUSED/);
});

test('options that make no sense are thrown, and name the option', async () => {
  await assert.rejects(runLoad(options(1, { subscribers: 0 })), /subscribers must be a whole number of 1 or more/);
  await assert.rejects(runLoad(options(1, { seconds: 0 })), /seconds must be above 0/);
  await assert.rejects(runLoad(options(1, { window: 40_000 })), /window must be at most 32767/);
});

function options(port: number, given: Partial<LoadOptions>): LoadOptions {
  return {
    mode: 'flow',
    host: '127.0.0.1',
    port,
    version: 4,
    topic: 'bench',
    qos: 0,
    publishers: 1,
    subscribers: 1,
    sizeBytes: 100,
    window: 100,
    underWayMax: 1000,
    seconds: 0.1,
    warmUpSeconds: 0.05,
    connections: 10,
    ...given,
  };
}
