import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { REASON } from '@angarium/codec-mqtt';
import { startTestServer, type TestServer, temporaryFolder } from '@angarium/testkit';
import { RawClient } from './support/raw-client.ts';

const KEPT = { sessionExpiryInterval: 100 };
const OFF = { http: 'off', amqp: 'off' } as const;

/** Deletes an address that is in use. */
async function deleteAddress({ broker }: TestServer, name: string): Promise<void> {
  const refusal = await new Promise(resolve => broker.space(undefined).remove(name, { force: true }, resolve));
  assert.equal(refusal, undefined);
}

describe('the limit of subscriptions, and addresses that go', () => {
  test('[MQTT-3.8.4-3] at the limit a further subscription is refused, and one that replaces another is not', async () => {
    await using server = await startTestServer({ ...OFF, mqttSubscriptionsMax: 3, addresses: [{ name: 'jobs', type: 'queue' }] });
    await using client = await RawClient.open(server.mqtt);
    for (const filter of ['topic', 'jobs', '$share/g/shared']) assert.deepEqual(await client.subscribe(filter), [2]);
    for (const filter of ['topic/2', '$share/g/other']) assert.deepEqual(await client.subscribe(filter), [REASON.quotaExceeded]);
    for (const filter of ['topic', 'jobs', '$share/g/shared']) assert.deepEqual(await client.subscribe([{ filter, qos: 1 }]), [1]);
    for (const topic of ['topic', 'jobs', 'shared']) {
      await client.publish(topic, topic, { qos: 2 });
      const publish = await client.next('publish');
      assert.deepEqual([publish.topic, publish.qos], [topic, 1]);
      client.ack('puback', publish.packetId!);
    }
    assert.deepEqual(await client.unsubscribe('jobs'), [REASON.success]);
    assert.deepEqual(await client.subscribe('topic/2'), [2]);
    await using old = await RawClient.open(server.mqtt, { version: 4 });
    for (const [filter, code] of [
      ['a', 2],
      ['b', 2],
      ['c', 2],
      ['d', 0x80],
    ] as const)
      assert.deepEqual(await old.subscribe(filter), [code], '3.1.1 [MQTT-3.9.3-2]');
  });

  test('a client whose queue is deleted is told so, and its subscription is gone, also over a restart', async () => {
    await using folder = await temporaryFolder();
    const connect = { clientId: 'consumer', properties: KEPT };
    await using first = await startTestServer({ ...OFF, dataDir: folder.path, addresses: [{ name: 'jobs', type: 'queue' }] });
    await using client = await RawClient.open(first.mqtt, connect);
    await client.subscribe([{ filter: 'jobs' }, { filter: 'news' }]);
    await deleteAddress(first, 'jobs');
    const { properties } = await client.dismissed(REASON.implementationSpecificError);
    assert.match(properties!.reasonString!, /The address jobs was deleted/);
    await using again = await RawClient.open(first.mqtt, { ...connect, cleanStart: false });
    assert.deepEqual(await again.unsubscribe('jobs', 'news'), [REASON.noSubscriptionExisted, REASON.success]);
    await again.leave();
    await first.stop();
    await using second = await startTestServer({ ...OFF, dataDir: folder.path, addresses: [{ name: 'jobs', type: 'queue' }] });
    const jobs = second.broker.space(undefined).addresses.get('jobs')!;
    assert.equal(jobs.status().consumers, 0);
  });

  test('a queue that is deleted while its consumer is away takes the subscription with it', async () => {
    await using server = await startTestServer({ ...OFF, addresses: [{ name: 'jobs', type: 'queue' }] });
    const connect = { clientId: 'away', properties: KEPT };
    await using client = await RawClient.open(server.mqtt, connect);
    await client.subscribe('jobs');
    await client.leave();
    await deleteAddress(server, 'jobs');
    await using again = await RawClient.open(server.mqtt, { ...connect, cleanStart: false });
    assert.deepEqual(await again.unsubscribe('jobs'), [REASON.noSubscriptionExisted]);
  });
});
