import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { EventReader } from './support/event-reader.ts';
import { assertProblem, call, declare } from './support/http-client.ts';
import { JsonClient } from './support/json-client.ts';

const SELECTOR = `selector=${encodeURIComponent('n > 1 AND JMSPriority = 4')}`;

async function send(server: TestServer, address: string): Promise<void> {
  for (const n of [1, 2, 3]) {
    const headers = { 'angarium-property-n': `${n};int`, 'content-type': 'text/plain' };
    assert.equal((await call(server, 'POST', `/m/${address}`, { body: `m${n}`, headers })).status, 202);
  }
}

async function received(server: TestServer, target: string): Promise<unknown[]> {
  const { json, text } = await call(server, 'POST', target, { headers: { accept: 'application/json' } });
  assert.ok(json.messages, text);
  return (json.messages as { body: unknown }[]).map(({ body }) => body);
}

test('a request receives what its selector holds for, and others the rest', async () => {
  await using server = await startTestServer();
  await send(server, 'q');
  assert.deepEqual(await received(server, `/m/q:receive?settle=auto&count=5&${SELECTOR}`), ['m2', 'm3']);
  assert.deepEqual(await received(server, '/m/q:receive?settle=auto&count=5&selector='), ['m1']);
});

test('a reader of events gets what its selector holds for', async () => {
  await using server = await startTestServer();
  await declare(server, 't', { type: 'topic' });
  const reader = await EventReader.open(server, `/m/t:events?${SELECTOR}`);
  await send(server, 't');
  assert.deepEqual([(await reader.next()).data.body, (await reader.next()).data.body], ['m2', 'm3']);
  reader.close();
});

test('a subscription of a WebSocket gets what its selector holds for', async () => {
  await using server = await startTestServer();
  await send(server, 'q');
  await using client = await JsonClient.open(server, '/ws');
  client.send({ type: 'subscribe', id: 's', address: 'q', selector: 'n > 1' });
  assert.equal((await client.next()).type, 'subscribed');
  for (const body of ['m2', 'm3']) assert.equal(((await client.next()).message as { body: string }).body, body);
  client.send({ type: 'subscribe', id: 'wrong', address: 'q', selector: 'n >' });
  const { problem } = (await client.next()) as { problem: { code: string; detail: string } };
  assert.equal(problem.code, 'request-invalid');
  assert.match(problem.detail, /at character 4/);
});

test('a selector that is not valid is refused, and so is one for a direct address', async () => {
  await using server = await startTestServer();
  await declare(server, 'q', { type: 'queue' });
  await declare(server, 'd', { type: 'anycast' });
  const wrong = await call(server, 'POST', '/m/q:receive?selector=n%20%3E');
  assertProblem(wrong, 400, 'request-invalid');
  assert.match(wrong.json.detail as string, /at character 4/);
  assertProblem(await call(server, 'GET', '/m/q:events?selector=5'), 400, 'request-invalid');
  assertProblem(await call(server, 'POST', `/m/d:receive?${SELECTOR}`), 400, 'request-invalid');
});

test('a message with a delivery delay or time waits for it, and says so to its receiver', async () => {
  await using server = await startTestServer();
  const before = Date.now();
  const at = before + 1000;
  const later: readonly [body: string, headers: Record<string, string>][] = [
    ['delayed', { 'angarium-delivery-delay': '1s' }],
    ['timed', { 'angarium-delivery-time': new Date(at).toISOString() }],
    [JSON.stringify([{ body: 'delayed', deliveryDelay: '1s' }, { body: 'timed', deliveryTime: at }, { body: 'at once' }]), {}],
  ];
  for (const [body, headers] of later) {
    const batch = Object.keys(headers).length === 0;
    const contentType = batch ? 'application/json' : 'text/plain';
    const target = `/m/q${batch ? '?batch=json' : ''}`;
    assert.equal((await call(server, 'POST', target, { body, headers: { 'content-type': contentType, ...headers } })).status, 202);
  }
  const { json } = await call(server, 'POST', '/m/q:receive?settle=auto&count=10', { headers: { accept: 'application/json' } });
  assert.deepEqual(
    (json.messages as { body: unknown }[]).map(({ body }) => body),
    ['at once'],
  );
  const bodies: unknown[] = [];
  while (bodies.length < 4) {
    const answer = await call(server, 'POST', '/m/q:receive?settle=auto&wait=20s', { headers: { accept: 'application/json' } });
    for (const { body, annotations } of answer.json.messages as { body: unknown; annotations: Record<string, { value: string }> }[]) {
      bodies.push(body);
      const time = Date.parse(annotations['x-opt-delivery-time']!.value);
      assert.ok(time >= at - 1000 && time <= Date.now(), `${time}`);
    }
  }
  assert.ok(Date.now() >= at);
  assert.deepEqual(bodies.sort(), ['delayed', 'delayed', 'timed', 'timed']);
});

test('times that are none are refused', async () => {
  await using server = await startTestServer();
  for (const headers of [{ 'angarium-delivery-delay': 'soon' }, { 'angarium-delivery-time': 'tomorrow' }])
    assertProblem(await call(server, 'POST', '/m/q', { body: 'x', headers }), 400, 'request-invalid');
  for (const message of [{ deliveryDelay: -1 }, { deliveryDelay: 'soon' }, { deliveryTime: 'tomorrow' }, { deliveryTime: 0.5 }])
    assertProblem(
      await call(server, 'POST', '/m/q?batch=json', { body: JSON.stringify([message]), headers: { 'content-type': 'application/json' } }),
      400,
      'request-invalid',
    );
});
