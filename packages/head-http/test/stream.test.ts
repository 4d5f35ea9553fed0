import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SpawnedServer, spawnServer, startTestServer, type TestServer, temporaryFolder } from '@angarium/testkit';
import { EventReader } from './support/event-reader.ts';
import { ADDRESSES, assertProblem, call, declare } from './support/http-client.ts';
import { JsonClient } from './support/json-client.ts';

const JSON_ANSWER = { accept: 'application/json' };

async function fill(server: TestServer, bodies: readonly string[], declared = false): Promise<void> {
  if (!declared) await declare(server, 's', { type: 'stream' });
  for (const body of bodies) {
    const answer = await call(server, 'POST', '/m/s', { body, headers: { 'content-type': 'text/plain' } });
    assert.equal(answer.status, 202, answer.text);
  }
}

async function received(server: TestServer, query: string): Promise<unknown[]> {
  const answer = await call(server, 'POST', `/m/s:receive?settle=auto&${query}`, { headers: JSON_ANSWER });
  assert.equal(answer.status, 200, answer.text);
  return (answer.json.messages as { streamOffset: number; body: unknown }[]).map(({ streamOffset, body }) => [streamOffset, body]);
}

test('a request reads a stream from where it says, as often as it likes', async () => {
  await using server = await startTestServer();
  await fill(server, ['a', 'b', 'c', 'd']);
  const all = ['a', 'b', 'c', 'd'].map((body, offset) => [offset, body]);
  for (const [offset, first] of [
    ['first', 0],
    ['last', 3],
    ['2', 2],
    ['2', 2],
    ['1d', 0],
    ['2020-01-01T00:00:00Z', 0],
  ] as const)
    assert.deepEqual(await received(server, `count=10&offset=${offset}`), all.slice(first), `offset=${offset}`);
  assert.deepEqual(await received(server, 'count=2&offset=1'), all.slice(1, 3));
  assert.deepEqual(await received(server, 'count=2&offset=next'), []);
  const one = await call(server, 'POST', '/m/s:receive?settle=auto&offset=1');
  assert.deepEqual([one.text, one.headers['angarium-stream-offset']], ['b', '1']);
  const again = await call(server, 'POST', '/m/s', { body: one.bytes, headers: { 'angarium-stream-offset': '1' } });
  assert.equal(again.status, 202, 'what was received can be sent as it is');
});

test('a lease of a message of a stream that is released comes again to the same reader', async () => {
  await using server = await startTestServer();
  await fill(server, ['a', 'b']);
  const receive = () => call(server, 'POST', '/m/s:receive?subscription=r&durable=true&offset=first&wait=5s');
  const first = await receive();
  assert.equal(first.text, 'a');
  const settle = (lease: unknown, outcome: string) => call(server, 'POST', '/m/s:settle', { body: JSON.stringify({ lease, outcome }) });
  assert.equal((await settle(first.headers['angarium-lease'], 'released')).status, 200);
  const again = await receive();
  assert.equal(again.text, 'a');
  assert.equal((await settle(again.headers['angarium-lease'], 'accepted')).status, 200);
  assert.equal((await receive()).text, 'b');
});

test('a named reader goes on where it was, after a restart too, and its lag shows', async () => {
  await using folder = await temporaryFolder();
  const path = '/m/s:receive?count=2&wait=5s&subscription=r&durable=true&offset=first';
  const bodies = async (server: TestServer): Promise<unknown[]> => {
    const { messages } = (await call(server, 'POST', path, { headers: JSON_ANSWER })).json as {
      messages: { body: string; lease: string }[];
    };
    const lease = messages.map(message => message.lease);
    // Answered when it is on disk.
    assert.equal((await call(server, 'POST', '/m/s:settle', { body: JSON.stringify({ lease }) })).status, 200);
    return messages.map(({ body }) => body);
  };
  {
    await using server = await startTestServer({ dataDir: folder.path });
    await fill(server, ['a', 'b', 'c']);
    assert.deepEqual(await bodies(server), ['a', 'b']);
    const { status } = (await call(server, 'GET', `${ADDRESSES}/s`)).json as { status: { readers: unknown } };
    assert.deepEqual(status.readers, [{ name: 'r', offset: 2, lag: 1, consumers: 1 }]);
  }
  await using server = await startTestServer({ dataDir: folder.path });
  assert.deepEqual(await bodies(server), ['c']);
  const reader = `${ADDRESSES}/s/subscriptions/r`;
  assertProblem(await call(server, 'DELETE', reader), 409, 'address-in-use');
  assert.equal((await call(server, 'DELETE', `${reader}?force=true`)).status, 204);
  assertProblem(await call(server, 'DELETE', reader), 404, 'subscription-not-found');
});

