import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { REASON } from '@angarium/codec-mqtt';
import { Refusal } from '@angarium/core';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { RawClient, textOf } from './support/raw-client.ts';

const KEPT = { sessionExpiryInterval: 100 };
const RECEIVE_MAXIMUM = 10;
const WAITING_BYTES_MAX = 20_000;
/** Three of them are too much to wait, and sixteen more than what a socket gives at once. */
const LARGE = 'x'.repeat(8000);

describe('publishing to a queue that is full, and whose producers wait', { concurrency: true }, () => {
  let server: TestServer;

  before(async () => {
    const limits = { mqttReceiveMaximum: RECEIVE_MAXIMUM, mqttWaitingBytesMax: WAITING_BYTES_MAX };
    server = await startTestServer({ http: 'off', amqp: 'off', ...limits });
  });
  after(() => server[Symbol.asyncDispose]());

  const stored = (name: string): number => server.broker.space(undefined).find(name)!.status().stored;

  /** A queue that has as much as it may: one message. */
  async function full(name: string): Promise<void> {
    const declared = await new Promise(done => server.broker.space(undefined).declare(name, { type: 'queue', messagesMax: 1 }, done));
    assert.ok(!(declared instanceof Refusal));
    await using client = await RawClient.open(server.mqtt);
    assert.equal(await client.publish(name, 'first', { qos: 1 }), REASON.success);
  }

  /** Takes so many messages, one at a time; there is never more than one. */
  async function take(name: string, count: number): Promise<string[]> {
    await using client = await RawClient.open(server.mqtt, { properties: { receiveMaximum: 1 } });
    await client.subscribe([{ filter: name, qos: 1 }]);
    const texts: string[] = [];
    while (texts.length < count) {
      const publish = await client.next('publish');
      assert.ok(stored(name) <= 1);
      texts.push(textOf(publish));
      if (publish.qos > 0) client.ack('puback', publish.packetId!);
    }
    await client.fence();
    return texts;
  }

  for (const version of [4, 5] as const)
    for (const qos of [1, 2] as const)
      test(`MQTT ${version === 5 ? '5.0' : '3.1.1'}, QoS ${qos}: it never has more than it may, however many publish at once, and each hears when it is stored`, async () => {
        const name = `race-${version}-${qos}`;
        await full(name);
        const clients = await Promise.all(Array.from({ length: 4 }, () => RawClient.open(server.mqtt, { version })));
        const answers = clients.map(async (client, at) => {
          await using publisher = client;
          for (let i = 0; i < RECEIVE_MAXIMUM; i++) publisher.put(name, `${at}.${i}`, { qos });
          for (let i = 1; i <= RECEIVE_MAXIMUM; i++) assert.equal((await publisher.next(qos === 1 ? 'puback' : 'pubrec')).packetId, i);
        });
        const [first, ...texts] = await take(name, 4 * RECEIVE_MAXIMUM + 1);
        await Promise.all(answers);
        assert.equal(first, 'first');
        for (let at = 0; at < 4; at++)
          assert.deepEqual(
            texts.filter(text => text.startsWith(`${at}.`)),
            Array.from({ length: RECEIVE_MAXIMUM }, (_, i) => `${at}.${i}`),
            '[MQTT-4.6.0-5] the order of each client',
          );
      });

  test('what waits has no answer, and the client is heard meanwhile', async () => {
    await full('heard');
    await using client = await RawClient.open(server.mqtt);
    client.put('heard', 'waits', { qos: 1 });
    await client.fence();
    assert.deepEqual([client.unread('puback').length, stored('heard')], [0, 1]);
    await take('heard', 1);
    await client.next('puback');
  });

  test('[MQTT-4.4.0-1] QoS 2: what waits when the connection breaks comes again, and is taken then, once', async () => {
    await full('broken');
    const open = (cleanStart: boolean) => RawClient.open(server.mqtt, { clientId: 'broken', cleanStart, properties: KEPT });
    await using first = await open(true);
    first.put('broken', 'second', { qos: 2, packetId: 5 });
    await first.fence();
    await using second = await open(false);
    second.put('broken', 'second', { qos: 2, packetId: 5, duplicate: true });
    // On the same connection it is under way already.
    second.put('broken', 'second', { qos: 2, packetId: 5, duplicate: true });
    second.ack('pubrel', 5);
    assert.equal((await second.next('pubcomp')).reasonCode, REASON.packetIdentifierNotFound, 'the message is not here yet');
    assert.deepEqual([second.unread('pubrec').length, stored('broken')], [0, 1]);
    assert.deepEqual(await take('broken', 2), ['first', 'second']);
    assert.equal((await second.next('pubrec')).packetId, 5);
    second.ack('pubrel', 5);
    assert.equal((await second.next('pubcomp')).reasonCode, REASON.success);
    assert.equal(stored('broken'), 0);
  });

  test('a client of 3.1.1, which knows no receive maximum, is not read beyond it, and not dismissed', async () => {
    await full('unread');
    await using client = await RawClient.open(server.mqtt, { version: 4 });
    const count = 3 * RECEIVE_MAXIMUM;
    const all = take('unread', count + 1);
    for (let i = 0; i < count; i++) client.put('unread', `${i}`, { qos: 1 });
    for (let i = 1; i <= count; i++) assert.equal((await client.next('puback')).packetId, i);
    assert.equal((await all).length, count + 1);
  });

  test('one that is not read, since too much of it waits, is not dismissed for its silence, and read again when there is room', async () => {
    await full('silent');
    await using silent = await RawClient.open(server.mqtt, { keepAliveSeconds: 1 });
    await using withheld = await RawClient.open(server.mqtt, { keepAliveSeconds: 1 });
    for (let i = 0; i < 16; i++) withheld.put('silent', LARGE, { qos: i % 2 === 0 ? 1 : 0 });
    withheld.write({ kind: 'pingreq' });
    await silent.dismissed(REASON.keepAliveTimeout);
    assert.deepEqual(withheld.received, []);
    await take('silent', 17);
    await withheld.next('pingresp');
    for (let i = 0; i < 8; i++) await withheld.next('puback');
  });

  test('QoS 0: what waits when the client leaves is stored nevertheless, for nobody sends it again', async () => {
    await full('leaving');
    await using client = await RawClient.open(server.mqtt);
    client.put('leaving', 'settled', { qos: 0 });
    client.put('leaving', 'unsettled', { qos: 1 });
    await client.leave();
    assert.deepEqual(await take('leaving', 2), ['first', 'settled']);
    assert.equal(stored('leaving'), 0);
  });

  test('what waits is refused when its address is deleted', async () => {
    await full('deleted');
    await using client = await RawClient.open(server.mqtt);
    client.put('deleted', 'waits', { qos: 1 });
    await client.fence();
    server.broker.space(undefined).remove('deleted', { force: true }, () => {});
    assert.equal((await client.next('puback')).reasonCode, REASON.implementationSpecificError);
  });
});
