import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { ADDRESSES, call, declare } from './support/http-client.ts';
import { JsonClient } from './support/json-client.ts';

const LATER = { 'angarium-delivery-delay': '1h' };
const sequence = 'angarium-sequence';

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server[Symbol.asyncDispose]());

const stored = (name: string): number => server.broker.space(undefined).find(name)!.stored;

test('the answer to a scheduled message has its number, by which it is cancelled', async () => {
  await declare(server, 'q', { type: 'queue' });
  assert.equal((await call(server, 'POST', '/m/q', { body: 'now' })).headers[sequence], undefined);
  // The one is read in front of Node's parser, the other, with a query, behind it.
  const answers = [
    await call(server, 'POST', '/m/q', { body: 'later', headers: LATER }),
    await call(server, 'POST', '/m/q?wait=1s', { body: 'later', headers: { ...LATER, 'angarium-durable': 'false' } }),
  ];
  assert.deepEqual(
    answers.map(({ status, headers }) => [status, headers[sequence]]),
    [
      [202, '1'],
      [202, '2'],
    ],
  );
  for (const { headers } of answers)
    assert.equal((await call(server, 'DELETE', `${ADDRESSES}/q/messages/${headers[sequence]}`)).status, 204);
  assert.equal(stored('q'), 1);
});

test('each message of a batch has its own', async () => {
  await declare(server, 'batch', { type: 'queue' });
  const body = '{"body":1}\n{"body":2,"deliveryDelay":"1h"}\n{"body":3,"deliveryTime":"2100-01-01T00:00:00Z"}\n';
  const { json } = await call(server, 'POST', '/m/batch', { body, headers: { 'content-type': 'application/x-ndjson' } });
  assert.deepEqual(json.outcomes, [{ status: 202 }, { status: 202, sequence: 1 }, { status: 202, sequence: 2 }]);
});

test('so has one over a WebSocket', async () => {
  await declare(server, 'socket', { type: 'queue' });
  await using client = await JsonClient.open(server, '/ws');
  client.send({ type: 'send', id: 1, address: 'socket', message: { body: 1, deliveryDelay: '1h' } });
  assert.deepEqual(await client.next(), { type: 'accepted', id: 1, sequence: 0 });
});

test('what is not stored in a queue, or was before, has none', async () => {
  await declare(server, 'topic', { type: 'topic' });
  await declare(server, 'once', { type: 'queue', duplicates: { windowMs: 60_000 } });
  await declare(server, 'away', { type: 'queue', diverts: [{ to: 'once', move: true }] });
  const send = async (name: string, id: string) =>
    (await call(server, 'POST', `/m/${name}`, { body: 'x', headers: { ...LATER, 'angarium-message-id': id } })).headers[sequence];
  assert.deepEqual(
    [await send('topic', 'a'), await send('away', 'b'), await send('once', 'c'), await send('once', 'c')],
    [undefined, undefined, '1', undefined],
  );
});
