import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Connect, type Packet, REASON, type Subscription } from '@angarium/codec-mqtt';
import { hashPassword } from '@angarium/server';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { connectPacket, packetBytes, RawClient } from './support/raw-client.ts';

/** CONNECT without its fixed header, and what a changed byte in it means. */
function bent(connect: Partial<Connect>, change: (bytes: Uint8Array) => void): Uint8Array {
  const bytes = packetBytes(connectPacket(connect));
  change(bytes);
  return bytes;
}

describe('CONNECT (section 3.1)', { concurrency: true }, () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off', amqp: 'off', mqttReceiveMaximum: 20, mqttTopicAliasMaximum: 7 });
  });
  after(() => server[Symbol.asyncDispose]());

  for (const [name, packet] of [
    ['PINGREQ', { kind: 'pingreq' }],
    ['PUBLISH', { kind: 'publish', topic: 'a', qos: 0, duplicate: false, retain: false, payload: new Uint8Array(1) }],
    ['DISCONNECT', { kind: 'disconnect', reasonCode: 0 }],
  ] as const satisfies [string, Packet][]) {
    test(`[MQTT-3.1.0-1] a connection that begins with ${name} is closed without a word`, async () => {
      await using client = await RawClient.connect(server.mqtt);
      client.write(packet);
      await client.ended();
      assert.deepEqual(client.received, []);
    });
  }

  test('[MQTT-3.1.0-2] a second CONNECT is a protocol error', async () => {
    await using client = await RawClient.open(server.mqtt);
    client.write(connectPacket());
    await client.dismissed(REASON.protocolError);
  });

  test('[MQTT-3.1.2-1] another protocol name is refused', async () => {
    await using client = await RawClient.connect(server.mqtt, 4);
    client.send(bent({}, bytes => bytes.set(Buffer.from('MQTZ'), 4)));
    assert.equal((await client.next('connack')).reasonCode, 1);
    await client.ended();
  });

  test('[MQTT-3.1.2-2] another protocol level is answered with unacceptable protocol version, as 3.1.1 says it', async () => {
    await using client = await RawClient.connect(server.mqtt, 4);
    client.send(bent({}, bytes => bytes.fill(6, 8, 9)));
    assert.equal((await client.next('connack')).reasonCode, 1);
    await client.ended();
  });

  test('[MQTT-3.1.2-3] the reserved flag is malformed', async () => {
    await using client = await RawClient.connect(server.mqtt);
    client.send(bent({}, bytes => bytes.fill(3, 9, 10)));
    assert.equal((await client.next('connack')).reasonCode, REASON.malformedPacket);
    await client.ended();
  });

  test('[MQTT-3.2.2-2] [MQTT-3.2.2-3] session present says whether there was one, and clean start ends it', async () => {
    const clientId = 'session-present';
    const properties = { sessionExpiryInterval: 100 };
    for (const [cleanStart, present] of [
      [false, false],
      [false, true],
      [true, false],
      [false, true],
    ] as const) {
      await using client = await RawClient.open(server.mqtt, { clientId, cleanStart, properties });
      assert.equal(client.connack?.sessionPresent, present);
      await client.leave();
    }
  });

  test('[MQTT-3.1.2-4] clean start discards the subscriptions and the messages of the session', async () => {
    const clientId = 'clean-start';
    const properties = { sessionExpiryInterval: 100 };
    await using sender = await RawClient.open(server.mqtt);
    await using first = await RawClient.open(server.mqtt, { clientId, properties });
    await first.subscribe('clean/start');
    await first.leave();
    await sender.publish('clean/start', 'kept', { qos: 1 });
    await using second = await RawClient.open(server.mqtt, { clientId, properties });
    await sender.publish('clean/start', 'for nobody', { qos: 1 });
    await second.nothing();
  });

  test('a session without an expiry interval ends with its connection', async () => {
    const clientId = 'short';
    await using first = await RawClient.open(server.mqtt, { clientId, cleanStart: false });
    await first.leave();
    await using second = await RawClient.open(server.mqtt, { clientId, cleanStart: false });
    assert.equal(second.connack?.sessionPresent, false);
  });

  test('3.1.1: a session without clean session is kept, with it is not', async () => {
    for (const [cleanStart, present] of [
      [false, false],
      [false, true],
      [true, false],
      [false, false],
    ] as const) {
      await using client = await RawClient.open(server.mqtt, { version: 4, clientId: 'of-3.1.1', cleanStart });
      assert.equal(client.connack?.sessionPresent, present);
      await client.leave();
    }
  });

  test('[MQTT-3.1.3-6] [MQTT-3.2.2-16] a client without an identifier is assigned one of its own', async () => {
    await using one = await RawClient.open(server.mqtt);
    await using other = await RawClient.open(server.mqtt);
    const names = [one, other].map(({ connack }) => connack?.properties?.assignedClientIdentifier);
    assert.ok(names[0] && names[1] && names[0] !== names[1]);
    await using named = await RawClient.open(server.mqtt, { clientId: 'named' });
    assert.equal(named.connack?.properties?.assignedClientIdentifier, undefined);
  });

  test('3.1.1 [MQTT-3.1.3-8] a client without an identifier that wants its session kept is refused', async () => {
    await using client = await RawClient.connect(server.mqtt, 4);
    client.write(connectPacket({ version: 4, cleanStart: false }));
    assert.equal((await client.next('connack')).reasonCode, 2);
    await client.ended();
  });

  test('[MQTT-3.1.3-8] an identifier that is too long is refused', async () => {
    await using client = await RawClient.connect(server.mqtt);
    client.write(connectPacket({ clientId: 'x'.repeat(513) }));
    assert.equal((await client.next('connack')).reasonCode, REASON.clientIdentifierNotValid);
    await client.ended();
  });

  test('[MQTT-3.1.4-3] a client that comes again takes its session over, and the older connection hears so', async () => {
    const clientId = 'taken-over';
    const properties = { sessionExpiryInterval: 100 };
    await using older = await RawClient.open(server.mqtt, { clientId, properties });
    await older.subscribe('taken/over');
    await using newer = await RawClient.open(server.mqtt, { clientId, cleanStart: false, properties });
    await older.dismissed(REASON.sessionTakenOver);
    assert.equal(newer.connack?.sessionPresent, true);
    await newer.publish('taken/over', 'here', { qos: 1 });
    assert.equal(await newer.take(), 'here');
  });

  test('a session that was to end with its connection has ended when it is taken over', async () => {
    const clientId = 'ended-by-takeover';
    await using kept = await RawClient.open(server.mqtt, { clientId, properties: { sessionExpiryInterval: 100 } });
    await kept.leave();
    await using short = await RawClient.open(server.mqtt, { clientId, cleanStart: false });
    assert.equal(short.connack?.sessionPresent, true);
    await using last = await RawClient.open(server.mqtt, { clientId, cleanStart: false });
    await short.dismissed(REASON.sessionTakenOver);
    assert.equal(last.connack?.sessionPresent, false);
  });

  test('[MQTT-3.2.2-21] CONNACK names the limits of the server', async () => {
    await using client = await RawClient.open(server.mqtt);
    const { receiveMaximum, topicAliasMaximum, maximumPacketSize } = client.connack!.properties!;
    assert.deepEqual(
      { receiveMaximum, topicAliasMaximum, maximumPacketSize },
      { receiveMaximum: 20, topicAliasMaximum: 7, maximumPacketSize: 16_700_000 },
    );
  });

  test('[MQTT-3.1.2-28] response information comes to those who ask for it', async () => {
    await using silent = await RawClient.open(server.mqtt);
    assert.equal(silent.connack?.properties?.responseInformation, undefined);
    await using asking = await RawClient.open(server.mqtt, { clientId: 'asking', properties: { requestResponseInformation: true } });
    assert.equal(asking.connack?.properties?.responseInformation, 'response/asking/');
  });

  test('[MQTT-3.1.2-29] reasons in words come, but not to those who do not want them', async () => {
    for (const requestProblemInformation of [true, false]) {
      await using client = await RawClient.open(server.mqtt, { properties: { requestProblemInformation } });
      client.write(connectPacket());
      const { properties } = await client.dismissed(REASON.protocolError);
      assert.equal(properties?.reasonString !== undefined, requestProblemInformation);
    }
  });

  test('[MQTT-3.14.2-3] reasons in words are left out where the packet would be larger than the client takes', async () => {
    await using client = await RawClient.open(server.mqtt, { clientId: 'words', properties: { maximumPacketSize: 20 } });
    client.write(connectPacket());
    const { properties } = await client.dismissed(REASON.protocolError);
    assert.equal(properties?.reasonString, undefined);
    assert.ok(client.sizes.at(-1)! <= 20);
  });

  for (const [maximumPacketSize, clientId, said] of [
    [15, 'tiny', 5],
    [5, 'tiny', 5],
    [4, 'tiny', 0],
    [50, '', 5],
  ] as const)
    test(`[MQTT-3.1.2-24] a client that takes ${maximumPacketSize} bytes is refused in ${said}, since CONNACK has more`, async () => {
      await using client = await RawClient.connect(server.mqtt);
      client.write(connectPacket({ clientId, properties: { maximumPacketSize } }));
      if (said > 0) assert.equal((await client.next('connack')).reasonCode, REASON.packetTooLarge);
      await client.ended();
      assert.deepEqual(client.sizes, said > 0 ? [said] : []);
    });

  test('[MQTT-3.1.2-25] a SUBACK that is larger than the client takes is left out, and the subscriptions stand', async () => {
    await using client = await RawClient.open(server.mqtt, { clientId: 'suback', properties: { maximumPacketSize: 20 } });
    const filters = Array.from({ length: 20 }, (_, i) => ({
      filter: `s/${i}`,
      qos: 0,
      noLocal: false,
      retainAsPublished: false,
      retainHandling: 0,
    }));
    client.write({ kind: 'subscribe', packetId: 1, subscriptions: filters as Subscription[] });
    await client.publish('s/19', 'x');
    assert.equal(await client.take(), 'x');
    assert.deepEqual(client.unread('suback'), []);
  });

  test('an authentication method is not offered, and AUTH without one is a protocol error', async () => {
    await using asking = await RawClient.connect(server.mqtt);
    asking.write(connectPacket({ properties: { authenticationMethod: 'SCRAM-SHA-256' } }));
    assert.equal((await asking.next('connack')).reasonCode, REASON.badAuthenticationMethod);
    await asking.ended();
    await using plain = await RawClient.open(server.mqtt);
    plain.write({ kind: 'auth', reasonCode: REASON.reauthenticate, properties: { authenticationMethod: 'SCRAM-SHA-256' } });
    await plain.dismissed(REASON.protocolError);
  });

  test('[MQTT-3.1.4-6] packets that follow CONNECT at once are worked on in their order, wherever they are cut', async () => {
    const properties = { sessionExpiryInterval: 100 };
    await using watcher = await RawClient.open(server.mqtt);
    await watcher.subscribe('at/once/+');
    for (const cut of [1, 30, 60, 75]) {
      await using client = await RawClient.connect(server.mqtt);
      const publish = (text: string) =>
        packetBytes({ kind: 'publish', topic: `at/once/${text}`, qos: 0, duplicate: false, retain: false, payload: Buffer.from(text) });
      const bytes = Buffer.concat([
        packetBytes(connectPacket({ clientId: `at-once-${cut}`, properties })),
        publish('one'),
        publish('two'),
        publish('three'),
      ]);
      // Its session is kept, so the server waits for its disk before it answers; the second part comes meanwhile, or later.
      client.send(bytes.subarray(0, cut));
      await watcher.fence();
      client.send(bytes.subarray(cut));
      await client.next('connack');
      for (const text of ['one', 'two', 'three']) assert.equal(await watcher.take(), text);
      await client.fence();
    }
  });

  test('[MQTT-3.1.2-24] a server keep alive is told where the client’s is longer, and a shorter one stays', async () => {
    await using strict = await startTestServer({ http: 'off', amqp: 'off', mqttKeepAliveSecondsMax: 30 });
    for (const [asked, told] of [
      [0, 30],
      [31, 30],
      [30, undefined],
      [5, undefined],
    ] as const) {
      await using client = await RawClient.open(strict.mqtt, { keepAliveSeconds: asked });
      assert.equal(client.connack?.properties?.serverKeepAlive, told);
    }
  });

  test('[MQTT-3.1.2-22] a client that says nothing for one and a half times its keep alive is dismissed', async context => {
    await using client = await RawClient.open(server.mqtt, { keepAliveSeconds: 1 });
    await using old = await RawClient.open(server.mqtt, { version: 4, keepAliveSeconds: 1 });
    await using lively = await RawClient.open(server.mqtt, { keepAliveSeconds: 1 });
    const since = performance.now();
    const beating = setInterval(() => lively.write({ kind: 'pingreq' }), 300);
    context.after(() => clearInterval(beating));
    await client.dismissed(REASON.keepAliveTimeout);
    assert.ok(performance.now() - since >= 1450, 'not too early');
    await old.ended();
    assert.deepEqual(old.received, []);
    await lively.fence();
  });

  test('a session expiry interval beyond the server’s is told', async () => {
    await using strict = await startTestServer({ http: 'off', amqp: 'off', mqttSessionExpirySecondsMax: 60 });
    await using long = await RawClient.open(strict.mqtt, { clientId: 'long', properties: { sessionExpiryInterval: 0xffff_ffff } });
    assert.equal(long.connack?.properties?.sessionExpiryInterval, 60);
    await using fine = await RawClient.open(strict.mqtt, { clientId: 'fine', properties: { sessionExpiryInterval: 59 } });
    assert.equal(fine.connack?.properties?.sessionExpiryInterval, undefined);
  });

  test('a connection without CONNECT is cut in time, even one that sends a byte now and then', async context => {
    await using hasty = await startTestServer({ http: 'off', amqp: 'off', mqttConnectTimeoutMs: 600 });
    await using silent = await RawClient.connect(hasty.mqtt);
    await using trickling = await RawClient.connect(hasty.mqtt);
    const bytes = packetBytes(connectPacket({ clientId: 'x'.repeat(400) }));
    let at = 0;
    const dripping = setInterval(() => trickling.send(bytes.subarray(at, ++at)), 100);
    context.after(() => clearInterval(dripping));
    await silent.ended();
    await trickling.ended();
    assert.deepEqual([...silent.received, ...trickling.received], []);
  });
});

