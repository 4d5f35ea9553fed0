import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Properties, REASON } from '@angarium/codec-mqtt';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { RawClient, textOf } from './support/raw-client.ts';

const KEPT = { sessionExpiryInterval: 100 };

for (const version of [4, 5] as const)
  describe(`exchanges of publishes and subscriptions, MQTT ${version === 5 ? '5.0' : '3.1.1'}`, { concurrency: true }, () => {
    let server: TestServer;

    before(async () => {
      server = await startTestServer({ http: 'off', amqp: 'off' });
    });
    after(() => server[Symbol.asyncDispose]());

    async function watcherOf(filter: string): Promise<RawClient> {
      const watcher = await RawClient.open(server.mqtt, { version });
      await watcher.subscribe(filter);
      return watcher;
    }

    test('[MQTT-4.3.2-5] (3.1.1: [MQTT-4.3.2-2]) after PUBACK a PUBLISH of the same packet identifier is a new message, DUP or not', async () => {
      await using watcher = await watcherOf('same/1');
      await using client = await RawClient.open(server.mqtt, { version });
      for (const duplicate of [false, false, true]) {
        client.put('same/1', `${duplicate}`, { qos: 1, packetId: 5, duplicate });
        assert.equal((await client.next('puback')).packetId, 5, '[MQTT-2.2.1-5] (3.1.1: [MQTT-2.3.1-6])');
        const publish = await watcher.next('publish');
        assert.equal(textOf(publish), `${duplicate}`);
        assert.equal(publish.duplicate, false, '[MQTT-3.3.1-3] DUP does not go on');
        watcher.ack('puback', publish.packetId!);
      }
    });

    test('[MQTT-4.5.0-1] a message is in the session of every client with a matching subscription when it is acknowledged', async () => {
      const kept = version === 5 ? { properties: KEPT } : {};
      const clientIds = ['state-1', 'state-2'];
      for (const clientId of clientIds) {
        await using client = await RawClient.open(server.mqtt, { version, clientId, cleanStart: false, ...kept });
        await client.subscribe('state/#');
        await client.leave();
      }
      await using sender = await RawClient.open(server.mqtt, { version });
      for (const qos of [1, 2] as const) await sender.publish('state/x', `${qos}`, { qos });
      for (const clientId of clientIds) {
        const { queue } = server.broker.space(undefined).inboxes.all.get(`mqtt:${clientId}`)!;
        assert.equal(queue.index.live, 2);
      }
    });

    test('[MQTT-3.8.4-4] (3.1.1: [MQTT-3.8.4-3]) to subscribe again loses nothing that waits, and nothing that comes', async () => {
      await using sender = await RawClient.open(server.mqtt, { version });
      await using client = await RawClient.open(server.mqtt, { version, ...(version === 5 && { properties: { receiveMaximum: 1 } }) });
      await client.subscribe('replacing');
      const ids = [];
      for (let i = 0; i < 20; i++) {
        ids.push(sender.put('replacing', `${i}`, { qos: 1 }));
        if (i % 5 === 0)
          client.write({
            kind: 'subscribe',
            packetId: 100 + i,
            subscriptions: [{ filter: 'replacing', qos: 2, noLocal: false, retainAsPublished: false, retainHandling: 0 }],
          });
      }
      for (const _ of ids) await sender.next('puback');
      for (let i = 0; i < 20; i++) assert.equal(await client.take(), `${i}`);
      await client.nothing();
    });

    test('[MQTT-3.10.4-1] UNSUBSCRIBE ends the subscription of exactly this filter, character by character', async () => {
      await using client = await RawClient.open(server.mqtt, { version });
      await client.subscribe('exact/+');
      const others = ['exact/a', 'Exact/+', 'exact/#', 'exact/+/', '+/+'];
      const codes = await client.unsubscribe(...others);
      if (version === 5)
        assert.deepEqual(
          codes,
          others.map(() => REASON.noSubscriptionExisted),
        );
      await client.publish('exact/a', 'still', { qos: 1 });
      assert.equal(await client.take(), 'still');
      await client.unsubscribe('exact/+');
      await client.publish('exact/a', 'no more', { qos: 1 });
      await client.nothing();
    });

    test('[MQTT-3.8.4-5] (3.1.1: [MQTT-3.8.4-4]) a SUBSCRIBE of several filters does what as many would, with one SUBACK', async () => {
      await using client = await RawClient.open(server.mqtt, { version });
      const codes = await client.subscribe([
        { filter: 'several/a', qos: 1 },
        { filter: 'several/b', qos: 0 },
        { filter: 'several/a', qos: 2 },
      ]);
      assert.deepEqual(codes, [1, 0, 2]);
      assert.deepEqual(client.unread('suback'), []);
      for (const topic of ['several/a', 'several/b']) await client.publish(topic, 'x', { qos: 2 });
      const come = [await client.next('publish'), await client.next('publish')];
      assert.deepEqual(come.map(({ topic, qos }) => [topic, qos]).sort(), [
        ['several/a', 2],
        ['several/b', 0],
      ]);
    });

    test('[MQTT-4.7.3-3] topic names of 65,535 bytes are taken, and matched', async () => {
      const topic = `long/${'é'.repeat((65_535 - 5) / 2)}`;
      assert.equal(Buffer.byteLength(topic), 65_535);
      await using watcher = await watcherOf('long/+');
      await using client = await RawClient.open(server.mqtt, { version });
      assert.equal(await client.publish(topic, 'x', { qos: 1 }), REASON.success);
      assert.equal((await watcher.next('publish')).topic, topic);
    });

    test('[MQTT-3.3.2-3] every PUBLISH of the server has a topic that one of the subscriptions matches', async () => {
      await using watcher = await watcherOf('matching/+/x');
      await using client = await RawClient.open(server.mqtt, { version });
      for (const topic of ['matching/1/x', 'matching/1/y', 'matching/x', 'matching/2/x', 'matching/2/x/x'])
        await client.publish(topic, 'x', { qos: 1 });
      const topics = [(await watcher.next('publish')).topic, (await watcher.next('publish')).topic];
      assert.deepEqual(topics, ['matching/1/x', 'matching/2/x']);
      await watcher.nothing();
    });
  });

