import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { startTestServer, type TestServer, temporaryFolder } from '@angarium/testkit';
import { connectAsync } from 'mqtt';
import rhea, { type Connection, type EventContext, type Message, type Sender } from 'rhea';
import { ADDRESSES, call } from '../support/call-api.ts';

async function declare(server: TestServer, name: string, spec: object): Promise<void> {
  const answer = await call(server, 'PUT', `${ADDRESSES}/${encodeURIComponent(name)}`, { body: { spec } });
  assert.equal(answer.status, 201, answer.text);
}

async function connect(server: TestServer): Promise<Connection> {
  const connection = rhea.create_container().connect({ ...server.amqp, username: 'anonymous', reconnect: false });
  await once(connection, 'connection_open');
  return connection;
}

async function bodies(server: TestServer, name: string): Promise<unknown[]> {
  const { body } = await call(server, 'GET', `${ADDRESSES}/${name}/messages`);
  return (body.items as { message: { body: unknown } }[]).map(({ message }) => message.body);
}

/** Sends, and answers `accepted`, or the condition and words of a refusal. */
async function send(sender: Sender, message: Message): Promise<string> {
  const outcome = Promise.race([once(sender, 'accepted'), once(sender, 'rejected')]);
  sender.send({ durable: true, ...message });
  const [context] = (await outcome) as [EventContext];
  const state = context.delivery?.remote_state as { error?: { condition: string; description: string } } | undefined;
  return state?.error ? `${state.error.condition}: ${state.error.description}` : 'accepted';
}

test('messages reach a queue by its alias, by a binding and by a divert, over AMQP, MQTT and HTTP, after a restart too', async () => {
  await using folder = await temporaryFolder();
  {
    await using server = await startTestServer({ dataDir: folder.path });
    await declare(server, 'sensors', { type: 'topic' });
    await declare(server, 'readings', { type: 'queue', aliases: ['old/readings'], bindings: ['sensors/+/temperature'] });
    await declare(server, 'alarms', { type: 'queue' });
    const selector = "level = 'high' OR JMSType = 'alarm'";
    assert.equal(
      (await call(server, 'PATCH', `${ADDRESSES}/readings`, { body: { spec: { diverts: [{ to: 'alarms', selector, move: true }] } } }))
        .status,
      200,
    );
  }
  await using server = await startTestServer({ dataDir: folder.path });
  const connection = await connect(server);
  const sender = connection.open_sender('old/readings');
  await once(sender, 'sendable');
  assert.equal(await send(sender, { body: 'by alias' }), 'accepted');
  assert.equal(await send(sender, { body: 'an alarm', subject: 'alarm' }), 'accepted');
  const client = await connectAsync(`mqtt://${server.mqtt.host}:${server.mqtt.port}`, { protocolVersion: 5, reconnectPeriod: 0 });
  await client.publishAsync('sensors/kitchen/temperature', 'by binding', { qos: 1 });
  await client.publishAsync('sensors/kitchen/humidity', 'nobody wants it', { qos: 1 });
  await client.publishAsync('old/readings', 'by alias of MQTT', { qos: 1, properties: { userProperties: { level: 'high' } } });
  await client.endAsync();
  const headers = { 'content-type': 'text/plain', 'angarium-property-level': 'high' };
  assert.equal((await call(server, 'POST', `${ADDRESSES}/readings/messages`, { text: 'by HTTP', headers })).status, 202);
  connection.close();
  await once(connection, 'connection_close');
  assert.deepEqual(await bodies(server, 'readings'), ['by alias', 'by binding']);
  assert.deepEqual(await bodies(server, 'alarms'), ['an alarm', 'by alias of MQTT', 'by HTTP']);
});

test('a message that a divert cannot bring where it shall go is refused by the name of that address', async () => {
  await using server = await startTestServer();
  await declare(server, 'live', { type: 'anycast' });
  await declare(server, 'q', { type: 'queue', diverts: [{ to: 'live' }] });
  const connection = await connect(server);
  const sender = connection.open_sender('q');
  await once(sender, 'sendable');
  assert.match(await send(sender, { body: 'x' }), /^amqp:not-found: Messages to q go to live too, which stores nothing/);
  connection.close();
  await once(connection, 'connection_close');
  assert.deepEqual(await bodies(server, 'q'), []);
});
