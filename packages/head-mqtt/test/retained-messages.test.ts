import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Publish, RetainHandling } from '@angarium/codec-mqtt';
import { spawnServer, startTestServer, type TestServer } from '@angarium/testkit';
import { RawClient, textOf } from './support/raw-client.ts';

const RETAIN = { retain: true, qos: 1 } as const satisfies Partial<Publish>;

describe('retained messages (section 3.3.1.3)', { concurrency: true }, () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off', amqp: 'off' });
  });
  after(() => server[Symbol.asyncDispose]());

  for (const qos of [0, 1, 2] as const) {
    test(`[MQTT-3.3.1-5] [MQTT-3.3.1-9] with QoS ${qos}: the last one is kept for later subscribers, and an empty one ends that`, async () => {
      await using sender = await RawClient.open(server.mqtt);
      const topic = `last/${qos}`;
      for (const text of ['old', 'new']) await sender.publish(topic, text, { retain: true, qos });
      await using reader = await RawClient.open(server.mqtt);
      await reader.subscribe(topic);
      const publish = await reader.next('publish');
      assert.deepEqual([textOf(publish), publish.retain, publish.qos], ['new', true, qos]);
      await sender.publish(topic, '', { retain: true, qos });
      const cleared = await reader.next('publish');
      assert.deepEqual([textOf(cleared), cleared.retain], ['', false], '[MQTT-3.3.1-10] it goes to subscribers as any message');
      await using late = await RawClient.open(server.mqtt);
      await late.subscribe(topic);
      await late.nothing();
    });
  }

  test('[MQTT-3.3.1-8] without the flag nothing is kept, and what was stays', async () => {
    await using sender = await RawClient.open(server.mqtt);
    await sender.publish('plain', 'kept', RETAIN);
    await sender.publish('plain', 'not kept', { qos: 1 });
    await using reader = await RawClient.open(server.mqtt);
    await reader.subscribe('plain');
    assert.equal(await reader.take(), 'kept');
    await reader.nothing();
  });

  test('[MQTT-4.7.2-1] wildcards find them at all levels, and not those that begin with $', async () => {
    await using sender = await RawClient.open(server.mqtt);
    const topics = ['wild', 'wild/a', 'wild/a/b', 'wild//b', 'tame/a'];
    for (const topic of topics) await sender.publish(topic, topic, RETAIN);
    for (const [filter, found] of [
      ['wild/#', ['wild', 'wild//b', 'wild/a', 'wild/a/b']],
      ['wild/+', ['wild/a']],
      ['wild/+/b', ['wild//b', 'wild/a/b']],
      ['+/a', ['tame/a', 'wild/a']],
    ] as const) {
      await using reader = await RawClient.open(server.mqtt);
      await reader.subscribe(filter);
      const come: string[] = [];
      for (const _ of found) come.push(await reader.take());
      assert.deepEqual(come.sort(), found);
      await reader.nothing();
    }
  });

  test('[MQTT-3.8.4-4] [MQTT-3.3.1-9] [MQTT-3.3.1-10] [MQTT-3.3.1-11] retain handling: always, for new subscriptions, never', async () => {
    await using sender = await RawClient.open(server.mqtt);
    await sender.publish('handling', 'x', RETAIN);
    for (const [retainHandling, first, again] of [
      [0, 1, 1],
      [1, 1, 0],
      [2, 0, 0],
    ] as const satisfies [RetainHandling, number, number][]) {
      await using reader = await RawClient.open(server.mqtt);
      for (const expected of [first, again]) {
        await reader.subscribe([{ filter: 'handling', retainHandling }]);
        if (expected > 0) assert.equal(await reader.take(), 'x');
        await reader.nothing();
      }
    }
  });

  for (const qos of [0, 1, 2] as const) {
    test(`[MQTT-3.3.1-12] [MQTT-3.3.1-13] QoS ${qos}: a living subscription sees the flag only with retain as published`, async () => {
      await using sender = await RawClient.open(server.mqtt);
      for (const retainAsPublished of [false, true]) {
        const topic = `as-published/${qos}/${retainAsPublished}`;
        await using reader = await RawClient.open(server.mqtt);
        await reader.subscribe([{ filter: topic, retainAsPublished }]);
        await sender.publish(topic, 'x', { retain: true, qos });
        assert.equal((await reader.next('publish')).retain, retainAsPublished);
        await sender.publish(topic, 'x', { qos });
        assert.equal((await reader.next('publish')).retain, false);
      }
    });
  }

  test('one that has expired is sent to nobody, and one that has not says how long it has', async () => {
    await using sender = await RawClient.open(server.mqtt);
    await sender.publish('expiring/soon', 'x', { ...RETAIN, properties: { messageExpiryInterval: 1 } });
    await sender.publish('expiring/late', 'x', { ...RETAIN, properties: { messageExpiryInterval: 100 } });
    const until = performance.now() + 1100;
    while (performance.now() < until) await sender.fence();
    await using reader = await RawClient.open(server.mqtt);
    await reader.subscribe('expiring/#');
    const publish = await reader.next('publish');
    assert.equal(publish.topic, 'expiring/late');
    const left = publish.properties!.messageExpiryInterval!;
    assert.ok(left === 99 || left === 98, `${left} s are left`);
    await reader.nothing();
  });

  test('they come with the identifier of the subscription, and all of their properties', async () => {
    await using sender = await RawClient.open(server.mqtt);
    const properties = { contentType: 'a/b', userProperties: [['k', 'v']] as [string, string][] };
    await sender.publish('identified', 'x', { ...RETAIN, properties });
    await using reader = await RawClient.open(server.mqtt);
    await reader.subscribe([{ filter: 'identified' }], 7);
    assert.deepEqual((await reader.next('publish')).properties, { ...properties, subscriptionIdentifiers: [7] });
  });

  test('they outlive a server that is killed', async () => {
    await using first = await spawnServer({ args: ['--http', 'off', '--amqp', 'off'] });
    await using sender = await RawClient.open(first.mqtt);
    await sender.publish('lasting/a', 'old', RETAIN);
    await sender.publish('lasting/a', 'new', RETAIN);
    await sender.publish('lasting/b', 'cleared', RETAIN);
    await sender.publish('lasting/b', '', RETAIN);
    await sender.publish('lasting/c', 'QoS 2', { retain: true, qos: 2 });
    // Clearing is not waited for by itself; what follows it on disk is.
    await sender.publish('lasting/d', 'last', RETAIN);
    const second = await first.restart();
    try {
      await using reader = await RawClient.open(second.mqtt);
      await reader.subscribe('lasting/#');
      const come = [await reader.take(), await reader.take(), await reader.take()];
      assert.deepEqual(come.sort(), ['QoS 2', 'last', 'new']);
      await reader.nothing();
    } finally {
      await second[Symbol.asyncDispose]();
    }
  });
});
