import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { startTestServer, type TestServer, temporaryFolder } from '@angarium/testkit';
import mqtt, { type MqttClient } from 'mqtt';

const DEADLINE_MS = 15_000;

async function declareStream(server: TestServer): Promise<void> {
  const result = await new Promise(done => server.broker.space(undefined).declare('log', { type: 'stream' }, done));
  assert.ok(result);
}

/** The next messages of the client. */
async function take(client: MqttClient, count: number): Promise<string[]> {
  const texts: string[] = [];
  const all = Promise.withResolvers<void>();
  client.on('message', (_topic, payload) => {
    texts.push(payload.toString());
    if (texts.length === count) all.resolve();
  });
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  await Promise.race([all.promise, once(deadline, 'abort').then(() => assert.fail(`only ${texts.join(', ')} came`))]);
  client.removeAllListeners('message');
  return texts;
}

for (const protocolVersion of [4, 5] as const)
  test(`MQTT ${protocolVersion}: a kept session reads a stream from its subscription on, and goes on after a restart`, async () => {
    await using folder = await temporaryFolder();
    const session = { clientId: 'reader', clean: false, ...(protocolVersion === 5 && { properties: { sessionExpiryInterval: 3600 } }) };
    {
      await using server = await startTestServer({ dataDir: folder.path });
      await declareStream(server);
      const sender = await mqtt.connectAsync({ ...server.mqtt, protocolVersion, reconnectPeriod: 0 });
      await sender.publishAsync('log', 'before', { qos: 1 });
      const reader = await mqtt.connectAsync({ ...server.mqtt, protocolVersion, reconnectPeriod: 0, ...session });
      await reader.subscribeAsync('log', { qos: 1 });
      const first = take(reader, 1);
      await sender.publishAsync('log', 'one', { qos: 1 });
      assert.deepEqual(await first, ['one']);
      await reader.endAsync();
      await sender.publishAsync('log', 'two', { qos: 1 });
      await sender.publishAsync('log', 'three', { qos: 0 });
      await sender.publishAsync('log', 'four', { qos: 1 });
      await sender.endAsync();
    }
    await using server = await startTestServer({ dataDir: folder.path });
    const reader = mqtt.connect({ ...server.mqtt, protocolVersion, reconnectPeriod: 0, ...session });
    assert.deepEqual(await take(reader, 3), ['two', 'three', 'four']);
    assert.deepEqual(
      server.broker
        .space(undefined)
        .addresses.get('log')
        ?.status()
        .readers?.map(({ name }) => name),
      ['mqtt:reader'],
    );
    await reader.unsubscribeAsync('log');
    assert.deepEqual(server.broker.space(undefined).addresses.get('log')?.status().readers, []);
    await reader.endAsync();
  });

test('a session that is not kept reads what comes while it is there', async () => {
  await using server = await startTestServer();
  await declareStream(server);
  const open = () => mqtt.connectAsync({ ...server.mqtt, reconnectPeriod: 0 });
  const [sender, reader] = [await open(), await open()];
  await sender.publishAsync('log', 'before', { qos: 1 });
  await reader.subscribeAsync('log', { qos: 2 });
  const taken = take(reader, 2);
  await sender.publishAsync('log', 'one', { qos: 1 });
  await sender.publishAsync('log', 'two', { qos: 0 });
  assert.deepEqual(await taken, ['one', 'two']);
  assert.deepEqual(server.broker.space(undefined).addresses.get('log')?.status().readers, []);
  await Promise.all([sender.endAsync(), reader.endAsync()]);
});
