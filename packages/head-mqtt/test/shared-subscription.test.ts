import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { REASON } from '@angarium/codec-mqtt';
import { startTestServer, type TestServer, temporaryFolder } from '@angarium/testkit';
import { RawClient, textOf } from './support/raw-client.ts';

const KEPT = { sessionExpiryInterval: 100 };
const OFF = { http: 'off', amqp: 'off' } as const;

/** A member of the group, with a session that is kept. */
async function memberOf(server: TestServer, clientId: string, filter: string, cleanStart = true): Promise<RawClient> {
  const member = await RawClient.open(server.mqtt, { clientId, cleanStart, properties: KEPT });
  if (cleanStart) assert.deepEqual(await member.subscribe(filter), [2]);
  return member;
}

describe('shared subscriptions with QoS 2 (section 4.8.2)', { concurrency: true }, () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer(OFF);
  });
  after(() => server[Symbol.asyncDispose]());

  test('[MQTT-4.8.2-4] what a member was sent is finished with it when it is back, and goes to nobody else', async () => {
    const filter = '$share/g/back';
    await using sender = await RawClient.open(server.mqtt);
    await using leaving = await memberOf(server, 'back-1', filter);
    for (const text of ['one', 'two']) await sender.publish('back', text, { qos: 2 });
    const begun = [await leaving.next('publish'), await leaving.next('publish')];
    await using staying = await memberOf(server, 'back-2', filter);
    await leaving.vanish();
    await sender.publish('back', 'three', { qos: 2 });
    assert.equal(await staying.take(), 'three');
    await staying.nothing();
    await using back = await memberOf(server, 'back-1', filter, false);
    for (const publish of begun) {
      const again = await back.next('publish');
      assert.deepEqual([textOf(again), again.packetId, again.duplicate], [textOf(publish), publish.packetId, true]);
      back.ack('pubrec', again.packetId!);
      back.ack('pubcomp', (await back.next('pubrel')).packetId!);
    }
    for (const member of [back, staying]) await member.nothing();
  });

  for (const [how, end] of [
    ['by DISCONNECT', (member: RawClient) => member.leave(REASON.success, 0)],
    ['by a clean start', async (member: RawClient) => await member.vanish()],
    ['by UNSUBSCRIBE', async (member: RawClient) => void (await member.unsubscribe('$share/g/ended'))],
  ] as const)
    test(`[MQTT-4.8.2-5] what a member was sent goes to nobody else when its session, or its part, ends ${how}`, async () => {
      await using alone = await startTestServer(OFF);
      const filter = '$share/g/ended';
      await using sender = await RawClient.open(alone.mqtt);
      await using leaving = await memberOf(alone, 'ended-1', filter);
      await sender.publish('ended', 'one', { qos: 2 });
      await leaving.next('publish');
      await using staying = await memberOf(alone, 'ended-2', filter);
      await end(leaving);
      await using again = await memberOf(alone, 'ended-1', '$share/h/other');
      await sender.publish('ended', 'two', { qos: 2 });
      assert.equal(await staying.take(), 'two');
      for (const member of [again, staying]) await member.nothing();
      const group = alone.broker.space(undefined).inboxes.all.get(`mqtt-share:${filter}`)!;
      assert.deepEqual([group.queue.index.live, group.marks.size], [0, 0], 'nothing waits for somebody who never comes');
    });

  test('[MQTT-4.8.2-4] also over a restart; and what was sent to nobody yet is anybody’s', async () => {
    await using folder = await temporaryFolder();
    const filter = '$share/g/restart';
    await using first = await startTestServer({ ...OFF, dataDir: folder.path });
    await using sender = await RawClient.open(first.mqtt);
    await using one = await memberOf(first, 'restart-1', filter);
    await sender.publish('restart', 'begun', { qos: 2 });
    await sender.publish('restart', 'received', { qos: 2 });
    const begun = await one.next('publish');
    const received = await one.next('publish');
    one.ack('pubrec', received.packetId!);
    await one.next('pubrel');
    await using two = await memberOf(first, 'restart-2', filter);
    await one.vanish();
    await two.leave();
    await sender.publish('restart', 'new', { qos: 2 });
    await first.stop();
    await using second = await startTestServer({ ...OFF, dataDir: folder.path });
    await using twoAgain = await memberOf(second, 'restart-2', filter, false);
    assert.equal(await twoAgain.take(), 'new');
    await twoAgain.nothing();
    await using oneAgain = await memberOf(second, 'restart-1', filter, false);
    assert.equal((await oneAgain.next('pubrel')).packetId, received.packetId);
    const again = await oneAgain.next('publish');
    assert.deepEqual([textOf(again), again.packetId, again.duplicate], ['begun', begun.packetId, true]);
    oneAgain.ack('pubrec', again.packetId!);
    await oneAgain.next('pubrel');
    for (const member of [oneAgain, twoAgain]) await member.nothing();
    const group = second.broker.space(undefined).inboxes.all.get(`mqtt-share:${filter}`)!;
    assert.deepEqual([group.marks.size, group.queue.index.live], [0, 0]);
  });

  test('[MQTT-4.8.2-6] a message that a member refuses goes to no other', async () => {
    const filter = '$share/g/refused';
    await using sender = await RawClient.open(server.mqtt);
    await using refusing = await memberOf(server, 'refusing', filter);
    for (const qos of [1, 2] as const) {
      await sender.publish('refused', 'x', { qos });
      const { packetId } = await refusing.next('publish');
      await using other = await memberOf(server, 'other', filter);
      refusing.ack(qos === 1 ? 'puback' : 'pubrec', packetId!, REASON.unspecifiedError);
      await refusing.fence();
      await refusing.nothing();
      await other.nothing();
      await other.unsubscribe(filter);
    }
  });

  test('[MQTT-4.8.2-3] each member gets messages with the QoS that it was granted', async () => {
    await using sender = await RawClient.open(server.mqtt);
    await using light = await RawClient.open(server.mqtt);
    await light.subscribe([{ filter: '$share/g/granted', qos: 0 }]);
    await sender.publish('granted', 'x', { qos: 2 });
    assert.equal((await light.next('publish')).qos, 0);
    await light.unsubscribe('$share/g/granted');
    await using sure = await RawClient.open(server.mqtt);
    await sure.subscribe([{ filter: '$share/g/granted', qos: 1 }]);
    await sender.publish('granted', 'y', { qos: 2 });
    assert.equal((await sure.next('publish')).qos, 1);
  });

  test('a member that subscribes again keeps what waits for its group, and gets it as it asked for last', async () => {
    await using sender = await RawClient.open(server.mqtt);
    await using member = await RawClient.open(server.mqtt, { clientId: 'again', properties: { ...KEPT, receiveMaximum: 1 } });
    await member.subscribe([{ filter: '$share/g/again', qos: 2 }]);
    for (const text of ['one', 'two']) await sender.publish('again', text, { qos: 2 });
    const { packetId } = await member.next('publish');
    await member.subscribe([{ filter: '$share/g/again', qos: 0 }], 9);
    member.ack('pubrec', packetId!);
    member.ack('pubcomp', (await member.next('pubrel')).packetId!);
    const two = await member.next('publish');
    assert.deepEqual([textOf(two), two.qos, two.properties?.subscriptionIdentifiers], ['two', 0, [9]]);
  });
});
