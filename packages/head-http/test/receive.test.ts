import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, test } from 'node:test';
import { startTestServer } from '@angarium/testkit';
import rhea from 'rhea';
import { AmqpClient } from './support/amqp-client.ts';
import { ADDRESSES, type Answer, assertProblem, call, declare } from './support/http-client.ts';

interface Received {
  readonly lease?: string;
  readonly body: unknown;
  readonly [field: string]: unknown;
}

const JSON_ANSWER = { accept: 'application/json' };

function messages(answer: Answer): Received[] {
  assert.equal(answer.status, 200, answer.text);
  return answer.json.messages as Received[];
}

function settle(server: { http: string }, document: object): Promise<Answer> {
  return call(server, 'POST', '/m/q:settle', { body: JSON.stringify(document) });
}

function stored(server: Awaited<ReturnType<typeof startTestServer>>, name: string): number {
  return server.broker.spaces.get('default')!.addresses.get(name)!.stored;
}

describe('receiving', () => {
  test('one message as it was sent: its body is the answer’s, its fields are header fields', async () => {
    await using server = await startTestServer();
    const headers = {
      'content-type': 'text/csv',
      'angarium-message-id': '7;ulong',
      'angarium-subject': 'gr%C3%BC%C3%9Fe; all',
      'angarium-ttl': '1h',
      'angarium-property-order%49d': '42;int',
      'angarium-property-note': '100%25 a%3Bint',
    };
    await call(server, 'POST', '/m/a/b', { body: 'x,y', headers });
    const answer = await call(server, 'POST', `${ADDRESSES}/a%2Fb/messages:receive`);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.text, 'x,y');
    const echoed = Object.entries(headers).filter(([name, value]) => answer.headers[name.toLowerCase()] !== value);
    assert.deepEqual(
      echoed.map(([name]) => name),
      ['angarium-subject', 'angarium-ttl'],
      JSON.stringify(answer.headers),
    );
    assert.equal(answer.headers['angarium-subject'], 'gr%C3%BC%C3%9Fe%3B all');
    assert.match(String(answer.headers['angarium-ttl']), /^\d+ms$/);
    assert.match(String(answer.headers['angarium-lease']), /^[\w-]{36}$/);
    const settled = await settle(server, { lease: answer.headers['angarium-lease'] });
    assert.deepEqual([settled.status, settled.json], [200, { settled: 1 }]);
    assert.equal(stored(server, 'a/b'), 0);
  });

  test('several as JSON: bodies as JSON, text or base64, whatever fits', async () => {
    await using server = await startTestServer();
    await using client = await AmqpClient.connect(server);
    const sender = await client.sender('q');
    sender.send({
      content_type: 'application/json',
      body: rhea.message.data_section(Buffer.from('{"n":1}')),
      application_properties: { n: 1, urgent: true },
    });
    sender.send({ body: 'text', correlation_id: 'c', reply_to: 'r', creation_time: new Date(0) });
    sender.send({ body: rhea.message.data_section(Buffer.from([0xff, 0])) });
    sender.send({ body: { list: [1, 'two'] } });
    const [json, text, binary, map, ...more] = messages(
      await call(server, 'POST', '/m/q:receive?count=4&wait=5s&settle=auto', { headers: JSON_ANSWER }),
    );
    assert.equal(more.length, 0);
    assert.deepEqual([json!.body, json!.bodyEncoding, json!.properties, json!.address], [{ n: 1 }, 'json', { n: 1, urgent: true }, 'q']);
    assert.deepEqual([text!.body, text!.bodyEncoding, text!.correlationId, text!.replyTo], ['text', 'text', 'c', 'r']);
    assert.equal(text!.creationTime, '1970-01-01T00:00:00.000Z');
    assert.deepEqual([binary!.body, binary!.bodyEncoding], ['/wA=', 'base64']);
    assert.deepEqual([map!.body, map!.bodyEncoding], [{ list: [1, 'two'] }, 'json']);
    assert.equal(json!.lease, undefined);
    const empty = await call(server, 'POST', '/m/q:receive?count=2', { headers: JSON_ANSWER });
    assert.deepEqual(empty.json, { messages: [] }, 'settle=auto has accepted them');
    assert.equal((await call(server, 'POST', '/m/q:receive')).status, 204, 'nothing is there for the raw form');
  });

  test('a long poll is answered as soon as a message comes, and empty after its time', async () => {
    await using server = await startTestServer();
    const waiting = call(server, 'POST', '/m/q:receive?wait=20s');
    await call(server, 'POST', '/m/q', { body: 'here' });
    assert.equal((await waiting).text, 'here');
    assert.equal((await call(server, 'POST', '/m/q:receive?wait=150ms')).status, 204);
  });

  test('a direct address: the sender’s outcome is what the receiver settles', async () => {
    await using server = await startTestServer();
    await declare(server, 'direct', { type: 'anycast' });
    const receiving = call(server, 'POST', '/m/direct:receive?wait=10s');
    const sending = call(server, 'POST', '/m/direct?wait=10s', { body: 'question' });
    const { headers, text } = await receiving;
    assert.equal(text, 'question');
    const reason = { condition: 'shop:closed', description: 'tomorrow' };
    assert.equal((await settle(server, { lease: headers['angarium-lease'], outcome: 'rejected', reason })).status, 200);
    const sent = await sending;
    assertProblem(sent, 422, 'message-rejected');
    assert.match(sent.text, /shop:closed: tomorrow/);
  });

  test('a large message to a direct address, which arrives in pieces, is whole', async () => {
    await using server = await startTestServer();
    await declare(server, 'direct', { type: 'anycast' });
    const receiving = call(server, 'POST', '/m/direct:receive?wait=10s&settle=auto');
    await using client = await AmqpClient.connect(server);
    const body = Buffer.alloc(1_000_000, 'abcde');
    (await client.sender('direct')).send({ body: rhea.message.data_section(body) });
    assert.ok(body.equals((await receiving).bytes));
  });

  test('a subscription of a topic that has a name is kept between polls; it is the one of AMQP’s shared durable subscribers', async () => {
    await using server = await startTestServer();
    await declare(server, 'news', { type: 'topic' });
    const poll = '/m/news:receive?subscription=desk&durable=true&settle=auto';
    assert.equal((await call(server, 'POST', poll)).status, 204);
    await call(server, 'POST', '/m/news', { body: 'first' });
    await call(server, 'POST', '/m/news', { body: 'second' });
    assert.equal((await call(server, 'POST', poll)).text, 'first');
    await using client = await AmqpClient.connect(server);
    const heard = Promise.withResolvers<string>();
    await client.receiver(
      'news',
      (message, { delivery }) => {
        delivery!.accept();
        heard.resolve(message.body.content.toString());
      },
      {
        name: 'desk',
        source: { address: 'news', durable: 2, expiry_policy: 'never', capabilities: ['shared', 'global', 'topic'] },
      } as never,
    );
    assert.equal(await heard.promise, 'second');
  });

  test('what a receiver that went away was to get goes to another', async () => {
    await using server = await startTestServer();
    const leaving = request(`${server.http}/m/q:receive?wait=20s`, { method: 'POST' });
    leaving.on('error', () => {});
    leaving.end();
    const address = () => server.broker.spaces.get('default')!.addresses.get('q');
    while ((address()?.links ?? 0) === 0) await new Promise(setImmediate);
    leaving.destroy();
    await call(server, 'POST', '/m/q', { body: 'x' });
    const answer = await call(server, 'POST', '/m/q:receive?wait=10s&settle=auto');
    assert.equal(answer.text, 'x');
  });

  test('a thousand long polls at once each get one message', async () => {
    await using server = await startTestServer();
    const polls = Array.from({ length: 1000 }, () => call(server, 'POST', '/m/q:receive?wait=20s&settle=auto'));
    await using client = await AmqpClient.connect(server);
    const sender = await client.sender('q');
    let next = 0;
    const send = () => {
      while (next < 1000 && sender.sendable()) sender.send({ body: rhea.message.data_section(Buffer.from(String(next++))) });
    };
    sender.on('sendable', send);
    send();
    const bodies = (await Promise.all(polls)).map(({ text }) => text);
    assert.equal(new Set(bodies).size, 1000);
    assert.equal(stored(server, 'q'), 0);
  });
});

