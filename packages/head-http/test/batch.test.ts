import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer } from '@angarium/testkit';
import fc from 'fast-check';
import { readMultipart } from '../src/multipart.ts';
import { RequestError } from '../src/problem.ts';
import { assertProblem, call, declare } from './support/http-client.ts';

const NDJSON = { 'content-type': 'application/x-ndjson' };

async function bodies(server: { http: string }, count: number): Promise<unknown[]> {
  const answer = await call(server, 'POST', `/m/q:receive?count=${count}&wait=5s&settle=auto`, { headers: { accept: 'application/json' } });
  return (answer.json.messages as { body: unknown }[]).map(({ body }) => body);
}

test('a JSON array, lines of JSON and parts of multipart are each a message', async () => {
  await using server = await startTestServer();
  const array = await call(server, 'POST', '/m/q?batch=json', {
    body: JSON.stringify([
      { body: 'one', subject: 's', properties: { n: 1, at: { type: 'timestamp', value: '2026-01-01T00:00:00Z' } } },
      { body: { two: 2 } },
    ]),
    headers: { 'content-type': 'application/json' },
  });
  assert.deepEqual([array.status, array.json], [202, { accepted: 2, refused: 0, outcomes: [{ status: 202 }, { status: 202 }] }]);
  const lines = await call(server, 'POST', '/m/q', {
    body: '{"body":"three"}\n\n{"body":"Zm91cg==","bodyEncoding":"base64"}\n',
    headers: NDJSON,
  });
  assert.equal(lines.status, 202, lines.text);
  const parts = await call(server, 'POST', '/m/q', {
    body: 'preamble\r\n--b\r\ncontent-type: text/plain\r\nangarium-subject: s\r\n\r\nfive\r\n--b\r\n\r\nsix\r\n--b--\r\n',
    headers: { 'content-type': 'multipart/mixed; boundary=b' },
  });
  assert.equal(parts.status, 202, parts.text);
  assert.deepEqual(await bodies(server, 6), ['one', { two: 2 }, 'three', 'four', 'five', 'six']);
});

test('a batch that the address takes in part is told message by message: 207', async () => {
  await using server = await startTestServer();
  await declare(server, 'q', { type: 'queue', messagesMax: 2 });
  const body = ['a', 'b', 'c'].map(text => JSON.stringify({ body: text })).join('\n');
  const answer = await call(server, 'POST', '/m/q', { body, headers: NDJSON });
  assert.equal(answer.status, 207);
  const outcomes = answer.json.outcomes as { status: number; code?: string }[];
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    [202, 202, 429],
  );
  assert.equal(outcomes[2]!.code, 'credit-short');
  assert.equal(answer.json.accepted, 2);
});

test('a batch of ten thousand messages is taken whole, though no producer has so much credit at once', async () => {
  await using server = await startTestServer();
  const body = Array.from({ length: 10_000 }, (_, i) => `{"body":"${i}"}`).join('\n');
  const answer = await call(server, 'POST', '/m/q', { body, headers: NDJSON });
  assert.deepEqual([answer.status, answer.json.accepted], [202, 10_000]);
  assertProblem(await call(server, 'POST', '/m/q', { body: `${body}\n{"body":"x"}`, headers: NDJSON }), 413, 'body-too-large');
});

test('a batch with a mistake is refused as a whole, and the mistake is named', async () => {
  await using server = await startTestServer();
  const bad = [
    '{',
    '[]',
    '{"body":1,"colour":"red"}',
    '{"body":"x","priority":11}',
    '{"body":"x","properties":[]}',
    '{"body":1,"bodyEncoding":"text"}',
  ];
  for (const line of bad) {
    const answer = await call(server, 'POST', '/m/q', { body: `{"body":"fine"}\n${line}`, headers: NDJSON });
    assertProblem(answer, 400, 'request-invalid');
  }
  const json = { 'content-type': 'application/json' };
  assertProblem(await call(server, 'POST', '/m/q?batch=json', { body: '{}', headers: json }), 400, 'request-invalid');
  assertProblem(
    await call(server, 'POST', '/m/q?batch=json', { body: '[]', headers: { 'content-type': 'text/plain' } }),
    415,
    'media-type-unsupported',
  );
  assertProblem(await call(server, 'POST', '/m/q?reply=1s', { body: '', headers: NDJSON }), 400, 'request-invalid');
  const multipart = { 'content-type': 'multipart/mixed; boundary=b' };
  for (const body of ['', '--b\r\n\r\nx', '--b\r\nno colon\r\n\r\nx\r\n--b--', '--bc\r\n\r\nx\r\n--b--'])
    assertProblem(await call(server, 'POST', '/m/q', { body, headers: multipart }), 400, 'request-invalid');
  assert.equal(server.broker.spaces.get('default')!.addresses.get('q')?.stored ?? 0, 0);
});

test('multipart: parts come out as they went in, and no input does more than be refused', () => {
  const limits = { partsMax: 100, headerBytesMax: 1000 };
  const part = fc.uint8Array({ maxLength: 40 }).filter(bytes => !Buffer.from(bytes).includes('--b'));
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), parts => {
      const body = Buffer.concat([
        ...parts.flatMap(bytes => [Buffer.from('--b\r\nx: y\r\n\r\n'), bytes, Buffer.from('\r\n')]),
        Buffer.from('--b--'),
      ]);
      const read = readMultipart(body, 'b', limits);
      assert.deepEqual(
        read.map(each => Buffer.from(each.body).toString('hex')),
        parts.map(each => Buffer.from(each).toString('hex')),
      );
    }),
  );
  const piece = fc.constantFrom('--b', '--b--', '\r\n', '\r\n\r\n', 'x: y', 'x', '-', ':');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), pieces => {
      try {
        readMultipart(Buffer.from(pieces.join('')), 'b', limits);
      } catch (error) {
        assert.ok(error instanceof RequestError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
