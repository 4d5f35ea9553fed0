import assert from 'node:assert/strict';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Publish, REASON } from '@angarium/codec-mqtt';
import { spawnServer, startTestServer, temporaryFolder } from '@angarium/testkit';
import { RawClient, textOf } from './support/raw-client.ts';

const KEPT = { sessionExpiryInterval: 100 };
const OFF = { http: 'off', amqp: 'off' } as const;

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
      .inboxes.get('mqtt:wrapping')!
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
    const { marks } = second.broker.space(undefined).inboxes.get('mqtt:wrapping')!;
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
    for (let tear = start; tear <= end; tear += 8) {
      await using torn = await temporaryFolder();
      await copyTorn(folder.path, torn.path, tear);
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
});

/** A copy of the data as a crash may leave it: nothing from this position of the log on was written. */
async function copyTorn(from: string, to: string, position: number): Promise<void> {
  await cp(from, to, { recursive: true, filter: source => !source.endsWith('.segment') });
  const [name, ...more] = (await readdir(join(from, 'log'))).filter(file => file.endsWith('.segment'));
  assert.deepEqual(more, [], 'all of it is in one segment, whose first byte is the position 0');
  const bytes = await readFile(join(from, 'log', name!));
  await writeFile(join(to, 'log', name!), bytes.fill(0, position));
}
