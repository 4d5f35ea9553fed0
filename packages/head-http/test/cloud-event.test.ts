import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer } from '@angarium/testkit';
import rhea from 'rhea';
import { AmqpClient } from './support/amqp-client.ts';
import { assertProblem, call } from './support/http-client.ts';

const EVENT = { specversion: '1.0', id: 'e1', source: '/shop', type: 'order.made', time: '2026-01-02T03:04:05Z', tenant: 'grün "x"' };
const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';

test('binary mode: ce- header fields are application properties of AMQP, and come back as they were', async () => {
  await using server = await startTestServer();
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  for (const [name, value] of Object.entries(EVENT)) headers[`ce-${name}`] = encodeURIComponent(value);
  const send = () => call(server, 'POST', '/m/q', { body: '{"total":1}', headers });
  assert.equal((await send()).status, 202);
  await using client = await AmqpClient.connect(server);
  const message = await client.next('q');
  const properties = Object.fromEntries(Object.entries(EVENT).map(([name, value]) => [`cloudEvents:${name}`, value]));
  assert.deepEqual([message.application_properties, message.content_type], [properties, 'application/json']);
  await send();
  const answer = await call(server, 'POST', '/m/q:receive?settle=auto');
  assert.equal(answer.text, '{"total":1}');
  for (const [name, value] of Object.entries(EVENT)) assert.equal(decodeURIComponent(String(answer.headers[`ce-${name}`])), value);
  assert.equal(answer.headers['ce-tenant'], 'gr%C3%BCn%20%22x%22');
});

test('an event of an AMQP client in binary mode is received in structured mode, with its lease', async () => {
  await using server = await startTestServer();
  await using client = await AmqpClient.connect(server);
  const sender = await client.sender('q');
  const { time: _time, ...attributes } = EVENT;
  const application_properties = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`cloudEvents_${name}`, value]));
  sender.send({ application_properties, content_type: 'application/json', body: rhea.message.data_section(Buffer.from('{"total":1}')) });
  sender.send({ application_properties, body: rhea.message.data_section(Buffer.from([0xff])) });
  const accept = { accept: STRUCTURED };
  const first = await call(server, 'POST', '/m/q:receive?wait=5s', { headers: accept });
  assert.equal(first.headers['content-type'], STRUCTURED);
  const { angariumlease, ...event } = first.json;
  assert.deepEqual(event, { ...attributes, datacontenttype: 'application/json', data: { total: 1 } });
  assert.equal((await call(server, 'POST', '/m/q:settle', { body: JSON.stringify({ lease: angariumlease }) })).status, 200);
  const second = await call(server, 'POST', '/m/q:receive?wait=5s&settle=auto', { headers: accept });
  assert.deepEqual(second.json, { ...attributes, data_base64: '/w==' });
  assert.equal((await call(server, 'POST', '/m/q:receive', { headers: accept })).status, 204);
});

test('structured mode goes through as AMQP’s structured mode, single and in batches; what is no event is wrapped in one', async () => {
  await using server = await startTestServer();
  const event = { ...EVENT, data: { total: 1 } };
  assert.equal((await call(server, 'POST', '/m/q', { body: JSON.stringify(event), headers: { 'content-type': STRUCTURED } })).status, 202);
  await using client = await AmqpClient.connect(server);
  const message = await client.next('q');
  assert.deepEqual([message.content_type, JSON.parse(message.body.content)], [STRUCTURED, event]);
  const batch = await call(server, 'POST', '/m/q', {
    body: JSON.stringify([event, { ...event, id: 'e2' }]),
    headers: { 'content-type': BATCH },
  });
  assert.deepEqual([batch.status, batch.json.accepted], [202, 2]);
  await call(server, 'POST', '/m/q', { body: 'plain', headers: { 'content-type': 'text/plain', 'angarium-message-id': 'm1' } });
  const received = await call(server, 'POST', '/m/q:receive?count=5&wait=5s&settle=auto', { headers: { accept: BATCH } });
  assert.equal(received.headers['content-type'], BATCH);
  assert.deepEqual(received.json, [
    event,
    { ...event, id: 'e2' },
    { specversion: '1.0', id: 'm1', source: '/addresses/q', type: 'dev.angarium.message', datacontenttype: 'text/plain', data: 'plain' },
  ]);
});

test('what says that it is an event and is none is refused', async () => {
  await using server = await startTestServer();
  const bad: [string, Record<string, string>][] = [
    ['x', { 'ce-id': '1' }],
    ['x', { 'ce-id': '1', 'ce-source': '/', 'ce-type': 't', 'ce-specversion': '0.3' }],
    ['{"id":"1"}', { 'content-type': STRUCTURED }],
    ['7', { 'content-type': STRUCTURED }],
    ['[{"id":"1"}]', { 'content-type': BATCH }],
  ];
  for (const [body, headers] of bad) assertProblem(await call(server, 'POST', '/m/q', { body, headers }), 400, 'request-invalid');
});