test('what no header field may have is encoded, and what is no Unicode is taken: neither harms the server', async () => {
  await using server = await startTestServer();
  await using client = await AmqpClient.connect(server);
  const application_properties = { 'a\r\nb: c': 'x\r\ny', 'cloudEvents:e f\n': '\r\n', '': 1 };
  (await client.sender('q')).send({
    content_type: 'text/plain\r\nx: y',
    content_encoding: 'g\nz',
    subject: '\u0000',
    body: 'x',
    application_properties,
  });
  const { status, headers, text } = await call(server, 'POST', '/m/q:receive?wait=5s&settle=auto');
  assert.deepEqual([status, text, headers['content-type'], headers['angarium-subject']], [200, 'x', 'text/plainx: y', '%00']);
  assert.equal(headers['angarium-property-a%0d%0ab%3a%20c'], 'x%0D%0Ay');
  assert.equal(headers['ce-e%20f%0a'], '%0D%0A');
  const body = '{"body":"\\ud800","subject":"\\ud800","properties":{"\\ud800":{"type":"symbol","value":"\\ud800"},"x":"\\ud800"}}';
  const refused = await call(server, 'POST', '/m/q', { body, headers: { 'content-type': 'application/x-ndjson' } });
  assertProblem(refused, 400, 'request-invalid');
  const string = body.replace('symbol', 'string');
  assert.equal((await call(server, 'POST', '/m/q', { body: string, headers: { 'content-type': 'application/x-ndjson' } })).status, 202);
});

