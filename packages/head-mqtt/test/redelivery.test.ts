import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Publish, REASON } from '@angarium/codec-mqtt';
import { spawnServer, startTestServer, temporaryFolder } from '@angarium/testkit';
import { RawClient, textOf } from './support/raw-client.ts';
import { copyTornLog } from './support/torn-log.ts';

const KEPT = { sessionExpiryInterval: 100 };
const OFF = { http: 'off', amqp: 'off' } as const;

/** A torn log ends in a record or between two, and no record is shorter than this with its header. */
const TEAR_STEP_BYTES = 16;

/** What says that a PUBLISH is one of before. */
function traits(publish: Publish): { text: string; packetId: number | undefined; duplicate: boolean } {
  return { text: textOf(publish), packetId: publish.packetId, duplicate: publish.duplicate };
}

describe('deliveries over a restart (section 4.4)', { concurrency: true }, () => {
  for (const killed of [true, false]) {
    test(`[MQTT-4.4.0-1] [MQTT-3.3.1-1] what was under way comes again under its packet identifier, ${killed ? 'after kill -9' : 'after an orderly stop'}`, async () => {
      const connect = { clientId: 'under-way', properties: { ...KEPT, receiveMaximum: 4 } };
      await using first = await spawnServer({ args: ['--http', 'off', '--amqp', 'off'] });
      await using sender = await RawClient.open(first.mqtt);
      await using before = await RawClient.open(first.mqtt, connect);
      await before.subscribe('under/#');
      // Some that are over, so that numbers and identifiers are not those of a beginning.
      for (let i = 0; i < 3; i++) {
        await sender.publish('under/way', 'over', { qos: 1 });
        await before.take();
      }
      for (const [text, qos] of [
        ['one', 1],
        ['two', 2],
        ['three', 1],
        ['acknowledged', 1],
        ['never sent', 2],
      ] as const)
        await sender.publish('under/way', text, { qos });
      const sent = [];
      for (let i = 0; i < 4; i++) sent.push(await before.next('publish'));
      before.ack('puback', sent[3]!.packetId!);
      const unsent = await before.next('publish');
      assert.equal(textOf(unsent), 'never sent');
      sent[3] = unsent;
      await sender.publish('under/way', 'waiting', { qos: 1 });
      if (!killed) await first.kill('SIGTERM');
      const second = await first.restart();
      try {
        await using after = await RawClient.open(second.mqtt, { ...connect, cleanStart: false });
        for (const publish of sent) assert.deepEqual(traits(await after.next('publish')), { ...traits(publish), duplicate: true });
        await after.nothing();
        after.ack('puback', sent[0]!.packetId!);
        assert.deepEqual({ ...traits(await after.next('publish')), packetId: 0 }, { text: 'waiting', packetId: 0, duplicate: false });
      } finally {
        await second[Symbol.asyncDispose]();
      }
    });
  }

  test('an identifier that something old still has is not given to a message whose number asks for it, and that one keeps its own', async () => {
    await using folder = await temporaryFolder();
    const connect = { clientId: 'wrapping', properties: { ...KEPT, receiveMaximum: 2 } };
    await using first = await startTestServer({ ...OFF, dataDir: folder.path });
    await using sender = await RawClient.open(first.mqtt);
    await using before = await RawClient.open(first.mqtt, connect);
    await before.subscribe('wrap');
    await sender.publish('wrap', 'old', { qos: 1 });
    const old = await before.next('publish');
    // As many as there are packet identifiers came and went.
    first.broker
      .space(undefined)
      .inboxes.all.get('mqtt:wrapping')!
      .queue.index.skip(0xffff - 1);
    await sender.publish('wrap', 'new', { qos: 2 });
    const fresh = await before.next('publish');
    assert.notEqual(fresh.packetId, old.packetId);
    await first.stop();
    await using second = await startTestServer({ ...OFF, dataDir: folder.path });
    await using after = await RawClient.open(second.mqtt, { ...connect, cleanStart: false });
    for (const publish of [old, fresh]) assert.deepEqual(traits(await after.next('publish')), { ...traits(publish), duplicate: true });
    after.ack('pubrec', fresh.packetId!);
    assert.equal((await after.next('pubrel')).packetId, fresh.packetId);
    after.ack('pubcomp', fresh.packetId!);
    after.ack('puback', old.packetId!);
    await after.nothing();
    const { marks } = second.broker.space(undefined).inboxes.all.get('mqtt:wrapping')!;
    assert.equal(marks.size, 1, 'of all that only how far it has come is noted still');
  });

  test('[MQTT-4.3.3-10] a QoS 2 publish comes once, wherever a crash tears the log: the client sends again until it has its PUBREC', async () => {
    await using folder = await temporaryFolder();
    const publisher = { clientId: 'publisher', cleanStart: false, properties: KEPT };
    const subscriber = { clientId: 'subscriber', cleanStart: false, properties: KEPT };
    await using first = await startTestServer({ ...OFF, dataDir: folder.path });
    await using reading = await RawClient.open(first.mqtt, subscriber);
    await reading.subscribe('torn');
    await reading.leave();
    await using writing = await RawClient.open(first.mqtt, publisher);
    const start = first.log.durableEnd;
    writing.put('torn', 'once', { qos: 2, packetId: 9 });
    await writing.next('pubrec');
    const end = first.log.durableEnd;
    await writing.vanish();
    await first.stop();
    for (let tear = start; tear <= end; tear += TEAR_STEP_BYTES) {
      await using torn = await temporaryFolder();
      await copyTornLog(folder.path, torn.path, tear);
      await using second = await startTestServer({ ...OFF, dataDir: torn.path });
      await using again = await RawClient.open(second.mqtt, publisher);
      again.put('torn', 'once', { qos: 2, packetId: 9, duplicate: true });
      assert.equal((await again.next('pubrec')).reasonCode, REASON.success);
      again.ack('pubrel', 9);
      assert.equal((await again.next('pubcomp')).reasonCode, REASON.success);
      await using reader = await RawClient.open(second.mqtt, subscriber);
      assert.equal(await reader.take(), 'once', `torn ${tear - start} bytes after the beginning`);
      await reader.nothing();
    }
  });

  for (const shared of [false, true])
    test(`[MQTT-4.3.3-6] what was received with PUBREC never comes as a new message, wherever a crash tears the log${shared ? ', to a member of a group' : ''}`, async () => {
      await using folder = await temporaryFolder();
      const subscriber = { clientId: 'subscriber', cleanStart: false, properties: KEPT };
      const other = { ...subscriber, clientId: 'other' };
      const filter = shared ? '$share/g/torn' : 'torn';
      await using first = await startTestServer({ ...OFF, dataDir: folder.path });
      await using writing = await RawClient.open(first.mqtt);
      await using reading = await RawClient.open(first.mqtt, subscriber);
      await reading.subscribe(filter);
      await writing.publish('torn', 'once', { qos: 2 });
      const { packetId } = await reading.next('publish');
      await using waiting = await RawClient.open(first.mqtt, other);
      await waiting.subscribe(shared ? filter : 'something/else');
      const start = first.log.durableEnd;
      reading.ack('pubrec', packetId!);
      await reading.next('pubrel');
      await writing.publish('something/else', 'that makes all of it durable', { qos: 1, retain: true });
      const end = first.log.durableEnd;
      await Promise.all([reading, waiting].map(client => client.vanish()));
      await first.stop();
      const seen = new Set<string>();
      for (let tear = start; tear <= end; tear += TEAR_STEP_BYTES) {
        await using torn = await temporaryFolder();
        await copyTornLog(folder.path, torn.path, tear);
        await using second = await startTestServer({ ...OFF, dataDir: torn.path });
        await using member = await RawClient.open(second.mqtt, other);
        await using back = await RawClient.open(second.mqtt, subscriber);
        const come = () => [...back.unread('publish'), ...back.unread('pubrel')];
        // The message may have to be read from the disk first.
        for (const until = performance.now() + 8000; come().length === 0 && performance.now() < until; ) await back.fence();
        await Promise.all([back, member].map(client => client.fence()));
        const [again, ...more] = come();
        assert.ok(again !== undefined && more.length === 0, `torn ${tear - start} bytes after the beginning: ${JSON.stringify(more)}`);
        assert.equal(again.packetId, packetId);
        if (again.kind === 'publish') assert.equal(again.duplicate, true);
        seen.add(again.kind);
        if (shared) assert.deepEqual(member.unread('publish'), [], 'and nobody else gets it');
      }
      assert.deepEqual([...seen], ['publish', 'pubrel'], 'it was torn on both sides of the note');
    });
});