test('an offset that means nothing is refused, and so is one of an address that is no stream', async () => {
  await using server = await startTestServer();
  await fill(server, []);
  await declare(server, 'q', { type: 'queue' });
  assertProblem(await call(server, 'POST', '/m/s:receive?offset=tomorrow'), 400, 'request-invalid');
  assertProblem(await call(server, 'POST', '/m/q:receive?offset=first'), 400, 'request-invalid');
  assertProblem(await call(server, 'GET', '/m/q:events?offset=first'), 400, 'request-invalid');
});

test('an event of a stream has its offset as its id, from which a reader goes on after a restart', async () => {
  await using folder = await temporaryFolder();
  let last: string | undefined;
  {
    await using server = await startTestServer({ dataDir: folder.path });
    await fill(server, ['a', 'b', 'c']);
    const reader = await EventReader.open(server, '/m/s:events?offset=first');
    for (const body of ['a', 'b']) {
      const event = await reader.next();
      assert.equal(event.data.body, body);
      last = event.id;
    }
    reader.close();
  }
  assert.equal(last, '1');
  await using server = await startTestServer({ dataDir: folder.path });
  const reader = await EventReader.open(server, '/m/s:events?offset=first', { 'last-event-id': last });
  assert.deepEqual([(await reader.next()).data.body], ['c']);
  await fill(server, ['d'], true);
  const event = await reader.next();
  assert.deepEqual([event.id, event.data.body], ['3', 'd']);
  reader.close();
});

test('a WebSocket reads a stream from where it says', async () => {
  await using server = await startTestServer();
  await fill(server, ['a', 'b', 'c']);
  await using client = await JsonClient.open(server, '/ws');
  client.send({ type: 'subscribe', id: 's1', address: 's', offset: 1 });
  assert.equal((await client.next()).type, 'subscribed');
  for (const [offset, body] of [
    [1, 'b'],
    [2, 'c'],
  ] as const) {
    const { message } = (await client.next()) as { message: { streamOffset: number; body: string } };
    assert.deepEqual([message.streamOffset, message.body], [offset, body]);
  }
});

/** Sends one message after the other until the server is gone; answers those that were accepted. */
async function sendUntilGone(server: SpawnedServer, worker: string): Promise<string[]> {
  const accepted: string[] = [];
  for (let number = 0; ; number++) {
    const durable = number % 2 === 0;
    const body = `${worker}-${number}`;
    try {
      const { status } = await call(server, 'POST', '/m/s', {
        body,
        headers: { 'content-type': 'text/plain', 'angarium-durable': String(durable) },
      });
      assert.equal(status, 202);
      if (durable) accepted.push(body);
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      return accepted;
    }
  }
}

test('a reader of events goes on exactly where it was whenever the server is killed under load', async () => {
  const KILLS = 2;
  const EVENTS = 100;
  let server = await spawnServer();
  await using started = new AsyncDisposableStack();
  started.defer(() => server[Symbol.asyncDispose]());
  await declare(server, 's', { type: 'stream' });
  const seen: unknown[] = [];
  const accepted: string[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const senders = Array.from({ length: 8 }, (_, worker) => sendUntilGone(server, `${kill}-${worker}`));
    const headers = seen.length === 0 ? {} : { 'last-event-id': String(seen.length - 1) };
    const reader = await EventReader.open(server, '/m/s:events?offset=first', headers);
    for (const end = seen.length + EVENTS; seen.length < end; ) {
      const { id, data } = await reader.next();
      assert.equal(id, String(seen.length), 'no offset is left out, and none comes twice');
      seen.push(data.body);
    }
    await server.kill('SIGKILL');
    reader.close();
    for (const bodies of await Promise.all(senders)) accepted.push(...bodies);
    server = await server.restart();
  }
  const kept: unknown[] = [];
  for (;;) {
    const { json } = await call(server, 'POST', `/m/s:receive?settle=auto&count=100&offset=${kept.length}`, { headers: JSON_ANSWER });
    const messages = json.messages as { body: unknown }[];
    if (messages.length === 0) break;
    kept.push(...messages.map(({ body }) => body));
  }
  assert.deepEqual(kept.slice(0, seen.length), seen, 'what was seen is there, under the same offsets');
  const missing = accepted.filter(body => !kept.includes(body));
  assert.deepEqual(missing, []);
  assert.ok(accepted.length > EVENTS / 4);
});