describe('leases', () => {
  test('one that expires brings the message back as a failed attempt', async () => {
    await using server = await startTestServer();
    await call(server, 'POST', '/m/q', { body: 'x' });
    const first = await call(server, 'POST', '/m/q:receive?lease=200ms');
    assert.equal(first.headers['angarium-delivery-count'], '0');
    const second = await call(server, 'POST', '/m/q:receive?wait=10s');
    assert.deepEqual([second.text, second.headers['angarium-delivery-count']], ['x', '1']);
    assertProblem(await settle(server, { lease: first.headers['angarium-lease'] }), 410, 'lease-gone');
    const both = await settle(server, { lease: [first.headers['angarium-lease'], second.headers['angarium-lease']] });
    assert.deepEqual([both.status, both.json], [207, { settled: 1, gone: [first.headers['angarium-lease']] }]);
  });

  test('released comes back as it was, modified with a failed attempt, rejected goes', async () => {
    await using server = await startTestServer();
    await call(server, 'POST', '/m/q', { body: 'x' });
    const counts: unknown[] = [];
    for (const outcome of ['released', 'modified', 'rejected']) {
      const { headers } = await call(server, 'POST', '/m/q:receive?wait=5s');
      counts.push(headers['angarium-delivery-count']);
      assert.equal((await settle(server, { lease: headers['angarium-lease'], outcome, reason: 'no' })).status, 200);
    }
    assert.deepEqual(counts, ['0', '0', '1']);
    assert.equal(stored(server, 'q'), 0);
  });

  test('bad requests are told what is wrong', async () => {
    await using server = await startTestServer();
    for (const path of ['count=0', 'count=5000', 'wait=1d', 'wait=2h', 'lease=forever', 'settle=maybe', 'durable=true', 'subscription='])
      assertProblem(await call(server, 'POST', `/m/q:receive?${path}`), 400, 'request-invalid');
    for (const document of [
      {},
      { lease: [] },
      { lease: 7 },
      { lease: 'x', outcome: 'lost' },
      { lease: 'x', outcome: 'rejected', reason: 7 },
    ])
      assertProblem(await settle(server, document), 400, 'request-invalid');
    assertProblem(await call(server, 'POST', '/m/q:settle', { body: '{' }), 400, 'request-invalid');
    assertProblem(await call(server, 'GET', '/m/q:receive'), 405, 'method-not-allowed');
  });

  test('long polls are answered when the server stops, and leased messages are there after it starts again', async () => {
    await using server = await startTestServer();
    await call(server, 'POST', '/m/q', { body: 'kept' });
    assert.equal((await call(server, 'POST', '/m/q:receive?lease=1h')).text, 'kept');
    const waiting = call(server, 'POST', '/m/other:receive?wait=20s');
    while (!server.broker.spaces.get('default')!.addresses.has('other')) await new Promise(setImmediate);
    const stopped = server.stop();
    assertProblem(await waiting, 503, 'server-stopping');
    await stopped;
    await using again = await startTestServer({ dataDir: server.dataDirectory });
    const answer = await call(again, 'POST', '/m/q:receive?wait=5s&settle=auto');
    assert.equal(answer.text, 'kept');
  });
});
