import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Connect } from '@angarium/codec-mqtt';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { connectPacket, RawClient, textOf } from './support/raw-client.ts';

describe('MQTT 3.1.1, where 5.0 has it otherwise or is tested alone', { concurrency: true }, () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off', amqp: 'off' });
  });
  after(() => server[Symbol.asyncDispose]());

  const open = (connect: Partial<Connect> = {}): Promise<RawClient> => RawClient.open(server.mqtt, { version: 4, ...connect });

  async function watcherOf(filter: string): Promise<RawClient> {
    const watcher = await open();
    await watcher.subscribe(filter);
    return watcher;
  }

  const will = (topic: string) => ({ will: { topic, payload: Buffer.from('gone'), qos: 1, retain: false } as const });

  test('[MQTT-3.1.2-4] [MQTT-3.1.2-5] without clean session, the session and what comes meanwhile are kept, and go on', async () => {
    await using first = await open({ clientId: 'kept', cleanStart: false });
    await first.subscribe('kept/#');
    await first.leave();
    await using sender = await open();
    for (const qos of [1, 2] as const) await sender.publish('kept/x', `${qos}`, { qos });
    await using second = await open({ clientId: 'kept', cleanStart: false });
    assert.equal(second.connack?.sessionPresent, true);
    for (const text of ['1', '2']) assert.equal(await second.take(), text);
  });

  test('[MQTT-3.1.2-6] [MQTT-3.1.2-7] with clean session nothing of before is there, and nothing is left but what is retained', async () => {
    await using first = await open({ clientId: 'clean', cleanStart: false });
    await first.subscribe('clean');
    await first.publish('clean/retained', 'stays', { qos: 1, retain: true });
    await first.leave();
    await using second = await open({ clientId: 'clean' });
    assert.equal(second.connack?.sessionPresent, false);
    await second.publish('clean', 'for nobody', { qos: 1 });
    await second.nothing();
    await second.leave();
    await using third = await open({ clientId: 'clean', cleanStart: false });
    assert.equal(third.connack?.sessionPresent, false);
    await third.subscribe('clean/retained');
    assert.equal(await third.take(), 'stays');
  });

  test('[MQTT-3.1.2-8] a client that goes without DISCONNECT has its will, once', async () => {
    await using watcher = await watcherOf('will/4');
    await using client = await open({ clientId: 'will-4', cleanStart: false, ...will('will/4') });
    await client.vanish();
    assert.equal(await watcher.take(), 'gone');
    await using again = await open({ clientId: 'will-4', cleanStart: false });
    await again.vanish();
    await watcher.nothing();
  });

  test('[MQTT-3.1.2-10] [MQTT-3.14.4-3] DISCONNECT voids the will', async () => {
    await using watcher = await watcherOf('will/void');
    await using client = await open(will('will/void'));
    await client.leave();
    await watcher.nothing();
  });

  test('[MQTT-3.1.2-24] a client that is silent for one and a half times its keep alive is cut off, and has its will', async () => {
    await using watcher = await watcherOf('will/silent-4');
    await using client = await open({ keepAliveSeconds: 1, ...will('will/silent-4') });
    await client.ended();
    assert.equal(await watcher.take(), 'gone');
  });

  test('[MQTT-3.1.3-9] an identifier that is too long is refused with 0x02', async () => {
    await using client = await RawClient.connect(server.mqtt, 4);
    client.write(connectPacket({ version: 4, clientId: 'x'.repeat(600) }));
    assert.equal((await client.next('connack')).reasonCode, 2);
    await client.ended();
  });

  for (const qos of [0, 1, 2] as const)
    test(`[MQTT-3.3.1-5] [MQTT-3.3.1-8] [MQTT-3.3.1-9] [MQTT-3.3.1-10] retained messages, QoS ${qos}`, async () => {
      await using sender = await open();
      const topic = `retained/4/${qos}`;
      await sender.publish(topic, 'old', { retain: true, qos });
      await using living = await watcherOf(topic);
      assert.equal((await living.next('publish')).retain, true, '[MQTT-3.3.1-6] [MQTT-3.3.1-8]');
      await sender.publish(topic, 'new', { retain: true, qos });
      assert.equal((await living.next('publish')).retain, false, '[MQTT-3.3.1-9]');
      await sender.publish(topic, 'passing', { qos });
      assert.equal(textOf(await living.next('publish')), 'passing');
      await using late = await watcherOf(topic);
      const kept = await late.next('publish');
      assert.deepEqual([textOf(kept), kept.retain, kept.qos], ['new', true, qos], '[MQTT-3.3.1-7] [MQTT-3.3.1-12]');
      await sender.publish(topic, '', { retain: true, qos });
      assert.equal(textOf(await late.next('publish')), '', '[MQTT-3.3.1-10]');
      await using last = await watcherOf(topic);
      await last.nothing();
    });

  test('[MQTT-3.3.5-1] where subscriptions overlap, a message comes with the highest of their QoS', async () => {
    await using client = await open();
    await client.subscribe([
      { filter: 'over/#', qos: 0 },
      { filter: 'over/+', qos: 2 },
      { filter: 'over/lap', qos: 1 },
    ]);
    await client.publish('over/lap', 'x', { qos: 2 });
    assert.equal((await client.next('publish')).qos, 2);
    await client.nothing();
  });

  test('[MQTT-3.3.5-2] a PUBLISH that may not be is acknowledged all the same, and goes to nobody', async () => {
    await using watcher = await watcherOf('$SYS/#');
    await using client = await open();
    for (const qos of [0, 1, 2] as const) await client.publish('$SYS/x', 'x', { qos });
    await watcher.nothing();
  });

  test('[MQTT-4.4.0-1] [MQTT-2.3.1-3] what was not acknowledged comes again with DUP and its identifier, in order; after PUBREC it is PUBREL', async () => {
    await using sender = await open();
    await using first = await open({ clientId: 'again-4', cleanStart: false });
    await first.subscribe('again/4');
    for (const [text, qos] of [
      ['received', 2],
      ['one', 1],
      ['two', 2],
    ] as const)
      await sender.publish('again/4', text, { qos });
    const sent = [await first.next('publish'), await first.next('publish'), await first.next('publish')];
    first.ack('pubrec', sent[0]!.packetId!);
    await first.next('pubrel');
    await first.vanish();
    await using second = await open({ clientId: 'again-4', cleanStart: false });
    assert.equal((await second.next('pubrel')).packetId, sent[0]!.packetId);
    for (const { packetId, payload } of sent.slice(1)) {
      const again = await second.next('publish');
      assert.deepEqual([again.packetId, textOf(again), again.duplicate], [packetId, textOf({ payload }), true]);
    }
  });

  test('[MQTT-4.3.3-2] a PUBLISH with QoS 2 that comes again before PUBREL is handed on once; after PUBCOMP it is a new one', async () => {
    await using watcher = await watcherOf('twice/4');
    await using client = await open();
    for (const text of ['first', 'second']) {
      for (const duplicate of [false, true]) {
        client.put('twice/4', text, { qos: 2, packetId: 9, duplicate });
        assert.equal((await client.next('pubrec')).packetId, 9);
      }
      client.ack('pubrel', 9);
      assert.equal((await client.next('pubcomp')).packetId, 9);
      assert.equal(await watcher.take(), text);
    }
    await watcher.nothing();
  });

  test('[MQTT-3.10.4-2] [MQTT-3.10.4-3] [MQTT-3.10.4-5] UNSUBSCRIBE ends what is new, finishes what was begun, and is always answered', async () => {
    await using client = await open();
    await client.subscribe('ended/4');
    await client.publish('ended/4', 'begun', { qos: 2 });
    const { packetId } = await client.next('publish');
    await client.unsubscribe('ended/4', 'nowhere/4');
    await client.unsubscribe('nowhere/4');
    client.ack('pubrec', packetId!);
    assert.equal((await client.next('pubrel')).packetId, packetId);
    client.ack('pubcomp', packetId!);
    await client.publish('ended/4', 'late', { qos: 1 });
    await client.nothing();
  });
});
