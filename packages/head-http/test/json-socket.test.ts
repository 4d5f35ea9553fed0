import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { startTestServer } from '@angarium/testkit';
import { WebSocket } from 'ws';
import { call, declare } from './support/http-client.ts';
import { type Frame, JsonClient } from './support/json-client.ts';

test('messages are sent and received as JSON, and settle by themselves', async () => {
  await using server = await startTestServer();
  await using client = await JsonClient.open(server, '/ws');
  client.send({ type: 'subscribe', id: 's1', address: 'q' });
  assert.deepEqual(await client.next(), { type: 'subscribed', id: 's1', address: 'q' });
  client.send({ type: 'send', id: 1, address: 'q', message: { body: { n: 1 }, subject: 'first' } });
  const frames = [await client.next(), await client.next()];
  const accepted = frames.find(({ type }) => type === 'accepted')!;
  const message = frames.find(({ type }) => type === 'message')!;
  assert.deepEqual(accepted, { type: 'accepted', id: 1 });
  assert.deepEqual([message.id, (message.message as Frame).body, (message.message as Frame).subject], ['s1', { n: 1 }, 'first']);
  client.send({ type: 'unsubscribe', id: 's1' });
  assert.deepEqual(await client.next(), { type: 'unsubscribed', id: 's1' });
  assert.equal(server.broker.spaces.get('default')!.addresses.get('q')!.stored, 0);
});

test('a client that settles by hand gets no more than its credit, and its outcome is the sender’s', async () => {
  await using server = await startTestServer();
  await declare(server, 'direct', { type: 'anycast' });
  await using client = await JsonClient.open(server, '/apis/angarium.dev/v1/addressspaces/default/addresses/direct/ws');
  client.send({ type: 'subscribe', id: 's', settle: 'manual', credit: 1 });
  await client.next();
  const first = call(server, 'POST', '/m/direct?wait=10s', { body: 'one' });
  const { delivery, message } = await client.next();
  assert.equal((message as Frame).body, 'one');
  assert.equal((await call(server, 'POST', '/m/direct', { body: 'two' })).status, 429);
  client.send({ type: 'settle', id: 9, delivery: [delivery, 99], outcome: 'rejected', reason: 'no' });
  assert.deepEqual(await client.next(), { type: 'settled', id: 9, settled: 1, gone: 1 });
  assert.equal((await first).status, 422);
  const second = call(server, 'POST', '/m/direct?wait=10s', { body: 'two' });
  client.send({ type: 'credit', id: 's', credit: 5 });
  const next = await client.next();
  client.send({ type: 'settle', delivery: next.delivery });
  assert.equal((await second).status, 202);
});

test('deliveries of a client that goes away come back as a failed attempt', async () => {
  await using server = await startTestServer();
  await call(server, 'POST', '/m/q', { body: 'x' });
  {
    await using client = await JsonClient.open(server, '/ws');
    client.send({ type: 'subscribe', id: 's', address: 'q', settle: 'manual', credit: 1 });
    await client.next();
    assert.equal((await client.next()).type, 'message');
  }
  const answer = await call(server, 'POST', '/m/q:receive?wait=5s&settle=auto');
  assert.deepEqual([answer.text, answer.headers['angarium-delivery-count']], ['x', '1']);
});

test('mistakes are problems with the frame’s id, and the socket stays', async () => {
  await using server = await startTestServer();
  await using client = await JsonClient.open(server, '/ws');
  const bad = [
    '{',
    '[]',
    { type: 'dance' },
    { type: 'send', address: 'q' },
    { type: 'send', message: { body: 'x' } },
    { type: 'subscribe', address: 'q' },
    { type: 'subscribe', id: 's', address: 'q', settle: 'perhaps' },
    { type: 'subscribe', id: 's', address: 'q', credit: -1 },
    { type: 'credit', id: 'nobody', credit: 1 },
    { type: 'settle', delivery: 1, outcome: 'lost' },
  ];
  for (const frame of bad) {
    client.send(frame);
    const { type, problem } = await client.next();
    assert.deepEqual([type, (problem as Frame).code], ['problem', 'request-invalid'], JSON.stringify(frame));
  }
  client.send({ type: 'send', id: 'i', address: 'a*b', message: { body: '' } });
  const refused = await client.next();
  assert.deepEqual([refused.id, (refused.problem as Frame).code], ['i', 'address-name-invalid']);
});

test('a slow reader gets no more than it takes: the rest stays in the queue', async () => {
  await using server = await startTestServer();
  const body = 'x'.repeat(500_000);
  await using client = await JsonClient.open(server, '/ws');
  client.send({ type: 'subscribe', id: 's', address: 'q' });
  await client.next();
  client.socket.pause();
  for (let i = 0; i < 60; i++) assert.equal((await call(server, 'POST', '/m/q', { body })).status, 202);
  const queue = server.broker.spaces.get('default')!.addresses.get('q')!;
  assert.ok(queue.stored > 20, `${queue.stored} of 60 messages are in the queue`);
  client.socket.resume();
  for (let i = 0; i < 60; i++) assert.equal((await client.next()).type, 'message');
});

test('when the server stops, clients are told with code 1001; foreign pages are refused', async () => {
  await using server = await startTestServer();
  await using client = await JsonClient.open(server, '/ws');
  const foreign = new WebSocket(`${server.http.replace('http', 'ws')}/ws`, { headers: { origin: 'https://evil.example' } });
  const [, response] = (await once(foreign, 'unexpected-response')) as [unknown, IncomingMessage];
  assert.equal(response.statusCode, 403);
  response.resume();
  await once(response, 'end');
  const closed = once(client.socket, 'close');
  await server.stop();
  assert.equal((await closed)[0], 1001);
});