describe('credentials', { concurrency: true }, () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off', amqp: 'off', users: [{ name: 'anna', passwordHash: await hashPassword('secret') }] });
  });
  after(() => server[Symbol.asyncDispose]());

  test('a user with the right password is let in, also with packets that come before the password is checked', async () => {
    await using client = await RawClient.connect(server.mqtt);
    const connect = packetBytes(connectPacket({ userName: 'anna', password: Buffer.from('secret') }));
    const ping = packetBytes({ kind: 'pingreq' });
    // One whole packet, and the beginning of a second, whose end comes later.
    client.send(Buffer.concat([connect, ping, ping.subarray(0, 1)]));
    client.send(ping.subarray(1));
    assert.equal((await client.next('connack')).reasonCode, REASON.success);
    await client.next('pingresp');
    await client.next('pingresp');
  });

  for (const version of [4, 5] as const) {
    test(`a wrong password is refused in MQTT ${version === 5 ? '5.0' : '3.1.1'}`, async () => {
      await using client = await RawClient.connect(server.mqtt, version);
      client.write(connectPacket({ version, userName: 'anna', password: Buffer.from('wrong') }));
      assert.equal((await client.next('connack')).reasonCode, version === 5 ? REASON.badUserNameOrPassword : 4);
      await client.ended();
    });

    test(`nobody is let in without a password in MQTT ${version === 5 ? '5.0' : '3.1.1'}, once there are users`, async () => {
      await using client = await RawClient.connect(server.mqtt, version);
      client.write(connectPacket({ version }));
      assert.equal((await client.next('connack')).reasonCode, version === 5 ? REASON.notAuthorized : 5);
      await client.ended();
    });
  }
});
