import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Qos, REASON } from '@angarium/codec-mqtt';
import type { Inbox } from '@angarium/core';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { RawClient, textOf } from './support/raw-client.ts';

const KEPT = { sessionExpiryInterval: 100 };

/** The inbox of a client that is gone, when the server knows that it is; the witness is another one that is there. */
async function leftInbox({ broker }: TestServer, clientId: string, witness: RawClient): Promise<Inbox> {
  const inbox = broker.space(undefined).inboxes.all.get(`mqtt:${clientId}`)!;
  const until = performance.now() + 8000;
  while (inbox.live !== undefined && performance.now() < until) await witness.fence();
  assert.equal(inbox.live, undefined);
  return inbox;
}

describe('quality of service (section 4.3)', { concurrency: true }, () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off', amqp: 'off', mqttReceiveMaximum: 10 });
  });
  after(() => server[Symbol.asyncDispose]());

  for (const version of [4, 5] as const) {
    for (const sent of [0, 1, 2] as const) {
      for (const granted of [0, 1, 2] as const) {
        const name = version === 5 ? '5.0' : '3.1.1';
        test(`[MQTT-3.8.4-8] ${name}: published with QoS ${sent}, granted ${granted}: comes with the lower of both`, async () => {
          await using client = await RawClient.open(server.mqtt, { version });
          const topic = `lower/${version}/${sent}/${granted}`;
          assert.deepEqual(await client.subscribe([{ filter: topic, qos: granted }]), [granted]);
          assert.equal(await client.publish(topic, 'x', { qos: sent }), REASON.success);
          const publish = await client.next('publish');
          assert.equal(publish.qos, Math.min(sent, granted));
          assert.equal(publish.duplicate, false, '[MQTT-3.3.1-2] [MQTT-3.3.1-3]');
          assert.equal(publish.packetId !== undefined, publish.qos > 0);
        });
      }
    }
  }

  test('[MQTT-4.3.2-4] QoS 1: PUBACK says no matching subscribers only where an address has nobody, and success on topics', async () => {
    await using client = await RawClient.open(server.mqtt);
    assert.equal(await client.publish('topic/of/nobody', 'x', { qos: 1 }), REASON.success);
  });

  test('[MQTT-4.3.3-10] QoS 2: a PUBLISH that comes again before PUBREL is answered, and not handed on again', async () => {
    await using watcher = await RawClient.open(server.mqtt);
    await watcher.subscribe('twice');
    await using client = await RawClient.open(server.mqtt);
    const packetId = client.put('twice', 'once', { qos: 2, packetId: 7 });
    assert.equal((await client.next('pubrec')).packetId, packetId);
    client.put('twice', 'once', { qos: 2, packetId, duplicate: true });
    assert.equal((await client.next('pubrec')).packetId, packetId);
    client.ack('pubrel', packetId);
    assert.equal((await client.next('pubcomp')).reasonCode, REASON.success);
    assert.equal(await watcher.take(), 'once');
    await watcher.nothing();
  });

  test('[MQTT-4.3.3-12] QoS 2: after PUBCOMP the packet identifier is that of a new message', async () => {
    await using client = await RawClient.open(server.mqtt);
    await client.subscribe('again');
    for (const text of ['first', 'second']) {
      assert.equal(await client.publish('again', text, { qos: 2, packetId: 9 }), REASON.success);
      assert.equal(await client.take(), text);
    }
  });

  test('[MQTT-4.3.3-11] PUBREL is answered with PUBCOMP, and one of an unknown identifier with its reason', async () => {
    await using client = await RawClient.open(server.mqtt);
    client.ack('pubrel', 99);
    const { packetId, reasonCode } = await client.next('pubcomp');
    assert.deepEqual({ packetId, reasonCode }, { packetId: 99, reasonCode: REASON.packetIdentifierNotFound });
  });

  test('PUBREC of an unknown identifier is answered with PUBREL and its reason; PUBACK and PUBCOMP of one are nothing', async () => {
    await using client = await RawClient.open(server.mqtt);
    client.ack('puback', 98);
    client.ack('pubcomp', 98);
    client.ack('pubrec', 98);
    assert.equal((await client.next('pubrel')).reasonCode, REASON.packetIdentifierNotFound);
    await client.fence();
  });

  test('[MQTT-4.4.0-2] PUBREC with an error ends the exchange: no PUBREL, and the identifier is free', async () => {
    await using client = await RawClient.open(server.mqtt, { properties: { receiveMaximum: 1 } });
    await client.subscribe('refused');
    await client.publish('refused', 'one', { qos: 2 });
    await client.publish('refused', 'two', { qos: 2 });
    const one = await client.next('publish');
    client.ack('pubrec', one.packetId!, REASON.unspecifiedError);
    assert.equal(await client.take(), 'two');
    assert.deepEqual(client.unread('pubrel'), []);
  });

  test('[MQTT-4.4.0-1] [MQTT-3.3.1-1] what was not acknowledged comes again with DUP and its packet identifier, in order', async () => {
    const clientId = 'again-1';
    await using sender = await RawClient.open(server.mqtt);
    await using first = await RawClient.open(server.mqtt, { clientId, properties: KEPT });
    await first.subscribe('resend/+');
    for (const [index, qos] of ([1, 2, 1, 2] as Qos[]).entries()) await sender.publish('resend/x', `${index}`, { qos });
    const before: { packetId: number | undefined; text: string }[] = [];
    for (let i = 0; i < 4; i++) {
      const publish = await first.next('publish');
      before.push({ packetId: publish.packetId, text: textOf(publish) });
    }
    await first.vanish();
    await using second = await RawClient.open(server.mqtt, { clientId, cleanStart: false, properties: KEPT });
    for (const { packetId, text } of before) {
      const publish = await second.next('publish');
      assert.deepEqual(
        { packetId: publish.packetId, text: textOf(publish), duplicate: publish.duplicate },
        { packetId, text, duplicate: true },
      );
    }
    await sender.publish('resend/x', 'new', { qos: 1 });
    const fresh = await second.next('publish');
    assert.equal(fresh.duplicate, false);
    assert.ok(!before.some(({ packetId }) => packetId === fresh.packetId), '[MQTT-2.2.1-4] an identifier that is in use is not given out');
  });

  test('[MQTT-4.3.3-6] after PUBREC the message does not come again: PUBREL does, with its identifier', async () => {
    const clientId = 'again-2';
    await using sender = await RawClient.open(server.mqtt);
    await using first = await RawClient.open(server.mqtt, { clientId, properties: KEPT });
    await first.subscribe('released');
    await sender.publish('released', 'x', { qos: 2 });
    const { packetId } = await first.next('publish');
    first.ack('pubrec', packetId!);
    await first.next('pubrel');
    await first.vanish();
    await using second = await RawClient.open(server.mqtt, { clientId, cleanStart: false, properties: KEPT });
    assert.equal((await second.next('pubrel')).packetId, packetId);
    await second.nothing();
    // It says PUBREC again, as if it had not heard the PUBREL.
    second.ack('pubrec', packetId!);
    assert.equal((await second.next('pubrel')).reasonCode, REASON.success);
    second.ack('pubcomp', packetId!);
    await second.vanish();
    await using third = await RawClient.open(server.mqtt, { clientId, cleanStart: false, properties: KEPT });
    await third.nothing();
    assert.deepEqual(third.unread('pubrel'), []);
  });

  test('a client that sends QoS 2 goes on after a break where it was, at each step', async () => {
    const clientId = 'again-3';
    await using watcher = await RawClient.open(server.mqtt);
    await watcher.subscribe('broken/+');
    const open = () => RawClient.open(server.mqtt, { clientId, cleanStart: false, properties: KEPT });
    await using first = await open();
    first.put('broken/a', 'once', { qos: 2, packetId: 5 });
    await first.next('pubrec');
    await first.vanish();
    // It has not heard the PUBREC, and sends again.
    await using second = await open();
    second.put('broken/a', 'once', { qos: 2, packetId: 5, duplicate: true });
    assert.equal((await second.next('pubrec')).reasonCode, REASON.success);
    await second.vanish();
    // It has, and goes on with PUBREL.
    await using third = await open();
    third.ack('pubrel', 5);
    assert.equal((await third.next('pubcomp')).reasonCode, REASON.success);
    await third.vanish();
    // It has not heard the PUBCOMP.
    await using fourth = await open();
    fourth.ack('pubrel', 5);
    assert.equal((await fourth.next('pubcomp')).reasonCode, REASON.packetIdentifierNotFound);
    assert.equal(await watcher.take(), 'once');
    await watcher.nothing();
  });

  test('[MQTT-4.6.0-5] [MQTT-4.6.0-6] messages of one topic and QoS come in their order, and are acknowledged in it', async () => {
    await using watcher = await RawClient.open(server.mqtt);
    await watcher.subscribe('ordered');
    await using client = await RawClient.open(server.mqtt);
    for (const qos of [0, 1, 2] as const) {
      const ids = Array.from({ length: 10 }, (_, i) => client.put('ordered', `${i}`, { qos }));
      if (qos > 0) for (const id of ids) assert.equal((await client.next(qos === 1 ? 'puback' : 'pubrec')).packetId, id, '[MQTT-4.6.0-2]');
      if (qos === 2) {
        for (const id of ids) client.ack('pubrel', id);
        for (const id of ids) assert.equal((await client.next('pubcomp')).packetId, id);
      }
      for (let i = 0; i < 10; i++) assert.equal(await watcher.take(), `${i}`);
    }
  });

  test('[MQTT-3.3.4-9] [MQTT-3.1.2-11] the client’s receive maximum is kept to exactly, with QoS 1 and 2 together, but not with QoS 0', async () => {
    await using client = await RawClient.open(server.mqtt, { properties: { receiveMaximum: 3 } });
    await client.subscribe('window');
    await using sender = await RawClient.open(server.mqtt);
    for (let i = 0; i < 8; i++) await sender.publish('window', `${i}`, { qos: i % 2 === 0 ? 1 : 2 });
    const open = [await client.next('publish'), await client.next('publish'), await client.next('publish')];
    await client.nothing();
    await sender.publish('window', 'at once');
    assert.equal(textOf(await client.next('publish')), 'at once');
    await client.nothing();
    client.ack('puback', open[0]!.packetId!);
    assert.equal(textOf(await client.next('publish')), '3');
    // QoS 2 counts until PUBCOMP.
    client.ack('pubrec', open[1]!.packetId!);
    await client.next('pubrel');
    await client.nothing();
    client.ack('pubcomp', open[1]!.packetId!);
    assert.equal(textOf(await client.next('publish')), '4');
    await client.nothing();
  });

  test('[MQTT-3.3.4-7] a client that sends more than the server’s receive maximum is dismissed; one that sends as many is not', async () => {
    await using client = await RawClient.open(server.mqtt);
    for (let round = 0; round < 3; round++) {
      const ids = Array.from({ length: 10 }, (_, i) => client.put('maximum', 'x', { qos: 2, packetId: i + 1 }));
      for (const id of ids) assert.equal((await client.next('pubrec')).packetId, id);
      for (const id of ids) client.ack('pubrel', id);
      for (const id of ids) assert.equal((await client.next('pubcomp')).packetId, id);
    }
    for (let i = 1; i <= 11; i++) client.put('maximum', 'x', { qos: 2, packetId: i });
    await client.dismissed(REASON.receiveMaximumExceeded);
  });

  test('[MQTT-4.3.3-7] what was begun to be sent comes again though its time has passed; what was not is gone', async () => {
    const clientId = 'begun';
    const brief = { messageExpiryInterval: 1 };
    await using sender = await RawClient.open(server.mqtt);
    await using first = await RawClient.open(server.mqtt, { clientId, properties: { ...KEPT, receiveMaximum: 2 } });
    await first.subscribe('brief');
    for (const text of ['a', 'b', 'waiting']) await sender.publish('brief', text, { qos: 2, properties: brief });
    const begun = [await first.next('publish'), await first.next('publish')];
    await first.vanish();
    const { queue } = await leftInbox(server, clientId, sender);
    const gone = performance.now() + 8000;
    while (queue.index.live > 2 && performance.now() < gone) await sender.fence();
    await using second = await RawClient.open(server.mqtt, { clientId, cleanStart: false, properties: KEPT });
    for (const { packetId } of begun) {
      const again = await second.next('publish');
      assert.deepEqual([again.packetId, again.duplicate, again.properties], [packetId, true, brief]);
      second.ack('pubrec', again.packetId!);
      second.ack('pubcomp', (await second.next('pubrel')).packetId!);
    }
    await second.nothing();
  });

  test('identifiers of messages that are gone when their client comes back are given out again', async () => {
    const clientId = 'gone-identifiers';
    await using sender = await RawClient.open(server.mqtt);
    await using first = await RawClient.open(server.mqtt, { clientId, properties: KEPT });
    await first.subscribe('purged');
    for (const text of ['a', 'b']) await sender.publish('purged', text, { qos: 2 });
    await first.next('publish');
    await first.next('publish');
    await first.vanish();
    (await leftInbox(server, clientId, sender)).queue.purge();
    await using second = await RawClient.open(server.mqtt, { clientId, cleanStart: false, properties: { ...KEPT, receiveMaximum: 1 } });
    for (const text of ['c', 'd']) {
      await sender.publish('purged', text, { qos: 2 });
      assert.equal(await second.take(), text);
    }
  });
});
