import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer } from '@angarium/testkit';
import fc from 'fast-check';
import { connectPacket, packetBytes, RawClient } from './support/raw-client.ts';

describe('what no client should send', { concurrency: true }, () => {
  let server: TestServer;
  let neighbour: RawClient;

  before(async () => {
    server = await startTestServer({ http: 'off', amqp: 'off' });
    neighbour = await RawClient.open(server.mqtt, { clientId: 'neighbour' });
    await neighbour.subscribe('neighbour');
  });
  after(async () => {
    await using _server = server;
    await using client = neighbour;
    await client.publish('neighbour', 'undisturbed', { qos: 2 });
    assert.equal(await client.take(), 'undisturbed');
  });

  test('half a packet, and then nothing: the client’s end takes it away', async () => {
    await using client = await RawClient.open(server.mqtt);
    client.send(Uint8Array.of(0x30, 100, 0, 1));
    client.socket.end();
    await client.ended();
  });

  test('a client that leaves in the middle of CONNECT, or before its answer, leaves nothing behind', async () => {
    const connect = packetBytes(connectPacket({ clientId: 'hasty', properties: { sessionExpiryInterval: 0 } }));
    for (const bytes of [connect.subarray(0, 5), connect]) {
      await using client = await RawClient.connect(server.mqtt);
      client.send(bytes);
      await client.vanish();
    }
    await using later = await RawClient.open(server.mqtt, { clientId: 'hasty', cleanStart: false });
    assert.equal(later.connack?.sessionPresent, false);
  });

  test('any bytes after CONNECT end in an answer or in the end of the connection', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 60 }), async bytes => {
        await using client = await RawClient.open(server.mqtt);
        client.send(bytes);
        client.socket.end();
        await client.ended();
      }),
      { numRuns: 50 },
    );
  });

  test('a packet comes in pieces of one byte', async () => {
    await using client = await RawClient.open(server.mqtt);
    await client.subscribe('pieces');
    const packet = { kind: 'publish', topic: 'pieces', qos: 0, duplicate: false, retain: false, payload: Buffer.from('whole') } as const;
    for (const byte of packetBytes(packet)) {
      client.send(Uint8Array.of(byte));
      await neighbour.fence();
    }
    assert.equal(await client.take(), 'whole');
  });
});

test('strangers do not take the place of clients: beyond strangersMax the oldest are cut, long before connectTimeoutMs', async () => {
  await using server = await startTestServer({
    http: 'off',
    amqp: 'off',
    connectionsMax: 6,
    mqttStrangersMax: 2,
    mqttConnectTimeoutMs: 3_600_000,
  });
  await using neighbour = await RawClient.open(server.mqtt, { clientId: 'neighbour' });
  await using open = new AsyncDisposableStack();
  const strangers: RawClient[] = [];
  for (let i = 0; i < 5; i++) strangers.push(open.use(await RawClient.connect(server.mqtt)));
  for (const oldest of strangers.slice(0, 3)) await oldest.ended();
  for (const [i, youngest] of strangers.slice(3).entries()) {
    youngest.write(connectPacket({ clientId: `late-${i}` }));
    await youngest.next('connack');
  }
  await using newcomer = await RawClient.open(server.mqtt, { clientId: 'newcomer' });
  await newcomer.subscribe('room');
  await neighbour.publish('room', 'for everybody', { qos: 1 });
  assert.equal(await newcomer.take(), 'for everybody');
});
