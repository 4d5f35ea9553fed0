import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Properties, REASON } from '@angarium/codec-mqtt';
import { hashPassword } from '@angarium/server';
import { formatScramCredentials, makeScramCredentials } from '@angarium/server/scram-credentials';
import { ScramClient, startTestServer, type TestServer } from '@angarium/testkit';
import type { ScramMechanism } from '@angarium/transport';
import mqtt, { type IConnackPacket } from 'mqtt';
import { connectPacket, packetBytes, RawClient } from './support/raw-client.ts';

const METHODS: readonly ScramMechanism[] = ['SCRAM-SHA-256', 'SCRAM-SHA-512'];
const METHOD = METHODS[0]!;

async function userOf(name: string, password: string) {
  const credentials = async (method: ScramMechanism) => formatScramCredentials(method, (await makeScramCredentials(method, password))!);
  return {
    name,
    passwordHash: await hashPassword(password),
    scramSha256: await credentials('SCRAM-SHA-256'),
    scramSha512: await credentials('SCRAM-SHA-512'),
  };
}

function saying(authenticationData: Uint8Array | undefined, authenticationMethod: string = METHOD): { properties: Properties } {
  return { properties: { authenticationMethod, ...(authenticationData && { authenticationData }) } };
}

/** A client that has been challenged, and who it says it is. */
async function challenged(
  server: TestServer,
  user: string,
  password: string,
  method = METHOD,
): Promise<[RawClient, ScramClient, Uint8Array]> {
  const client = await RawClient.connect(server.mqtt);
  const scram = new ScramClient(method, user, password);
  client.write(connectPacket({ ...saying(scram.first, method) }));
  const auth = await client.next('auth');
  assert.equal(auth.reasonCode, REASON.continueAuthentication, '[MQTT-4.12.0-2]');
  assert.equal(auth.properties?.authenticationMethod, method, '[MQTT-4.12.0-5]');
  return [client, scram, auth.properties.authenticationData!];
}

/** A client that was let in by a method. */
async function letIn(server: TestServer, user: string, password: string, method = METHOD): Promise<RawClient> {
  const [client, scram, challenge] = await challenged(server, user, password, method);
  client.write({ kind: 'auth', reasonCode: REASON.continueAuthentication, ...saying(scram.final(challenge), method) });
  const { reasonCode, properties } = await client.next('connack');
  assert.equal(reasonCode, REASON.success);
  assert.equal(properties?.authenticationMethod, method, '[MQTT-4.12.0-5]');
  assert.ok(scram.verifies(properties.authenticationData), 'the server knows the password too');
  return client;
}