describe('exchanges of MQTT 5.0', { concurrency: true }, () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off', amqp: 'off', mqttTopicAliasMaximum: 7 });
  });
  after(() => server[Symbol.asyncDispose]());

  test('[MQTT-4.3.3-9] after a PUBREC that refuses, a PUBLISH of the same packet identifier is a new message', async () => {
    await using watcher = await RawClient.open(server.mqtt);
    await watcher.subscribe('refused');
    await using client = await RawClient.open(server.mqtt);
    const properties: Properties = { payloadFormatIndicator: 1 };
    client.put('refused', Uint8Array.of(0xff), { qos: 2, packetId: 3, properties });
    assert.equal((await client.next('pubrec')).reasonCode, REASON.payloadFormatInvalid);
    assert.equal(await client.publish('refused', 'text', { qos: 2, packetId: 3, properties }), REASON.success);
    assert.equal(await watcher.take(), 'text');
  });

  test('[MQTT-4.3.3-13] an exchange of QoS 2 goes to its end though the message has expired meanwhile', async () => {
    await using reader = await RawClient.open(server.mqtt, { clientId: 'expired-reader', properties: KEPT });
    await reader.subscribe('expired');
    await reader.leave();
    await using client = await RawClient.open(server.mqtt);
    const packetId = client.put('expired', 'x', { qos: 2, properties: { messageExpiryInterval: 1 } });
    assert.equal((await client.next('pubrec')).reasonCode, REASON.success);
    const { queue } = server.broker.space(undefined).inboxes.all.get('mqtt:expired-reader')!;
    const until = performance.now() + 8000;
    while (queue.index.live > 0 && performance.now() < until) await client.fence();
    assert.equal(queue.index.live, 0);
    client.ack('pubrel', packetId);
    assert.equal((await client.next('pubcomp')).reasonCode, REASON.success);
  });

  test('[MQTT-3.3.2-12] every topic alias up to the server’s maximum is taken', async () => {
    await using client = await RawClient.open(server.mqtt);
    await client.subscribe('every/+');
    const aliases = [1, 2, 3, 4, 5, 6, 7];
    for (const topicAlias of aliases) client.put(`every/${topicAlias}`, 'named', { properties: { topicAlias } });
    for (const topicAlias of aliases) client.put('', 'by alias', { properties: { topicAlias } });
    const topics = [];
    for (let i = 0; i < 14; i++) topics.push((await client.next('publish')).topic);
    assert.deepEqual(
      topics,
      [...aliases, ...aliases].map(alias => `every/${alias}`),
    );
  });

  test('[MQTT-3.3.2-7] topic aliases of a connection mean nothing on the next', async () => {
    const connect = { clientId: 'aliases', properties: { ...KEPT, topicAliasMaximum: 5 } };
    await using first = await RawClient.open(server.mqtt, connect);
    await first.subscribe('carried');
    await first.publish('carried', 'x', { properties: { topicAlias: 1 } });
    assert.equal((await first.next('publish')).properties?.topicAlias, 1);
    await first.vanish();
    await using second = await RawClient.open(server.mqtt, { ...connect, cleanStart: false });
    await second.publish('carried', 'x');
    assert.equal((await second.next('publish')).topic, 'carried', 'ours is told anew');
    second.put('', 'x', { properties: { topicAlias: 1 } });
    await second.dismissed(REASON.protocolError);
  });
});
