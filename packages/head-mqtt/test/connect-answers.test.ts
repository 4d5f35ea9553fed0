import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Packet, REASON } from '@angarium/codec-mqtt';
import { hashPassword } from '@angarium/server';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { connectPacket, packetBytes, RawClient } from './support/raw-client.ts';

const KEPT = { sessionExpiryInterval: 100 };
const publish = (topic: string): Packet => ({
  kind: 'publish',
  topic,
  qos: 0,
  duplicate: false,
  retain: false,
  payload: new Uint8Array(1),
});

for (const version of [4, 5] as const)
  describe(`from CONNECT to CONNACK, MQTT ${version === 5 ? '5.0' : '3.1.1'}`, { concurrency: true }, () => {
    let server: TestServer;

    before(async () => {
      server = await startTestServer({ http: 'off', amqp: 'off' });
    });
    after(() => server[Symbol.asyncDispose]());

    test('[MQTT-3.2.0-1] [MQTT-3.2.0-2] CONNACK is the first packet, whatever waits for the client, and comes once', async () => {
      const connect = { version, clientId: 'waiting', cleanStart: false, ...(version === 5 && { properties: KEPT }) };
      await using sender = await RawClient.open(server.mqtt, { version });
      await using first = await RawClient.open(server.mqtt, connect);
      await first.subscribe('waiting');
      await first.vanish();
      for (const text of ['a', 'b']) await sender.publish('waiting', text, { qos: 1 });
      await using second = await RawClient.connect(server.mqtt, version);
      second.write(connectPacket(connect), { kind: 'pingreq' });
      while (!second.received.some(packet => packet !== 'end' && packet.kind === 'pingresp')) await sender.fence();
      const kinds = second.received.map(packet => (packet === 'end' ? packet : packet.kind));
      assert.equal(kinds[0], 'connack');
      assert.equal(kinds.filter(kind => kind === 'connack').length, 1);
      assert.equal(kinds.filter(kind => kind === 'publish').length, 2);
    });

    test('[MQTT-3.1.3-5] client identifiers of 1 to 23 letters and digits are taken', async () => {
      const characters = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
      const clientIds = [...characters, ...(characters.match(/.{1,23}/g) ?? [])];
      for (const clientId of clientIds) {
        await using client = await RawClient.open(server.mqtt, { version, clientId });
        assert.equal(client.connack?.properties?.assignedClientIdentifier, undefined);
      }
    });

    test('[MQTT-3.1.3-2] sessions of different client identifiers have nothing in common', async () => {
      const names = ['own', 'Own', 'own ', 'öwn'];
      const kept = version === 5 ? { properties: KEPT } : {};
      for (const clientId of names) {
        await using client = await RawClient.open(server.mqtt, { version, clientId, cleanStart: false, ...kept });
        assert.equal(client.connack?.sessionPresent, false);
        await client.subscribe(`own/${clientId}`);
        await client.leave();
      }
      await using sender = await RawClient.open(server.mqtt, { version });
      for (const name of names) await sender.publish(`own/${name}`, name, { qos: 1 });
      for (const clientId of names) {
        await using client = await RawClient.open(server.mqtt, { version, clientId, cleanStart: false, ...kept });
        assert.equal(client.connack?.sessionPresent, true);
        assert.equal(await client.take(), clientId);
        await client.nothing();
      }
    });

    test('[MQTT-3.1.4-6] (3.1.1: [MQTT-3.1.4-5]) nothing that comes behind a refused CONNECT is worked on', async () => {
      const users = [{ name: 'anna', passwordHash: await hashPassword('secret') }];
      await using guarded = await startTestServer({ http: 'off', amqp: 'off', users });
      const right = { version, userName: 'anna', password: Buffer.from('secret') };
      await using watcher = await RawClient.open(guarded.mqtt, right);
      await watcher.subscribe('behind');
      await using wrong = await RawClient.connect(guarded.mqtt, version);
      wrong.write(connectPacket({ ...right, password: Buffer.from('wrong') }), publish('behind'), { kind: 'pingreq' });
      assert.equal((await wrong.next('connack')).sessionPresent, false, '[MQTT-3.2.2-6] (3.1.1: [MQTT-3.2.2-4])');
      await wrong.ended();
      assert.deepEqual(wrong.received, []);
      await watcher.nothing();
    });

    test('[MQTT-3.12.4-1] PINGREQ is answered with PINGRESP', async () => {
      await using client = await RawClient.open(server.mqtt, { version });
      for (let i = 0; i < 3; i++) client.write({ kind: 'pingreq' });
      for (let i = 0; i < 3; i++) await client.next('pingresp');
    });

    test('[MQTT-3.14.4-1] [MQTT-3.14.4-2] nothing is worked on behind a DISCONNECT, and the server closes the connection', async () => {
      await using watcher = await RawClient.open(server.mqtt, { version });
      await watcher.subscribe('after/disconnect');
      await using client = await RawClient.open(server.mqtt, { version });
      const bytes = [{ kind: 'disconnect', reasonCode: 0 } as const, publish('after/disconnect')].map(each => packetBytes(each, version));
      client.send(Buffer.concat(bytes));
      await client.ended();
      await watcher.nothing();
    });

    test('[MQTT-3.1.2-14] (3.1.1: [MQTT-3.1.2-16]) a will without the retain flag is kept for nobody', async () => {
      await using watcher = await RawClient.open(server.mqtt, { version });
      await watcher.subscribe('will/plain');
      const will = { topic: 'will/plain', payload: Buffer.from('gone'), qos: 1, retain: false } as const;
      await using client = await RawClient.open(server.mqtt, { version, will });
      await client.vanish();
      assert.equal(await watcher.take(), 'gone');
      await using late = await RawClient.open(server.mqtt, { version });
      await late.subscribe('will/plain');
      await late.nothing();
    });

    test('[MQTT-3.1.4-3] (3.1.1: [MQTT-3.1.4-2]) a client that comes again ends its older connection', async () => {
      await using older = await RawClient.open(server.mqtt, { version, clientId: 'twice' });
      await using newer = await RawClient.open(server.mqtt, { version, clientId: 'twice' });
      await older.ended();
      await newer.fence();
    });
  });

describe('DISCONNECT of the server', () => {
  test('[MQTT-3.14.2-2] has no session expiry interval: nothing but the reason in words', async () => {
    await using server = await startTestServer({ http: 'off', amqp: 'off' });
    await using client = await RawClient.open(server.mqtt, { properties: KEPT });
    client.write(connectPacket());
    const { properties } = await client.dismissed(REASON.protocolError);
    assert.deepEqual(Object.keys(properties!), ['reasonString']);
  });
});