describe('enhanced authentication (section 4.12)', { concurrency: true }, () => {
  let server: TestServer;

  before(async () => {
    const users = [await userOf('anna', 'sesam'), await userOf('otto', 'öffne')];
    server = await startTestServer({ http: 'off', amqp: 'off', mqttConnectTimeoutMs: 4000, users });
  });
  after(() => server[Symbol.asyncDispose]());

  for (const method of METHODS)
    test(`[MQTT-4.12.0-2] [MQTT-4.12.0-5] ${method} lets a user in, and the server proves itself in CONNACK`, async () => {
      await using client = await letIn(server, 'anna', 'sesam', method);
      await client.subscribe('enhanced');
      await client.publish('enhanced', 'x', { qos: 2 });
      assert.equal(await client.take(), 'x');
    });

  for (const [what, user, password] of [
    ['a wrong password', 'anna', 'open'],
    ['an unknown user', 'nobody', 'sesam'],
  ] as const)
    test(`[MQTT-4.12.0-4] ${what} is refused in CONNACK with not authorized`, async () => {
      const [client, scram, challenge] = await challenged(server, user, password);
      await using _client = client;
      client.write({ kind: 'auth', reasonCode: REASON.continueAuthentication, ...saying(scram.final(challenge)) });
      const connack = await client.next('connack');
      assert.equal(connack.reasonCode, REASON.notAuthorized);
      assert.equal(connack.properties?.authenticationMethod, undefined);
      await client.ended();
    });

  for (const method of ['GS2-KRB5', 'PLAIN', 'scram-sha-256'])
    test(`[MQTT-4.12.0-1] the method ${method}, which is not offered, is refused as such`, async () => {
      await using client = await RawClient.connect(server.mqtt);
      client.write(connectPacket(saying(undefined, method)));
      assert.equal((await client.next('connack')).reasonCode, REASON.badAuthenticationMethod);
      await client.ended();
    });

  test('data that is none of the method’s is refused with not authorized', async () => {
    await using client = await RawClient.connect(server.mqtt);
    client.write(connectPacket(saying(Buffer.from('n,,what'))));
    assert.equal((await client.next('connack')).reasonCode, REASON.notAuthorized);
    await client.ended();
  });

  for (const [what, packet] of [
    ['PINGREQ', { kind: 'pingreq' }],
    ['AUTH that begins again', { kind: 'auth', reasonCode: REASON.reauthenticate, ...saying(Buffer.from('x')) }],
    ['AUTH of another method', { kind: 'auth', reasonCode: REASON.continueAuthentication, ...saying(Buffer.from('x'), METHODS[1]) }],
    ['AUTH of success', { kind: 'auth', reasonCode: REASON.success, ...saying(Buffer.from('x')) }],
    ['CONNECT', connectPacket()],
  ] as const)
    test(`[MQTT-3.1.2-30] ${what} of a client that was challenged is a protocol error`, async () => {
      const [client] = await challenged(server, 'anna', 'sesam');
      await using _client = client;
      client.write(packet);
      assert.equal((await client.next('connack')).reasonCode, REASON.protocolError);
      await client.ended();
    });

  test('a client that was challenged may leave', async () => {
    const [client] = await challenged(server, 'anna', 'sesam');
    await using _client = client;
    await client.leave();
    assert.deepEqual(client.unread('connack'), []);
  });

  test('a client that was challenged and says nothing is cut off in time', async () => {
    const [client] = await challenged(server, 'otto', 'öffne', METHODS[1]);
    await using _client = client;
    await client.ended(15_000);
  });

  test('packets that come at once with the last AUTH are worked on after CONNACK', async () => {
    const [client, scram, challenge] = await challenged(server, 'otto', 'öffne');
    await using _client = client;
    const auth = packetBytes({ kind: 'auth', reasonCode: REASON.continueAuthentication, ...saying(scram.final(challenge)) });
    client.send(Buffer.concat([auth, packetBytes({ kind: 'pingreq' })]));
    assert.equal((await client.next('connack')).reasonCode, REASON.success);
    await client.next('pingresp');
  });

  test('[MQTT-4.12.1-1] a client says again who it is while messages flow', async () => {
    await using client = await letIn(server, 'anna', 'sesam', METHODS[1]);
    await client.subscribe('again');
    for (let round = 0; round < 2; round++) {
      const scram = new ScramClient('SCRAM-SHA-512', 'anna', 'sesam');
      client.write({ kind: 'auth', reasonCode: REASON.reauthenticate, ...saying(scram.first, METHODS[1]) });
      const challenge = await client.next('auth');
      await client.publish('again', 'meanwhile', { qos: 1 });
      assert.equal(await client.take(), 'meanwhile');
      const data = scram.final(challenge.properties!.authenticationData!);
      client.write({ kind: 'auth', reasonCode: REASON.continueAuthentication, ...saying(data, METHODS[1]) });
      const { reasonCode, properties } = await client.next('auth');
      assert.equal(reasonCode, REASON.success);
      assert.ok(scram.verifies(properties?.authenticationData));
    }
    await client.fence();
  });

  for (const [what, user, password] of [
    ['with a wrong password', 'anna', 'open'],
    ['as somebody else', 'otto', 'öffne'],
  ] as const)
    test(`[MQTT-4.12.1-2] a client that says again who it is ${what} has to go`, async () => {
      await using client = await letIn(server, 'anna', 'sesam');
      const scram = new ScramClient(METHOD, user, password);
      client.write({ kind: 'auth', reasonCode: REASON.reauthenticate, ...saying(scram.first) });
      const { properties } = await client.next('auth');
      client.write({ kind: 'auth', reasonCode: REASON.continueAuthentication, ...saying(scram.final(properties!.authenticationData!)) });
      await client.dismissed(REASON.notAuthorized);
    });

  test('[MQTT-4.12.1-1] to begin again with another method is a protocol error, and so is to go on with nothing', async () => {
    for (const [reasonCode, method] of [
      [REASON.reauthenticate, METHODS[1]],
      [REASON.continueAuthentication, METHOD],
    ] as const) {
      await using client = await letIn(server, 'otto', 'öffne');
      client.write({ kind: 'auth', reasonCode, ...saying(Buffer.from('x'), method) });
      await client.dismissed(REASON.protocolError);
    }
  });

  test('[MQTT-4.12.0-6] [MQTT-4.12.0-7] without a method in CONNECT there is none in CONNACK, and AUTH is a protocol error', async () => {
    await using client = await RawClient.open(server.mqtt, { userName: 'anna', password: Buffer.from('sesam') });
    assert.equal(client.connack?.properties?.authenticationMethod, undefined);
    client.write({ kind: 'auth', reasonCode: REASON.reauthenticate, ...saying(Buffer.from('x')) });
    await client.dismissed(REASON.protocolError);
  });

  test('the client mqtt of npm is let in by SCRAM', async () => {
    const scram = new ScramClient(METHOD, 'anna', 'sesam');
    const properties = { authenticationMethod: METHOD, authenticationData: scram.first };
    const client = mqtt.connect({ ...server.mqtt, protocolVersion: 5, reconnectPeriod: 0, manualConnect: true, properties });
    client.handleAuth = ({ properties: asked }, answer) => {
      const authenticationData = scram.final(asked!.authenticationData!);
      answer(undefined, { cmd: 'auth', reasonCode: REASON.continueAuthentication, properties: { ...properties, authenticationData } });
    };
    const connected = new Promise<IConnackPacket>((resolve, reject) => client.once('connect', resolve).once('error', reject));
    client.connect();
    assert.ok(scram.verifies((await connected).properties?.authenticationData));
    await client.publishAsync('enhanced/npm', 'x', { qos: 2 });
    await client.endAsync();
  });
});
