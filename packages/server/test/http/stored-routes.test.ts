import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { ADDRESSES, type Answer, assertProblem, call, callRaw } from '../support/call-api.ts';
import { fillServer } from '../support/one-of-everything.ts';

const MESSAGES = '/apis/angarium.dev/v1/addressspaces/default/messages';

interface Line {
  readonly kind: string;
  readonly address?: string;
  readonly [field: string]: unknown;
}

async function exported(server: TestServer): Promise<{ text: string; lines: readonly Line[] }> {
  const { status, type, text } = await callRaw(server, 'GET', `${MESSAGES}:export`);
  assert.deepEqual([status, type], [200, 'application/x-ndjson'], text);
  return {
    text,
    lines: text
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line)),
  };
}

async function imported(server: TestServer, text: string): Promise<Answer> {
  return await call(server, 'POST', `${MESSAGES}:import`, { text, headers: { 'content-type': 'application/x-ndjson' } });
}

/** What differs from one server to the other. */
function comparable(lines: readonly Line[]): readonly unknown[] {
  return lines.map(({ storedAt: _storedAt, ...rest }) => rest);
}

describe('export and import of messages', () => {
  let from: TestServer;
  let to: TestServer;

  before(async () => {
    from = await startTestServer();
    await fillServer(from);
    to = await startTestServer();
    for (const address of from.broker.space(undefined).addresses.values()) {
      const { plan: _plan, ...spec } = from.broker.space(undefined).declaredSpec(address);
      await call(to, 'PUT', `${ADDRESSES}/${address.name}`, { body: { spec } });
    }
  });

  after(async () => {
    await from[Symbol.asyncDispose]();
    await to[Symbol.asyncDispose]();
  });

  test('a space goes to another server: what is exported there is the same', async () => {
    const { text, lines } = await exported(from);
    assert.deepEqual(
      lines.map(({ kind, address = 'retained' }) => `${kind.slice('Stored'.length)} ${address}`),
      [
        'Message copies',
        'Message dead',
        ...Array(3).fill('Message events'),
        'Reader events',
        ...Array(2).fill('Message measured'),
        'Subscription news',
        'Message news',
        ...Array(8).fill('Message orders'),
        'Message prices',
        'Message retained',
      ],
    );
    const { status, body } = await imported(to, text);
    assert.deepEqual([status, body], [200, { imported: 18, expired: 0 }]);
    assert.deepEqual(comparable((await exported(to)).lines), comparable(lines));
    const { body: page } = await call(to, 'GET', `${ADDRESSES}/orders/messages`);
    const { body: before } = await call(from, 'GET', `${ADDRESSES}/orders/messages`);
    // The time to live is what is left of it, and falls.
    const seen = ({ items }: { items?: unknown }): unknown =>
      (items as { message: object }[]).map(({ message }) => ({ ...message, ttl: 0 }));
    assert.deepEqual(seen(page), seen(before), 'clients see the same messages');
  });

  test('messages of any size come in pieces of any size', async () => {
    await call(from, 'PUT', `${ADDRESSES}/large`, { body: { spec: { type: 'queue' } } });
    await call(to, 'PUT', `${ADDRESSES}/large`, { body: { spec: { type: 'queue' } } });
    const body = 'x'.repeat(3_000_000);
    await call(from, 'POST', `${ADDRESSES}/large/messages`, { text: body, headers: { 'content-type': 'text/plain' } });
    const { lines } = await exported(from);
    const large = lines.filter(({ address }) => address === 'large');
    const { body: report } = await imported(to, large.map(line => JSON.stringify(line)).join('\n'));
    assert.deepEqual(report, { imported: 1, expired: 0 });
    const received = await callRaw(to, 'POST', `${ADDRESSES}/large/messages:receive?wait=10s&settle=auto`);
    assert.equal(received.text, body);
  });

  test('a line that cannot be is refused with its number, and those before it are stored', async () => {
    const good = JSON.stringify((await exported(from)).lines.find(({ address }) => address === 'measured'));
    const refusals: [line: string, status: number, code: string, words: RegExp][] = [
      ['{', 400, 'request-invalid', /^Line 3: it is not JSON\. The 1 messages of the lines before it are stored\.$/],
      ['{"kind":"Address"}', 400, 'request-invalid', /^Line 3: its kind is "Address", and has to be one of StoredMessage/],
      ['null', 400, 'request-invalid', /its kind is undefined/],
      [good.replace('"priority":4', '"priority":14'), 400, 'request-invalid', /^Line 3: it\/priority/],
      [good.replace('"priority":4', '"priority":4,"colour":"red"'), 400, 'request-invalid', /colour/],
      [good.replace(/"message":"/, '"message":"%'), 400, 'request-invalid', /its message is not base64/],
      [good.replace(/"storedAt":"/, '"storedAt":"then '), 400, 'request-invalid', /storedAt: .*a time such as/],
      [good.replace(/"storedAt":"[^"]*/, '"storedAt":"2026-13-02T03:04:05Z'), 400, 'request-invalid', /have to be times/],
      [good.replace('"address":"measured"', '"retained":true,"address":"measured"'), 400, 'request-invalid', /and not both/],
      [good.replace('"topic":"', `"topic":"${'t'.repeat(65_530)}`), 400, 'request-invalid', /its topic is longer/],
      [good.replace('"measured"', '"nowhere"'), 404, 'address-not-found', /^Line 3: There is no address nowhere/],
      [
        '{"kind":"StoredSubscription","address":"news","name":"n","shared":false,"selector":"a ="}',
        400,
        'request-invalid',
        /its selector is none/,
      ],
    ];
    for (const [line, status, code, words] of refusals) {
      const answer = await imported(to, `${good}\n\n${line}\n${good}\n`);
      assertProblem(answer, status, code);
      assert.match(String(answer.body.detail), words, line.slice(0, 100));
    }
  });

  test('another media type, and a space that is not there, are refused', async () => {
    assertProblem(await call(to, 'POST', `${MESSAGES}:import`, { text: '{}' }), 415, 'media-type-unsupported');
    assertProblem(await call(to, 'GET', MESSAGES.replace('default', 'none').concat(':export')), 404, 'space-not-found');
  });

  test('a client that goes in the middle leaves what it had sent', async () => {
    const { stored } = to.broker.space(undefined).find('measured')!;
    const good = JSON.stringify((await exported(from)).lines.find(({ address }) => address === 'measured'));
    const sent = request(new URL(`${MESSAGES}:import`, to.http), { method: 'POST', headers: { 'content-type': 'application/x-ndjson' } });
    sent.on('error', () => {});
    sent.write(`${good}\n`);
    while (to.broker.space(undefined).find('measured')!.stored === stored) await new Promise(setImmediate);
    sent.destroy();
    await new Promise(resolve => sent.on('close', resolve));
    assert.equal((await imported(to, `${good}\n`)).status, 200);
    assert.equal(to.broker.space(undefined).find('measured')!.stored, stored + 2);
  });
});
