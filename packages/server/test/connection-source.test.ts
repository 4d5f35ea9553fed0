import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { startTestServer, type TestServer } from '@angarium/testkit';
import mqtt, { type IDisconnectPacket, type MqttClient } from 'mqtt';
import rhea from 'rhea';

const CONNECTIONS = '/apis/angarium.dev/v1/connections';

interface Shown {
  readonly metadata: { readonly name: string };
  readonly status: Record<string, unknown>;
}

async function list(server: TestServer): Promise<Shown[]> {
  const answer = await fetch(server.http + CONNECTIONS);
  return ((await answer.json()) as { items: Shown[] }).items;
}

async function close(server: TestServer, { metadata }: Shown): Promise<number> {
  return (await fetch(`${server.http}${CONNECTIONS}/${metadata.name}`, { method: 'DELETE' })).status;
}

function closed(client: MqttClient): Promise<void> {
  return new Promise(resolve => client.once('close', resolve));
}

describe('connections of all protocols', () => {
  test('are listed in one shape, oldest first', async () => {
    await using server = await startTestServer();
    const { host, port } = server.mqtt;
    const sender = await mqtt.connectAsync({ host, port, protocolVersion: 4, clientId: 'sensor', reconnectPeriod: 0 });
    const amqp = rhea.create_container().connect({ ...server.amqp, username: 'anonymous', container_id: 'reader', reconnect: false });
    amqp.open_receiver('readings');
    await once(amqp, 'receiver_open');
    const reader = await mqtt.connectAsync({ host, port, protocolVersion: 5, clientId: 'screen', reconnectPeriod: 0 });
    await reader.subscribeAsync(['readings/+', 'alarms'], { qos: 1 });
    const common = { user: 'anonymous', addressSpace: 'default', unsettled: 0, unsentBytes: 0 };
    const shown = (await list(server)).map(({ status: { since, peer, ...status } }) => {
      assert.match(peer as string, /^127\.0\.0\.1:\d+$/);
      assert.ok(Math.abs(Date.parse(since as string) - Date.now()) < 60_000);
      return status;
    });
    assert.deepEqual(shown, [
      { ...common, protocol: 'MQTT 3.1.1', client: 'sensor', subscriptions: 0 },
      { ...common, protocol: 'AMQP 1.0', client: 'reader', subscriptions: 1, sessions: 1, links: 1 },
      { ...common, protocol: 'MQTT 5.0', client: 'screen', subscriptions: 2 },
    ]);
    const closed = once(amqp, 'connection_close');
    amqp.close();
    await Promise.all([closed, sender.endAsync(), reader.endAsync()]);
  });

  test('what a client has not settled is counted', async () => {
    await using server = await startTestServer();
    const client = await mqtt.connectAsync({ ...server.mqtt, reconnectPeriod: 0, customHandleAcks: () => {}, protocolVersion: 5 });
    await client.subscribeAsync('unsettled', { qos: 1 });
    const come = new Promise(resolve => client.once('packetreceive', resolve));
    await client.publishAsync('unsettled', 'x', { qos: 1 });
    await come;
    assert.equal((await list(server))[0]!.status.unsettled, 1);
    client.end(true);
  });

  test('are closed by their id: a client of MQTT 5.0 hears why, one of 3.1.1 that it is over', async () => {
    await using server = await startTestServer();
    const [old, fresh] = await Promise.all(
      ([4, 5] as const).map(protocolVersion => mqtt.connectAsync({ ...server.mqtt, protocolVersion, reconnectPeriod: 0 })),
    );
    const heard = new Promise<IDisconnectPacket>(resolve => fresh!.once('disconnect', resolve));
    const ended = [old!, fresh!].map(closed);
    const items = await list(server);
    for (const shown of items) assert.equal(await close(server, shown), 204);
    const { reasonCode, properties } = await heard;
    assert.equal(reasonCode, 0x98);
    assert.match(properties!.reasonString!, /closed by anonymous over the HTTP API/);
    await Promise.all(ended);
    assert.equal(await close(server, items[0]!), 404);
  });
});
