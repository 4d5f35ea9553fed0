import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Properties, REASON } from '@angarium/codec-mqtt';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { RawClient, textOf } from './support/raw-client.ts';

const KEPT = { sessionExpiryInterval: 100 };

describe('subscriptions (sections 3.8, 4.7, 4.8)', { concurrency: true }, () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({
      http: 'off',
      amqp: 'off',
      addresses: [
        { name: 'queued', type: 'queue' },
        { name: 'queued-lightly', type: 'queue' },
        { name: 'any', type: 'anycast' },
        { name: 'every', type: 'multicast' },
      ],
    });
  });
  after(() => server[Symbol.asyncDispose]());

  test('[MQTT-3.8.4-6] [MQTT-3.9.3-1] a SUBSCRIBE of several filters is answered with a reason code for each, in order', async () => {
    await using client = await RawClient.open(server.mqtt);
    const codes = await client.subscribe([
      { filter: 'a', qos: 0 },
      { filter: 'b', qos: 1 },
      { filter: '+/#', qos: 2 },
    ]);
    assert.deepEqual(codes, [0, 1, 2]);
    assert.deepEqual(
      await client.unsubscribe('a', 'nowhere', 'b'),
      [REASON.success, REASON.noSubscriptionExisted, REASON.success],
      '[MQTT-3.11.3-1]',
    );
  });

  for (const [filter, topic, matches] of [
    ['w1/+/c', 'w1/b/c', true],
    ['w2/+/c', 'w2/b/d', false],
    ['w3/#', 'w3', true],
    ['w4/+', 'w4', false],
    ['w5/+', 'w5/', true],
    ['/w6', 'w6', false],
    ['+/w7/#', '/w7/a/b', true],
    ['w8/a', 'w8/A', false],
  ] as const) {
    test(`[MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.3-4] ${filter} ${matches ? 'matches' : 'does not match'} ${topic}`, async () => {
      await using client = await RawClient.open(server.mqtt);
      await client.subscribe(filter);
      await client.publish(topic, 'x', { qos: 1 });
      if (matches) assert.equal(await client.take(), 'x');
      await client.nothing();
    });
  }

  test('[MQTT-4.7.2-1] names that begin with $ are the server’s: a publish to one is refused', async () => {
    await using client = await RawClient.open(server.mqtt);
    await client.subscribe('#');
    assert.equal(await client.publish('$SYS/x', 'x', { qos: 1 }), REASON.topicNameInvalid);
    assert.deepEqual(
      client.unread('publish').filter(({ topic }) => topic.startsWith('$')),
      [],
    );
  });

  test('[MQTT-3.8.4-3] a subscription of the same filter replaces the one before', async () => {
    await using client = await RawClient.open(server.mqtt);
    await client.subscribe([{ filter: 'replaced', qos: 2 }], 1);
    await client.subscribe([{ filter: 'replaced', qos: 0 }], 2);
    await client.publish('replaced', 'x', { qos: 2 });
    const publish = await client.next('publish');
    assert.equal(publish.qos, 0);
    assert.deepEqual(publish.properties?.subscriptionIdentifiers, [2]);
    await client.nothing();
  });

  test('[MQTT-3.3.4-2] [MQTT-3.3.4-3] overlapping subscriptions: once, with the highest QoS, and the identifiers of all', async () => {
    await using client = await RawClient.open(server.mqtt);
    await client.subscribe([{ filter: 'over/+', qos: 0 }], 3);
    await client.subscribe([{ filter: 'over/#', qos: 2 }], 268_435_455);
    await client.subscribe([{ filter: 'over/lap', qos: 1 }]);
    await client.publish('over/lap', 'x', { qos: 2 });
    const publish = await client.next('publish');
    assert.equal(publish.qos, 2);
    assert.deepEqual(publish.properties?.subscriptionIdentifiers?.toSorted(), [268_435_455, 3]);
    await client.nothing();
  });

  for (const qos of [0, 1, 2] as const) {
    test(`[MQTT-3.8.3-3] no local, QoS ${qos}: a client’s own messages do not come back to it, others’ do`, async () => {
      await using client = await RawClient.open(server.mqtt);
      await using other = await RawClient.open(server.mqtt);
      await client.subscribe([{ filter: `local/${qos}`, noLocal: true }]);
      await client.publish(`local/${qos}`, 'own', { qos });
      await other.publish(`local/${qos}`, 'other', { qos });
      assert.equal(await client.take(), 'other');
      await client.nothing();
    });
  }

  test('[MQTT-3.10.4-1] [MQTT-3.10.4-3] after UNSUBSCRIBE nothing new comes, and what is under way is finished', async () => {
    await using client = await RawClient.open(server.mqtt);
    await client.subscribe('ended');
    await client.publish('ended', 'under way', { qos: 1 });
    const publish = await client.next('publish');
    await client.unsubscribe('ended');
    client.ack('puback', publish.packetId!);
    await client.publish('ended', 'late', { qos: 1 });
    await client.nothing();
  });

  test('[MQTT-4.8.2-1] a shared subscription hands each message to one of its members, and all get some', async () => {
    const members = await Promise.all([1, 2, 3].map(() => RawClient.open(server.mqtt)));
    for (const member of members) await member.subscribe([{ filter: '$share/balanced/share/+', qos: 1 }]);
    await using sender = await RawClient.open(server.mqtt);
    for (let i = 0; i < 30; i++) await sender.publish('share/x', `${i}`, { qos: 1 });
    for (const member of members) await member.fence();
    const got = members.map(member => member.unread('publish').map(textOf));
    assert.deepEqual(
      got.flat().sort((a, b) => Number(a) - Number(b)),
      Array.from({ length: 30 }, (_, i) => `${i}`),
    );
    for (const texts of got) assert.equal(texts.length, 10);
    for (const member of members) await member.vanish();
  });

  test('[MQTT-4.8.2-6] when a member leaves, what it has not acknowledged goes to another', async () => {
    await using leaving = await RawClient.open(server.mqtt);
    await leaving.subscribe([{ filter: '$share/left/leaving', qos: 1 }]);
    await using sender = await RawClient.open(server.mqtt);
    for (const text of ['a', 'b', 'c']) await sender.publish('leaving', text, { qos: 1 });
    for (let i = 0; i < 3; i++) await leaving.next('publish');
    await using staying = await RawClient.open(server.mqtt);
    await staying.subscribe([{ filter: '$share/left/leaving', qos: 1 }]);
    await leaving.vanish();
    for (const text of ['a', 'b', 'c']) assert.equal(await staying.take(), text);
    await staying.nothing();
  });

  test('a shared subscription with QoS 0 goes on beyond the client’s receive maximum', async () => {
    await using member = await RawClient.open(server.mqtt, { properties: { receiveMaximum: 2 } });
    await member.subscribe([{ filter: '$share/zero/zero', qos: 0 }]);
    await using sender = await RawClient.open(server.mqtt);
    for (let i = 0; i < 20; i++) sender.put('zero', `${i}`);
    for (let i = 0; i < 20; i++) assert.equal(await member.take(), `${i}`);
  });

  test('[MQTT-3.8.3-4] no local on a shared subscription is a protocol error', async () => {
    await using client = await RawClient.open(server.mqtt);
    // The codec does not write it: packet identifier 2, no properties, the filter, and its options.
    client.send(Buffer.concat([Buffer.from([0x82, 16, 0, 2, 0, 0, 10]), Buffer.from('$share/a/b'), Buffer.from([0b101])]));
    await client.dismissed(REASON.protocolError);
  });

  test('PUBLISH to a queue stores it, and a subscription of the queue consumes it', async () => {
    await using sender = await RawClient.open(server.mqtt);
    for (const text of ['a', 'b', 'c']) assert.equal(await sender.publish('queued', text, { qos: 1 }), REASON.success);
    await using one = await RawClient.open(server.mqtt, { properties: { receiveMaximum: 1 } });
    await one.subscribe([{ filter: 'queued', qos: 1 }]);
    const publish = await one.next('publish');
    assert.deepEqual([textOf(publish), publish.topic], ['a', 'queued']);
    await using other = await RawClient.open(server.mqtt);
    await other.subscribe([{ filter: 'queued', qos: 1 }]);
    assert.deepEqual([await other.take(), await other.take()], ['b', 'c']);
    await one.vanish();
    assert.equal(await other.take(), 'a');
  });

  test('a consumer of a queue with QoS 0 goes on beyond its receive maximum', async () => {
    await using client = await RawClient.open(server.mqtt, { properties: { receiveMaximum: 2 } });
    for (let i = 0; i < 10; i++) await client.publish('queued-lightly', `${i}`, { qos: 1 });
    await client.subscribe([{ filter: 'queued-lightly', qos: 0 }]);
    for (let i = 0; i < 10; i++) assert.equal(await client.take(), `${i}`);
  });

  for (const [name, qos] of [
    ['any', 1],
    ['any', 2],
    ['every', 1],
    ['every', 2],
  ] as const) {
    test(`[MQTT-3.4.2-1] PUBLISH with QoS ${qos} to the ${name === 'any' ? 'anycast' : 'multicast'} address: 0x10 without a consumer, success when it has accepted`, async () => {
      const alone = await startTestServer({
        http: 'off',
        amqp: 'off',
        addresses: [{ name, type: name === 'any' ? 'anycast' : 'multicast' }],
      });
      await using _stopping = alone;
      await using sender = await RawClient.open(alone.mqtt);
      assert.equal(await sender.publish(name, 'x', { qos }), REASON.noMatchingSubscribers);
      await using consumer = await RawClient.open(alone.mqtt);
      await consumer.subscribe([{ filter: name, qos }]);
      const [outcome, text] = await Promise.all([sender.publish(name, 'y', { qos }), consumer.take()]);
      assert.deepEqual([outcome, text], [REASON.success, 'y']);
    });
  }
});

