import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { REASON } from '@angarium/codec-mqtt';
import { type SpawnedServer, spawnServer, startTestServer, type TestServer, temporaryFolder } from '@angarium/testkit';
import { RawClient, textOf } from './support/raw-client.ts';

const KEPT = { sessionExpiryInterval: 100 };
const OFF = { http: 'off', amqp: 'off' } as const;

describe('sessions (section 4.1)', { concurrency: true }, () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer(OFF);
  });
  after(() => server[Symbol.asyncDispose]());

  test('[MQTT-4.1.0-1] what comes while the client is away waits for it: QoS 1 and 2, in order, and not QoS 0', async () => {
    await using sender = await RawClient.open(server.mqtt);
    await using first = await RawClient.open(server.mqtt, { clientId: 'away', properties: KEPT });
    await first.subscribe('away/#');
    await first.leave();
    for (const [text, qos] of [
      ['one', 1],
      ['lost', 0],
      ['two', 2],
      ['three', 1],
    ] as const) {
      await sender.publish('away/x', text, { qos });
    }
    await using second = await RawClient.open(server.mqtt, { clientId: 'away', cleanStart: false, properties: KEPT });
    for (const text of ['one', 'two', 'three']) assert.equal(await second.take(), text);
    await second.nothing();
  });

  test('[MQTT-4.1.0-2] a session ends when its time has passed', async () => {
    const properties = { sessionExpiryInterval: 1 };
    await using first = await RawClient.open(server.mqtt, { clientId: 'passing', properties });
    await first.vanish();
    await using witness = await RawClient.open(server.mqtt);
    const { inboxes } = server.broker.space(undefined);
    const until = performance.now() + 5000;
    while (inboxes.all.has('mqtt:passing') && performance.now() < until) await witness.fence();
    await using second = await RawClient.open(server.mqtt, { clientId: 'passing', cleanStart: false, properties });
    assert.equal(second.connack?.sessionPresent, false);
  });

  test('DISCONNECT changes how long the session is kept', async () => {
    const clientId = 'changed';
    await using first = await RawClient.open(server.mqtt, { clientId, properties: KEPT });
    await first.leave(REASON.success, 0);
    await using second = await RawClient.open(server.mqtt, { clientId, cleanStart: false, properties: { sessionExpiryInterval: 1 } });
    assert.equal(second.connack?.sessionPresent, false);
    await second.leave(REASON.success, 200);
    assert.equal(server.broker.space(undefined).inboxes.all.get(`mqtt:${clientId}`)?.details.expirySeconds, 200);
  });

  test('[3.14.2.2.2] a session that was to end with its connection cannot be kept by DISCONNECT', async () => {
    await using client = await RawClient.open(server.mqtt);
    client.write({ kind: 'disconnect', reasonCode: 0, properties: { sessionExpiryInterval: 10 } });
    await client.dismissed(REASON.protocolError);
  });

  test('a session goes on with consumers of queues and of shared subscriptions after a restart', async () => {
    await using folder = await temporaryFolder();
    await using first = await startTestServer({ ...OFF, dataDir: folder.path, addresses: [{ name: 'jobs', type: 'queue' }] });
    const connect = { clientId: 'worker', properties: KEPT };
    await using worker = await RawClient.open(first.mqtt, connect);
    assert.deepEqual(
      await worker.subscribe([
        { filter: 'jobs', qos: 1 },
        { filter: '$share/group/tasks/+', qos: 1 },
      ]),
      [1, 1],
    );
    await worker.leave();
    await using sender = await RawClient.open(first.mqtt);
    await sender.publish('tasks/a', 'task', { qos: 1 });
    await sender.publish('jobs', 'job', { qos: 1 });
    await first.stop();
    await using second = await startTestServer({ ...OFF, dataDir: folder.path });
    await using again = await RawClient.open(second.mqtt, { ...connect, cleanStart: false });
    assert.equal(again.connack?.sessionPresent, true);
    assert.deepEqual([await again.take(), await again.take()].sort(), ['job', 'task']);
  });

  test('[MQTT-3.14.4-1] a server that stops says so, and keeps the sessions', async () => {
    await using folder = await temporaryFolder();
    await using first = await startTestServer({ ...OFF, dataDir: folder.path });
    await using client = await RawClient.open(first.mqtt, { clientId: 'stopped', properties: KEPT });
    await using old = await RawClient.open(first.mqtt, { version: 4, clientId: 'old', cleanStart: false });
    await client.subscribe('stopping');
    const stopped = first.stop();
    await client.dismissed(REASON.serverShuttingDown);
    await old.ended();
    await stopped;
    await using second = await startTestServer({ ...OFF, dataDir: folder.path });
    await using again = await RawClient.open(second.mqtt, { clientId: 'stopped', cleanStart: false, properties: KEPT });
    assert.equal(again.connack?.sessionPresent, true);
    await using older = await RawClient.open(second.mqtt, { version: 4, clientId: 'old', cleanStart: false });
    assert.equal(older.connack?.sessionPresent, true);
    await again.publish('stopping', 'x', { qos: 1 });
    assert.equal(await again.take(), 'x');
  });
});

describe('sessions over kill -9', () => {
  let first: SpawnedServer;
  let second: SpawnedServer;

  before(async () => {
    first = await spawnServer({ args: ['--http', 'off', '--amqp', 'off'] });
  });
  after(async () => {
    await second?.[Symbol.asyncDispose]();
    await first[Symbol.asyncDispose]();
  });

  test('subscriptions, queued messages and QoS 2 both ways go on where they were acknowledged', async () => {
    const connect = { clientId: 'survivor', properties: KEPT };
    await using sender = await RawClient.open(first.mqtt);
    await using before = await RawClient.open(first.mqtt, { ...connect, properties: { ...KEPT, receiveMaximum: 2 } });
    await before.subscribe([{ filter: 'kept/#' }], 5);
    await sender.publish('kept/1', 'released', { qos: 2 });
    await sender.publish('kept/2', 'under way', { qos: 2 });
    await sender.publish('kept/3', 'queued', { qos: 1 });
    const released = await before.next('publish');
    const underWay = await before.next('publish');
    before.ack('pubrec', released.packetId!);
    await before.next('pubrel');
    before.put('kept/4', 'received', { qos: 2, packetId: 77 });
    await before.next('pubrec');
    second = await first.restart();

    await using back = await RawClient.open(second.mqtt, { ...connect, cleanStart: false });
    assert.equal(back.connack?.sessionPresent, true);
    assert.equal((await back.next('pubrel')).packetId, released.packetId);
    back.ack('pubcomp', released.packetId!);
    const again = await back.next('publish');
    assert.deepEqual(
      { text: textOf(again), packetId: again.packetId, duplicate: again.duplicate, properties: again.properties },
      { text: 'under way', packetId: underWay.packetId, duplicate: true, properties: { subscriptionIdentifiers: [5] } },
    );
    // It has not heard our PUBREC, and sends its own message again.
    back.put('kept/4', 'received', { qos: 2, packetId: 77, duplicate: true });
    assert.equal((await back.next('pubrec')).reasonCode, REASON.success);
    back.ack('pubrel', 77);
    assert.equal((await back.next('pubcomp')).reasonCode, REASON.success);
    assert.equal(await back.take(), 'queued');
    assert.equal(await back.take(), 'received');
    await back.nothing();
  });
});
