import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { call } from '../packages/head-http/test/support/http-client.ts';
import { type Letter, PROTOCOLS, type Protocol } from './matrix/letter.ts';
import { type LetterReceiver, RECEIVERS } from './matrix/receivers.ts';
import { everySender, type LetterSender } from './matrix/senders.ts';

const letter = (words: string): Letter => ({ body: Buffer.from(words) });

async function read(receiver: LetterReceiver): Promise<string> {
  return (await receiver.next()).body.toString();
}

describe('a name with levels that nobody has declared is the same to all protocols', { concurrency: 1, timeout: 60_000 }, () => {
  let server: TestServer;
  let senders: ReadonlyMap<Protocol, LetterSender>;

  before(async () => {
    server = await startTestServer();
    senders = await everySender(server);
  });
  after(async () => {
    for (const sender of senders.values()) await sender[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const status = (name: string) => server.broker.space(undefined).find(name)?.status();

  // Who can name a pattern: HTTP's receivers in the matrix wait at an address that is there.
  for (const to of ['amqp', 'mqtt311', 'mqtt5', 'webSocket'] as const)
    for (const from of PROTOCOLS)
      test(`a subscriber over ${to} hears the first message from ${from}, and it is a topic`, async () => {
        const first = `plant-${to}-${from}`;
        await using receiver = await RECEIVERS[to](server, `${first}/+/temp`);
        await senders.get(from)!.send(`${first}/7/temp`, letter('warm'));
        assert.equal(await read(receiver), 'warm');
        assert.deepEqual([status(first)?.type, status(`${first}/7/temp`)], ['topic', undefined]);
      });

  for (const from of ['amqp', 'http', 'webSocket'] as const)
    test(`what came from ${from} before anybody subscribed is not lost, and a subscriber hears what comes then`, async () => {
      const name = `late-${from}/7/temp`;
      await senders.get(from)!.send(name, letter('first'));
      await using receiver = await RECEIVERS.mqtt5(server, `late-${from}/#`);
      await senders.get(from)!.send(name, letter('second'));
      assert.equal(await read(receiver), 'second');
      const kept = await call(server, 'POST', `/m/${name}:receive?settle=auto&count=10`, { headers: { accept: 'application/json' } });
      const texts = (kept.json.messages as { body: string }[]).map(({ body }) => body);
      assert.deepEqual(texts, ['first', 'second'], kept.text);
    });

  test('what MQTT publishes first makes a topic, which HTTP then publishes to', async () => {
    await senders.get('mqtt5')!.send('field/1', letter('nobody hears it'));
    await using receiver = await RECEIVERS.mqtt311(server, 'field/#');
    await senders.get('http')!.send('field/2', letter('heard'));
    assert.equal(await read(receiver), 'heard');
    assert.equal(status('field')?.type, 'topic');
  });

  test('events over HTTP may be those of a pattern', async () => {
    const asked = new AbortController();
    const response = await fetch(`${server.http}/m/events/%2B/temp:events`, { signal: asked.signal });
    await senders.get('amqp')!.send('events/7/temp', letter('warm'));
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of response.body!) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      if (text.includes('data:')) break;
    }
    asked.abort();
    assert.match(text, /"body":"warm"/);
  });
});
