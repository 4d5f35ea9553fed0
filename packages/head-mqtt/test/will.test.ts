import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Connect, REASON, type Will } from '@angarium/codec-mqtt';
import { spawnServer, startTestServer, type TestServer } from '@angarium/testkit';
import { connectPacket, RawClient, textOf } from './support/raw-client.ts';

function will(topic: string, rest: Partial<Will> = {}): Partial<Connect> {
  return { will: { topic, payload: Buffer.from('gone'), qos: 1, retain: false, ...rest } };
}

describe('wills (section 3.1.2.5)', { concurrency: true }, () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off', amqp: 'off' });
  });
  after(() => server[Symbol.asyncDispose]());

  async function watcherOf(topic: string): Promise<RawClient> {
    const watcher = await RawClient.open(server.mqtt);
    await watcher.subscribe(topic);
    return watcher;
  }

  test('[MQTT-3.1.2-8] a client that goes without a word has its will, with all of its properties', async () => {
    await using watcher = await watcherOf('will/gone');
    const properties = {
      contentType: 'text/plain',
      userProperties: [['a', 'b']] as [string, string][],
      correlationData: Buffer.from([1, 2]),
    };
    await using client = await RawClient.open(server.mqtt, will('will/gone', { qos: 2, properties }));
    await client.vanish();
    const publish = await watcher.next('publish');
    assert.equal(textOf(publish), 'gone');
    assert.equal(publish.qos, 2);
    assert.deepEqual({ ...publish.properties, correlationData: Buffer.from(publish.properties!.correlationData!) }, properties);
  });

  test('[MQTT-3.14.4-3] DISCONNECT with success deletes the will', async () => {
    await using watcher = await watcherOf('will/deleted');
    await using client = await RawClient.open(server.mqtt, will('will/deleted'));
    await client.leave();
    await watcher.nothing();
  });

  test('[MQTT-3.1.2-8] DISCONNECT with will message, and a protocol error, publish it', async () => {
    await using watcher = await watcherOf('will/published');
    await using asking = await RawClient.open(server.mqtt, will('will/published'));
    await asking.leave(REASON.disconnectWithWill);
    assert.equal(await watcher.take(), 'gone');
    await using wrong = await RawClient.open(server.mqtt, will('will/published'));
    wrong.send(Uint8Array.of(0xf3, 0));
    await wrong.dismissed(REASON.malformedPacket);
    assert.equal(await watcher.take(), 'gone');
  });

  test('[MQTT-3.1.2-15] a will with the retain flag is retained', async () => {
    await using client = await RawClient.open(server.mqtt, will('will/retained', { retain: true }));
    await client.leave(REASON.disconnectWithWill);
    await using late = await watcherOf('will/retained');
    const publish = await late.next('publish');
    assert.deepEqual([textOf(publish), publish.retain], ['gone', true]);
  });

  test('a will waits for its delay', async () => {
    await using watcher = await watcherOf('will/delayed');
    const delayed = will('will/delayed', { properties: { willDelayInterval: 1 } });
    await using client = await RawClient.open(server.mqtt, { ...delayed, properties: { sessionExpiryInterval: 100 } });
    const since = performance.now();
    await client.vanish();
    const publish = await watcher.next('publish');
    assert.ok(performance.now() - since >= 950);
    assert.equal(publish.properties?.willDelayInterval, undefined);
  });

  test('[MQTT-3.1.3-9] a client that is back before the delay is over has not died', async () => {
    await using watcher = await watcherOf('will/back');
    const connect = { clientId: 'back', properties: { sessionExpiryInterval: 100 } };
    await using first = await RawClient.open(server.mqtt, { ...connect, ...will('will/back', { properties: { willDelayInterval: 1 } }) });
    await first.vanish();
    await using second = await RawClient.open(server.mqtt, { ...connect, cleanStart: false });
    // Another will of the same delay is later than the first would have been.
    await using witness = await RawClient.open(server.mqtt, {
      properties: { sessionExpiryInterval: 100 },
      ...will('will/back', { payload: Buffer.from('witness'), properties: { willDelayInterval: 1 } }),
    });
    await witness.vanish();
    assert.equal(await watcher.take(), 'witness');
    await second.fence();
  });

  test('[MQTT-3.1.3-9] a takeover with a delay to go publishes nothing, one without publishes', async () => {
    await using watcher = await watcherOf('will/over/+');
    for (const willDelayInterval of [10, 0]) {
      const connect = { clientId: `over-${willDelayInterval}`, properties: { sessionExpiryInterval: 100 } };
      const topic = `will/over/${willDelayInterval}`;
      await using first = await RawClient.open(server.mqtt, { ...connect, ...will(topic, { properties: { willDelayInterval } }) });
      await using second = await RawClient.open(server.mqtt, { ...connect, cleanStart: false });
      await first.dismissed(REASON.sessionTakenOver);
      await second.fence();
    }
    assert.equal((await watcher.next('publish')).topic, 'will/over/0');
    await watcher.nothing();
  });

  test('a session that ends before the delay is over has its will then', async () => {
    await using watcher = await watcherOf('will/session');
    await using client = await RawClient.open(server.mqtt, will('will/session', { properties: { willDelayInterval: 100 } }));
    await client.vanish();
    assert.equal(await watcher.take(), 'gone');
  });

  test('[MQTT-3.1.2-22] a client whose keep alive passes has its will', async () => {
    await using watcher = await watcherOf('will/silent');
    await using client = await RawClient.open(server.mqtt, { keepAliveSeconds: 1, ...will('will/silent') });
    await client.dismissed(REASON.keepAliveTimeout);
    assert.equal(await watcher.take(), 'gone');
  });

  test('a will that is larger than it may be is refused with its client, whose session has gone as well', async () => {
    await using client = await RawClient.connect(server.mqtt);
    const userProperties = Array.from({ length: 3 }, (_, at): [string, string] => [`p${at}`, 'x'.repeat(60_000)]);
    const large = will('will/large', { properties: { userProperties } });
    client.write(connectPacket({ clientId: 'large', properties: { sessionExpiryInterval: 0 }, ...large }));
    assert.equal((await client.next('connack')).reasonCode, REASON.packetTooLarge);
    await using again = await RawClient.open(server.mqtt, { clientId: 'large', cleanStart: false, ...will('will/large') });
    assert.equal(again.connack?.sessionPresent, false);
  });

  test('a server that is killed publishes the wills of its clients when it is back, those with a delay after it', async () => {
    await using first = await spawnServer({ args: ['--http', 'off', '--amqp', 'off'] });
    const kept = { properties: { sessionExpiryInterval: 100 } };
    await using watcher = await RawClient.open(first.mqtt, { clientId: 'watcher', ...kept });
    await watcher.subscribe('will/#');
    await using one = await RawClient.open(first.mqtt, { clientId: 'one', ...kept, ...will('will/one') });
    const delayed = will('will/two', { properties: { willDelayInterval: 1 } });
    await using two = await RawClient.open(first.mqtt, { clientId: 'two', ...kept, ...delayed });
    await Promise.all([one.fence(), two.fence()]);
    // Of a session that nothing keeps: its will was on disk when it was let in.
    await using _three = await RawClient.open(first.mqtt, { clientId: 'three', ...will('will/three') });
    const second = await first.restart();
    try {
      await using again = await RawClient.open(second.mqtt, { clientId: 'watcher', cleanStart: false, ...kept });
      assert.equal(again.connack?.sessionPresent, true);
      const topics = [await again.next('publish'), await again.next('publish')].map(({ topic }) => topic);
      assert.deepEqual(topics.sort(), ['will/one', 'will/three']);
      assert.equal((await again.next('publish')).topic, 'will/two');
    } finally {
      await second[Symbol.asyncDispose]();
    }
  });
});
