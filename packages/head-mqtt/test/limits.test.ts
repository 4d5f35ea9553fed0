import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { REASON } from '@angarium/codec-mqtt';
import type { Limits } from '@angarium/core';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { connectPacket, RawClient } from './support/raw-client.ts';

const KEPT = { sessionExpiryInterval: 100 };

describe('what an address space may have', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off', amqp: 'off' });
  });
  after(() => server[Symbol.asyncDispose]());

  function limit(limits: Limits): void {
    server.broker.spaces.get('default')!.limits.change(limits);
  }

  async function refusal(clientId: string): Promise<number> {
    await using client = await RawClient.connect(server.mqtt);
    client.write(connectPacket({ clientId, properties: KEPT }));
    return (await client.next('connack')).reasonCode;
  }

  test('[MQTT-3.2.2-7] one connection too many hears so in its CONNACK, and another may come when one has gone', async () => {
    limit({ connectionsMax: 1 });
    {
      await using _first = await RawClient.open(server.mqtt);
      assert.equal(await refusal('second'), REASON.quotaExceeded);
    }
    const { allowance } = server.broker.spaces.get('default')!.limits;
    const until = performance.now() + 10_000;
    while (allowance.count('connections') > 0 && performance.now() < until) await new Promise(setImmediate);
    await using third = await RawClient.open(server.mqtt);
    assert.equal(third.connack?.reasonCode, REASON.success);
    limit({});
  });

  test('a session too many is refused; one’s own of before is not', async () => {
    limit({ sessionsMax: 1 });
    const first = await RawClient.open(server.mqtt, { clientId: 'first', properties: KEPT });
    await first.leave();
    assert.equal(await refusal('second'), REASON.quotaExceeded);
    await using again = await RawClient.open(server.mqtt, { clientId: 'first', cleanStart: false, properties: KEPT });
    assert.equal(again.connack?.sessionPresent, true);
    limit({});
  });

  test('a client that is held back for its rate is not taken for silent', async () => {
    limit({ messagesPerSecondMax: 10 });
    // After one and a half seconds without a packet a client of this keep alive is gone.
    await using client = await RawClient.open(server.mqtt, { keepAliveSeconds: 1 });
    const publish = { kind: 'publish', topic: 'held', payload: Buffer.from('x'), qos: 1, duplicate: false, retain: false } as const;
    // All in one chunk: the debt of three seconds is made at once, and the client has said all before it.
    client.write(...Array.from({ length: 30 }, (_, at) => ({ ...publish, packetId: at + 1 })));
    for (let at = 0; at < 30; at++) await client.next('puback');
    client.write({ kind: 'pingreq' });
    await client.next('pingresp');
    limit({});
  });

  test('beyond its rate what is published is taken later, and all of it', async () => {
    limit({ messagesPerSecondMax: 200 });
    await using reader = await RawClient.open(server.mqtt);
    await reader.subscribe('rated');
    await using writer = await RawClient.open(server.mqtt);
    const beginMs = performance.now();
    // The first fifth of a second is the burst and one chunk; the rest takes its time.
    for (let at = 0; at < 120; at++) await writer.publish('rated', `${at}`, { qos: 1 });
    const tookMs = performance.now() - beginMs;
    for (let at = 0; at < 120; at++) assert.equal(await reader.take(), `${at}`);
    assert.ok(tookMs >= 450, `120 messages at 200 a second took ${Math.round(tookMs)} ms`);
    limit({});
  });

  test('new connections bring nothing beyond the rate', async () => {
    limit({ messagesPerSecondMax: 20 });
    const beginMs = performance.now();
    for (let at = 0; at < 20; at++) {
      await using writer = await RawClient.open(server.mqtt);
      await writer.publish('rated', `${at}`, { qos: 1 });
    }
    const tookMs = performance.now() - beginMs;
    assert.ok(tookMs >= 600, `20 messages at 20 a second took ${Math.round(tookMs)} ms`);
    limit({});
  });
});
