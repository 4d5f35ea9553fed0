import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLogger } from '@angarium/server';
import { startTestServer, type TestServer } from '@angarium/testkit';
import type { ConnectionStatus } from '@angarium/transport';
import { RawClient, textOf } from './support/raw-client.ts';

const KEPT = { sessionExpiryInterval: 100 };
const OFF = { http: 'off', amqp: 'off' } as const;
const BODY = new Uint8Array(90_000);
const UNSENT_MAX = 1_048_576;

/** Lines of the log with these words. */
function logOf(): { logger: ReturnType<typeof createLogger>; lines: (words: string) => Record<string, unknown>[] } {
  const all: { msg: string }[] = [];
  const stream = { write: (line: string) => void all.push(JSON.parse(line)) };
  return {
    logger: createLogger({ level: 'info', format: 'json', stream }),
    lines: words => all.filter(({ msg }) => msg.includes(words)) as unknown as Record<string, unknown>[],
  };
}

async function unsentBytesTo(server: TestServer, client: string): Promise<number> {
  const answer = await fetch(`${server.http}/apis/angarium.dev/v1/connections`);
  const { items } = (await answer.json()) as { items: { status: ConnectionStatus }[] };
  return items.find(({ status }) => status.client === client)!.status.unsentBytes;
}

describe('a subscriber that does not take what it is sent', () => {
  test('misses QoS 0, which is said once, and gets all of QoS 1 later, in order; nobody else notices', async () => {
    const { logger, lines } = logOf();
    await using server = await startTestServer({ amqp: 'off', logger, mqttUnsentBytesMax: UNSENT_MAX });
    await using slow = await RawClient.open(server.mqtt, { clientId: 'slow', properties: KEPT });
    await using quick = await RawClient.open(server.mqtt, { clientId: 'quick' });
    for (const client of [slow, quick]) await client.subscribe([{ filter: 'slow', qos: 1 }]);
    slow.socket.pause();
    await using sender = await RawClient.open(server.mqtt);
    let sent = 0;
    // Until the socket and all its buffers are full, and then some.
    for (let beyond = 0; beyond < 50; ) {
      sender.put('slow', BODY);
      await sender.fence();
      sent++;
      if ((await unsentBytesTo(server, 'slow')) > UNSENT_MAX) beyond++;
      assert.equal((await quick.next('publish')).payload.length, BODY.length);
    }
    assert.ok((await unsentBytesTo(server, 'slow')) < 2 * UNSENT_MAX, 'what waits for it is bounded');
    for (let i = 0; i < 20; i++) await sender.publish('slow', `kept ${i}`, { qos: 1 });
    for (let i = 0; i < 20; i++) assert.equal(await quick.take(), `kept ${i}`);
    const [line, ...more] = lines('are left out');
    assert.deepEqual([line?.clientId, more], ['slow', []]);
    slow.socket.resume();
    let light = 0;
    for (let kept = 0; kept < 20; ) {
      const publish = await slow.next('publish');
      if (publish.qos === 0) light++;
      else {
        assert.equal(textOf(publish), `kept ${kept++}`);
        assert.equal(publish.duplicate, false);
        slow.ack('puback', publish.packetId!);
      }
    }
    assert.ok(light > 0 && light <= sent - 25, `${light} of ${sent} came`);
    await sender.publish('slow', 'quick again');
    assert.equal(await slow.take(), 'quick again');
  });

  test('is cut off when it takes nothing for too long, has its will, and goes on later', async () => {
    const { logger, lines } = logOf();
    await using server = await startTestServer({ ...OFF, logger, mqttStallTimeoutMs: 600 });
    await using watcher = await RawClient.open(server.mqtt);
    await watcher.subscribe('stalled/will');
    const will = { topic: 'stalled/will', payload: Buffer.from('gone'), qos: 1, retain: false } as const;
    await using slow = await RawClient.open(server.mqtt, { clientId: 'stalled', properties: KEPT, will });
    await slow.subscribe([{ filter: 'stalled', qos: 1 }]);
    slow.socket.pause();
    await using sender = await RawClient.open(server.mqtt);
    for (let i = 0; i < 200 && lines('takes nothing').length === 0; i++) await sender.publish('stalled', BODY, { qos: 1 });
    assert.equal(await watcher.take(), 'gone');
    assert.equal(lines('takes nothing')[0]!.clientId, 'stalled');
    await slow.vanish();
    await using again = await RawClient.open(server.mqtt, { clientId: 'stalled', cleanStart: false, properties: KEPT });
    assert.equal((await again.next('publish')).payload.length, BODY.length);
  });
});