describe('PUBLISH (section 3.3)', { concurrency: true }, () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off', amqp: 'off', mqttTopicAliasMaximum: 3, mqttPacketSizeBytesMax: 100_000 });
  });
  after(() => server[Symbol.asyncDispose]());

  for (const qos of [0, 1, 2] as const) {
    test(`[MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20] QoS ${qos}: properties and payload come unchanged`, async () => {
      await using client = await RawClient.open(server.mqtt);
      const topic = `unchanged/${qos}`;
      await client.subscribe(topic);
      const properties: Properties = {
        payloadFormatIndicator: 1,
        contentType: 'text/plain; charset=utf-8',
        responseTopic: 'answers/here',
        correlationData: Uint8Array.of(0, 255, 7),
        userProperties: [
          ['b', '1'],
          ['a', 'ä'],
          ['b', '2'],
        ],
      };
      await client.publish(topic, 'Grüße', { qos, properties });
      const publish = await client.next('publish');
      assert.deepEqual({ ...publish.properties, correlationData: Uint8Array.from(publish.properties!.correlationData!) }, properties);
      assert.equal(textOf(publish), 'Grüße');
    });
  }

  test('[MQTT-3.3.2-5] [MQTT-3.3.2-6] a message expires, and says how long it has', async () => {
    await using sender = await RawClient.open(server.mqtt);
    await using first = await RawClient.open(server.mqtt, { clientId: 'expiry', properties: KEPT });
    await first.subscribe('expiry');
    await first.leave();
    await sender.publish('expiry', 'short', { qos: 1, properties: { messageExpiryInterval: 1 } });
    await sender.publish('expiry', 'long', { qos: 1, properties: { messageExpiryInterval: 60, contentType: 'x' } });
    const until = performance.now() + 1100;
    while (performance.now() < until) await sender.fence();
    await using second = await RawClient.open(server.mqtt, { clientId: 'expiry', cleanStart: false, properties: KEPT });
    const publish = await second.next('publish');
    assert.equal(textOf(publish), 'long');
    const { messageExpiryInterval, contentType } = publish.properties!;
    assert.ok(messageExpiryInterval === 59 || messageExpiryInterval === 58, `${messageExpiryInterval} s are left`);
    assert.equal(contentType, 'x');
  });

  test('[MQTT-3.3.2-9] topic aliases of the client, and of the server', async () => {
    await using client = await RawClient.open(server.mqtt, { properties: { topicAliasMaximum: 1 } });
    await client.subscribe('alias/+');
    for (const [topic, topicAlias] of [
      ['alias/a', 1],
      ['', 1],
      ['alias/b', 1],
      ['', 1],
    ] as const)
      await client.publish(topic, 'x', { qos: 1, properties: { topicAlias } });
    const come = [];
    for (let i = 0; i < 4; i++) {
      const { topic, properties } = await client.next('publish');
      come.push([topic, properties?.topicAlias]);
    }
    assert.deepEqual(come, [
      ['alias/a', 1],
      ['', 1],
      ['alias/b', undefined],
      ['alias/b', undefined],
    ]);
  });

  test('[MQTT-3.3.2-8] without a topic alias maximum none is used', async () => {
    await using client = await RawClient.open(server.mqtt);
    await client.subscribe('no/alias');
    for (let i = 0; i < 2; i++) {
      await client.publish('no/alias', 'x');
      const { topic, properties } = await client.next('publish');
      assert.deepEqual([topic, properties?.topicAlias], ['no/alias', undefined]);
    }
  });

  for (const [name, topic, properties, reasonCode] of [
    ['an alias beyond the maximum', 'a', { topicAlias: 4 }, REASON.topicAliasInvalid],
    ['an alias that stands for nothing', '', { topicAlias: 2 }, REASON.protocolError],
    ['a subscription identifier of a client', 'a', { subscriptionIdentifiers: [1] }, REASON.protocolError],
  ] as const) {
    test(`${name} ends the connection`, async () => {
      await using client = await RawClient.open(server.mqtt);
      client.put(topic, 'x', { properties: properties as unknown as Properties });
      await client.dismissed(reasonCode);
    });
  }

  test('[MQTT-3.3.2-4] a payload that is said to be text and is not is refused, and the connection goes on', async () => {
    await using client = await RawClient.open(server.mqtt);
    const wrong = Uint8Array.of(0xff, 0xfe);
    for (const qos of [1, 2] as const)
      assert.equal(await client.publish('text', wrong, { qos, properties: { payloadFormatIndicator: 1 } }), REASON.payloadFormatInvalid);
    assert.equal(await client.publish('text', wrong, { qos: 1 }), REASON.success);
  });

  test('[MQTT-3.1.2-24] [MQTT-3.1.2-25] a message larger than the client takes is left out, and the next one comes', async () => {
    await using client = await RawClient.open(server.mqtt, { clientId: 'small', properties: { maximumPacketSize: 50, receiveMaximum: 1 } });
    await client.subscribe('size');
    await using sender = await RawClient.open(server.mqtt);
    for (const qos of [0, 1, 2] as const) {
      for (let i = 0; i < 3; i++) await sender.publish('size', 'x'.repeat(60), { qos });
      await sender.publish('size', 'fits', { qos });
      assert.equal(await client.take(), 'fits');
    }
    assert.ok(client.sizes.every(size => size <= 50));
  });

  test('[MQTT-3.2.2-15] a packet larger than the server takes ends the connection, before it has come', async () => {
    await using client = await RawClient.open(server.mqtt);
    client.send(Uint8Array.of(0x30, 0xa0, 0x8d, 0x06));
    await client.dismissed(REASON.packetTooLarge);
  });
});
