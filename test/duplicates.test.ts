import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { startTestServer, type TestServer, temporaryFolder } from '@angarium/testkit';
import mqtt from 'mqtt';
import rhea, { type EventContext } from 'rhea';

const DEADLINE_MS = 20_000;

function status(server: TestServer): { stored: number; duplicates: number } {
  const address = server.broker.space(undefined).find('orders');
  assert.ok(address);
  const { stored, counters } = address.status();
  return { stored, duplicates: counters.duplicates };
}

async function declared(dataDir?: string): Promise<TestServer> {
  return await startTestServer({
    ...(dataDir !== undefined && { dataDir }),
    addresses: [{ name: 'orders', type: 'queue', duplicates: { windowMs: 600_000 } }],
  });
}

/** Sends each message, and waits until all are accepted. */
async function sendAll(server: TestServer, ids: readonly unknown[]): Promise<void> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const connection = rhea.create_container().connect({ ...server.amqp, reconnect: false } as never);
  const sender = connection.open_sender('orders');
  await once(sender as never, 'sendable', { signal });
  let accepted = 0;
  const all = new Promise<void>(resolve => {
    sender.on('accepted', (_context: EventContext) => {
      if (++accepted === ids.length) resolve();
    });
  });
  for (const id of ids) sender.send({ message_id: id as never, body: 'order', durable: true });
  await Promise.race([all, once(signal, 'abort').then(() => assert.fail(`${accepted} of ${ids.length} were accepted`))]);
  connection.close();
  await once(connection as never, 'connection_close', { signal });
}

test('AMQP’s four types of message-id are told apart, and each is stored once', async () => {
  await using server = await declared();
  const uuid = Buffer.from('0123456789abcdef0123456789abcdef', 'hex');
  const ids = ['7', rhea.types.wrap_ulong(7), rhea.types.wrap_uuid(uuid), rhea.types.wrap_binary(Buffer.from('7'))];
  await sendAll(server, [...ids, ...ids]);
  assert.deepEqual(status(server), { stored: 4, duplicates: 4 });
});

test('a message that comes again over another protocol is the same, where its id can be', async () => {
  await using server = await declared();
  await sendAll(server, ['over-amqp']);
  for (const id of ['over-amqp', 'over-http', 'over-http']) {
    const answer = await fetch(`${server.http}/m/orders`, { method: 'POST', body: 'order', headers: { 'angarium-message-id': id } });
    assert.equal(answer.status, 202);
    await answer.arrayBuffer();
  }
  assert.deepEqual(status(server), { stored: 2, duplicates: 2 });
});

test('MQTT has no ids: a user property message-id stands for one', async () => {
  await using server = await declared();
  const { host, port } = server.mqtt;
  const client = await mqtt.connectAsync({ host, port, protocolVersion: 5, reconnectPeriod: 0 });
  const properties = { userProperties: { 'message-id': 'a' } };
  for (let i = 0; i < 3; i++) await client.publishAsync('orders', 'order', { qos: 1, properties });
  for (let i = 0; i < 2; i++) await client.publishAsync('orders', 'order', { qos: 1 });
  await client.endAsync();
  assert.deepEqual(status(server), { stored: 3, duplicates: 2 });
});

test('ids are remembered over a restart of the server', async () => {
  await using folder = await temporaryFolder();
  const { path: dataDir } = folder;
  {
    await using first = await declared(dataDir);
    await sendAll(first, ['a', 'b']);
  }
  await using again = await declared(dataDir);
  await sendAll(again, ['b', 'c']);
  assert.deepEqual(status(again), { stored: 3, duplicates: 1 });
});
