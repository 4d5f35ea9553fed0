import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { test } from 'node:test';
import { startTestServer, temporaryFolder } from '@angarium/testkit';
import { EventReader } from './support/event-reader.ts';
import { ADDRESSES, assertProblem, call, declare } from './support/http-client.ts';

test('events of a queue come as they are sent, and are gone from it', async () => {
  await using server = await startTestServer();
  await call(server, 'POST', '/m/q', { body: 'before', headers: { 'content-type': 'text/plain' } });
  const reader = await EventReader.open(server, `${ADDRESSES}/q/events`);
  const first = await reader.next();
  assert.deepEqual([first.data.body, first.data.address, first.data.contentType], ['before', 'q', 'text/plain']);
  await call(server, 'POST', '/m/q', { body: '{"n":1}', headers: { 'content-type': 'application/json' } });
  assert.deepEqual((await reader.next()).data.body, { n: 1 });
  reader.close();
  const queue = server.broker.spaces.get('default')!.addresses.get('q')!;
  while (queue.links > 0) await new Promise(setImmediate);
  assert.equal(queue.stored, 0);
});

test('a reader that returns with its last event’s id gets what followed: what it had been sent, and what came meanwhile', async () => {
  await using server = await startTestServer();
  await declare(server, 'news', { type: 'topic' });
  const send = (body: string) => call(server, 'POST', '/m/news', { body });
  const reader = await EventReader.open(server, '/m/news:events');
  for (const body of ['one', 'two', 'three']) await send(body);
  const { id } = await reader.next();
  assert.deepEqual([(await reader.next()).data.body, (await reader.next()).data.body], ['two', 'three']);
  reader.close();
  await send('four');
  const returned = await EventReader.open(server, '/m/news:events', { 'last-event-id': id! });
  const bodies = [await returned.next(), await returned.next(), await returned.next()].map(({ data }) => data.body);
  assert.deepEqual(bodies, ['two', 'three', 'four']);
  const stranger = await EventReader.open(server, '/m/news:events', { 'last-event-id': `${crypto.randomUUID()}.1` });
  await send('five');
  assert.equal((await stranger.next()).data.body, 'five', 'an id that nobody knows begins anew');
  returned.close();
  stranger.close();
});

test('a named durable subscription keeps what comes while nobody reads', async () => {
  await using server = await startTestServer();
  await declare(server, 'news', { type: 'topic' });
  const path = '/m/news:events?subscription=desk&durable=true';
  (await EventReader.open(server, path)).close();
  const topic = server.broker.spaces.get('default')!.addresses.get('news')!;
  while (topic.links > 0) await new Promise(setImmediate);
  await call(server, 'POST', '/m/news', { body: 'kept' });
  const reader = await EventReader.open(server, path);
  assert.equal((await reader.next()).data.body, 'kept');
  reader.close();
});

test('a slow reader gets no more than it takes: the rest stays in the queue', async () => {
  await using server = await startTestServer();
  const body = 'x'.repeat(500_000);
  const slow = request(`${server.http}/m/q:events`, { agent: false });
  slow.on('error', () => slow.destroy());
  slow.end();
  const [response] = (await once(slow, 'response')) as [IncomingMessage];
  response.pause();
  for (let i = 0; i < 60; i++) assert.equal((await call(server, 'POST', '/m/q', { body })).status, 202);
  const queue = server.broker.spaces.get('default')!.addresses.get('q')!;
  assert.ok(queue.stored > 20, `${queue.stored} of 60 messages are in the queue`);
  let length = 0;
  for await (const chunk of response) {
    length += (chunk as Buffer).length;
    if (length > 60 * body.length) break;
  }
  slow.destroy();
});

test('the end of the address, and of the server, is told as an event', async () => {
  await using server = await startTestServer();
  await declare(server, 'a', { type: 'queue' });
  const reader = await EventReader.open(server, '/m/a:events');
  await call(server, 'DELETE', `${ADDRESSES}/a?force=true`);
  const last = await reader.next();
  assert.deepEqual([last.event, last.data.code], ['problem', 'address-deleted']);
  const other = await EventReader.open(server, '/m/b:events');
  const stopped = server.stop();
  assert.equal((await other.next()).data.code, 'server-stopping');
  await stopped;
});

test('a restart of the server loses nothing: what was written to no reader comes to the next one, of a queue and of a durable subscription', async () => {
  await using folder = await temporaryFolder();
  const padding = 'x'.repeat(50_000);
  const bodyOf = (number: number): string => `${number} ${padding}`;
  const sources = ['/m/q:events', '/m/t:events?subscription=s&durable=true'];
  const seen = sources.map(() => new Set<string>());
  const take = (into: Set<string>, text: string): void => {
    for (const match of text.matchAll(/^data: .*"body":"(\d+) x+".*$/gm)) into.add(match[1]!);
  };
  {
    await using server = await startTestServer({ dataDir: folder.path });
    await declare(server, 'q', { type: 'queue' });
    await declare(server, 't', { type: 'topic' });
    const readers = await Promise.all(
      sources.map(async source => {
        const asked = request(new URL(source, server.http), { agent: false }).end();
        const [response] = (await once(asked, 'response')) as [IncomingMessage];
        // It reads nothing more until the server stops.
        response.pause();
        return response;
      }),
    );
    for (let i = 0; i < 200; i++)
      for (const name of ['q', 't'])
        assert.equal(
          (await call(server, 'POST', `/m/${name}`, { body: bodyOf(i), headers: { 'content-type': 'text/plain' } })).status,
          202,
        );
    const stopped = server.stop();
    const over = readers.map(async (response, i) => {
      let text = '';
      response.on('data', chunk => {
        text += String(chunk);
      });
      // Cut off in the middle of what it was sent: that is what a server that stops does.
      response.on('error', () => {});
      const closed = new Promise(resolve => response.once('close', resolve));
      response.resume();
      await closed;
      take(seen[i]!, text);
    });
    await stopped;
    await Promise.all(over);
  }
  for (const of of seen) assert.ok(of.size < 200, 'some was left for the next reader');
  await using server = await startTestServer({ dataDir: folder.path });
  for (const [i, source] of sources.entries()) {
    const reader = await EventReader.open(server, source);
    while (seen[i]!.size < 200) seen[i]!.add(String((await reader.next()).data.body).split(' ')[0]!);
    reader.close();
  }
});

test('bad requests for events are problems', async () => {
  await using server = await startTestServer({ autoCreate: false });
  assertProblem(await call(server, 'GET', '/m/nowhere:events'), 404, 'address-not-found');
  assertProblem(await call(server, 'GET', '/m/q:events?durable=true'), 400, 'request-invalid');
  assertProblem(await call(server, 'POST', '/m/q:events'), 405, 'method-not-allowed');
});
