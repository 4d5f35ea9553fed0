import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import { startTestServer, temporaryFolder } from '@angarium/testkit';
import { isPrivate, publicLookup } from '../src/webhook/private-network.ts';
import { AmqpClient } from './support/amqp-client.ts';
import { ADDRESSES, type Answer, assertProblem, call, declare } from './support/http-client.ts';
import { ServerLog } from './support/server-log.ts';
import { respond, WebhookReceiver } from './support/webhook-receiver.ts';

const WEBHOOKS = '/apis/angarium.dev/v1/addressspaces/default/webhooks';
const QUICK = { retryMs: 20, retryMaxMs: 100 };
const ALLOWED = { webhookAllowPrivate: true };

function put(server: { http: string }, name: string, spec: object): Promise<Answer> {
  return call(server, 'PUT', `${WEBHOOKS}/${name}`, {
    body: JSON.stringify({ spec }),
    headers: { 'content-type': 'application/json' },
  });
}

async function make(server: { http: string }, spec: object): Promise<{ secret: string }> {
  const answer = await put(server, 'hook', spec);
  assert.ok([200, 201].includes(answer.status), answer.text);
  return answer.json.spec as { secret: string };
}

async function send(server: { http: string }, address: string, body: string, headers: Record<string, string> = {}): Promise<void> {
  const answer = await call(server, 'POST', `/m/${address}`, { body, headers: { 'content-type': 'text/plain', ...headers } });
  assert.equal(answer.status, 202, answer.text);
}

async function status(server: { http: string }): Promise<Record<string, unknown>> {
  return (await call(server, 'GET', `${WEBHOOKS}/hook`)).json.status as Record<string, unknown>;
}

/** Asks again until the status is as wanted; the test's own time limit is the limit. */
async function statusWith(server: { http: string }, wanted: Record<string, unknown>): Promise<Record<string, unknown>> {
  for (;;) {
    const now = await status(server);
    if (Object.entries(wanted).every(([name, value]) => now[name] === value)) return now;
  }
}

async function stored(server: { http: string }, name: string): Promise<unknown> {
  return ((await call(server, 'GET', `${ADDRESSES}/${name}`)).json.status as { stored: number }).stored;
}

describe('a webhook pushes the messages of an address', () => {
  test('[CloudEvents HTTP binding, 3.1] in binary mode, with what the sender said and the rest made up', async () => {
    await using server = await startTestServer(ALLOWED);
    await using receiver = await WebhookReceiver.start();
    await make(server, { address: 'orders', url: receiver.url, authorization: 'Bearer secret' });
    await send(server, 'orders', 'two coffees', { 'angarium-property-table': '7;int', 'angarium-message-id': 'm1' });
    const event = { 'ce-id': 'e1', 'ce-source': '/shop', 'ce-type': 'order', 'ce-specversion': '1.0', 'ce-subject': 'caf%C3%A9' };
    await send(server, 'orders', '{"total":12}', { ...event, 'content-type': 'application/json' });
    const [plain, cloud] = await receiver.got(2);
    assert.equal(plain!.body, 'two coffees');
    assert.equal(plain!.url, '/hook');
    const wanted = {
      'content-type': 'text/plain',
      'ce-specversion': '1.0',
      'ce-type': 'dev.angarium.message',
      'ce-source': '/addresses/orders',
      'ce-id': 'm1',
      'webhook-id': 'm1',
      'angarium-property-table': '7;int',
      authorization: 'Bearer secret',
    };
    for (const [name, value] of Object.entries(wanted)) assert.equal(plain!.headers[name], value, name);
    assert.equal(cloud!.body, '{"total":12}');
    for (const [name, value] of Object.entries({ ...event, 'webhook-id': 'e1' })) assert.equal(cloud!.headers[name], value, name);
    await statusWith(server, { phase: 'Active', accepted: 2, inFlight: 0 });
    assert.equal(await stored(server, 'orders'), 0);
  });

  test('[CloudEvents HTTP binding, 3.2] in structured mode', async () => {
    await using server = await startTestServer(ALLOWED);
    await using receiver = await WebhookReceiver.start();
    await make(server, { address: 'orders', url: receiver.url, mode: 'structured' });
    await send(server, 'orders', '{"total":12}', { 'content-type': 'application/json' });
    const [push] = await receiver.got(1);
    assert.match(push!.headers['content-type']!, /^application\/cloudevents\+json/);
    const { id, ...event } = JSON.parse(push!.body) as Record<string, unknown>;
    assert.deepEqual(event, {
      specversion: '1.0',
      source: '/addresses/orders',
      type: 'dev.angarium.message',
      datacontenttype: 'application/json',
      data: { total: 12 },
    });
    assert.equal(push!.headers['webhook-id'], id);
  });

  test('[Standard Webhooks] signed with its secret, which is shown once', async () => {
    await using server = await startTestServer(ALLOWED);
    await using receiver = await WebhookReceiver.start();
    const { secret } = await make(server, { address: 'orders', url: receiver.url });
    assert.match(secret, /^whsec_/);
    assert.doesNotMatch((await call(server, 'GET', `${WEBHOOKS}/hook`)).text, /whsec_|authorization/);
    assert.doesNotMatch((await call(server, 'GET', WEBHOOKS)).text, /whsec_/);
    await send(server, 'orders', 'grüße');
    const { headers, body } = (await receiver.got(1))[0]!;
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const signed = createHmac('sha256', key).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`).digest('base64');
    assert.equal(headers['webhook-signature'], `v1,${signed}`);
    assert.ok(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1000) < 60);
  });

  test('of a direct address: the answer is the producer’s outcome', async () => {
    await using server = await startTestServer(ALLOWED);
    await using receiver = await WebhookReceiver.start((response, number) => respond(number === 1 ? 200 : 500)(response));
    await declare(server, 'bell', { type: 'anycast' });
    await make(server, { address: 'bell', url: receiver.url, attemptsMax: 1 });
    await send(server, 'bell', 'ring');
    const refused = await call(server, 'POST', '/m/bell', { body: 'ring' });
    assertProblem(refused, 422, 'message-rejected');
    assert.match(String(refused.json.detail), /webhook-failed.*answered 500/);
  });

  test('an AMQP message with odd names and ids cannot break its request', async () => {
    await using server = await startTestServer(ALLOWED);
    await using receiver = await WebhookReceiver.start();
    await make(server, { address: 'odd', url: receiver.url });
    await using client = await AmqpClient.connect(server);
    const sender = await client.sender('odd');
    const properties = { 'cloudEvents:specversion': '1.0', 'cloudEvents:a b\r\nc': 'x\r\ny', 'cloudEvents:id': 'ü\r\n', 'né\n': 'z' };
    sender.send({ body: 'x', message_id: 'a\r\nb', subject: 'ü\0', application_properties: properties });
    sender.send({ body: 'y', message_id: 'ü\nü', content_type: 'text\r\nplain' });
    const pushes = await receiver.got(2);
    assert.deepEqual(pushes.map(({ body }) => body).sort(), ['x', 'y']);
  });
});

describe('what the receiver does not take', () => {
  test('is tried again with the same id, and later each time', async () => {
    await using server = await startTestServer(ALLOWED);
    await using receiver = await WebhookReceiver.start((response, number) => respond(number < 4 ? 500 : 200)(response));
    await make(server, { address: 'orders', url: receiver.url, ...QUICK });
    await send(server, 'orders', 'a');
    const pushes = await receiver.got(4);
    assert.equal(new Set(pushes.map(({ headers }) => headers['webhook-id'])).size, 1);
    assert.deepEqual(
      pushes.map(({ body }) => body),
      ['a', 'a', 'a', 'a'],
    );
    const now = await statusWith(server, { phase: 'Active', accepted: 1 });
    assert.equal(now.failures, 3);
  });

  test('becomes a dead letter of its address after attemptsMax, with the reason', async () => {
    await using server = await startTestServer(ALLOWED);
    await using receiver = await WebhookReceiver.start(respond(503));
    await declare(server, 'dead', { type: 'queue' });
    await declare(server, 'orders', { type: 'queue', deadLetter: 'dead' });
    await make(server, { address: 'orders', url: receiver.url, attemptsMax: 2, ...QUICK });
    await send(server, 'orders', 'a');
    await statusWith(server, { phase: 'Failing', rejected: 1, inFlight: 0 });
    assert.equal(receiver.pushes.length, 2);
    const answer = await call(server, 'POST', '/m/dead:receive?wait=10s');
    assert.deepEqual([answer.status, answer.text], [200, 'a']);
  });

  test('[RFC 9110, 10.2.3] waits as long as Retry-After says', async () => {
    await using server = await startTestServer(ALLOWED);
    const answer = (response: Parameters<ReturnType<typeof respond>>[0], number: number): void =>
      respond(number === 1 ? 429 : 204, { 'retry-after': '1' })(response);
    await using receiver = await WebhookReceiver.start(answer);
    await make(server, { address: 'orders', url: receiver.url, ...QUICK });
    await send(server, 'orders', 'a');
    const [first, second] = await receiver.got(2);
    assert.ok(second!.atMs - first!.atMs >= 990, `${second!.atMs - first!.atMs} ms`);
  });

  test('[CloudEvents webhooks, 2.2] 410 disables the webhook, over a restart, until it is put again', async () => {
    await using folder = await temporaryFolder();
    await using receiver = await WebhookReceiver.start((response, number) => respond(number === 1 ? 410 : 204)(response));
    const spec = { address: 'orders', url: receiver.url };
    {
      await using server = await startTestServer({ ...ALLOWED, dataDir: folder.path });
      await make(server, spec);
      await send(server, 'orders', 'a');
      const now = await statusWith(server, { phase: 'Disabled', inFlight: 0 });
      assert.match(String(now.reason), /answered 410/);
    }
    await using server = await startTestServer({ ...ALLOWED, dataDir: folder.path });
    assert.equal((await status(server)).phase, 'Disabled');
    assert.equal(await stored(server, 'orders'), 1);
    await make(server, spec);
    assert.equal((await receiver.got(2))[1]!.body, 'a');
  });

  test('redirects are not followed', async () => {
    await using server = await startTestServer(ALLOWED);
    await using elsewhere = await WebhookReceiver.start();
    await using receiver = await WebhookReceiver.start(respond(307, { location: elsewhere.url }));
    await make(server, { address: 'orders', url: receiver.url, attemptsMax: 1 });
    await send(server, 'orders', 'a');
    const now = await statusWith(server, { rejected: 1 });
    assert.match(String(now.reason), /answered 307/);
    assert.equal(elsewhere.pushes.length, 0);
  });

  test('no answer in time is a failure', async () => {
    await using server = await startTestServer(ALLOWED);
    await using receiver = await WebhookReceiver.start(() => {});
    await make(server, { address: 'orders', url: receiver.url, attemptsMax: 1, timeoutMs: 100 });
    await send(server, 'orders', 'a');
    const now = await statusWith(server, { rejected: 1 });
    assert.match(String(now.reason), /timeoutMs/);
  });
});

describe('over time', () => {
  test('no more than inFlightMax are under way', async () => {
    await using server = await startTestServer(ALLOWED);
    let open = 0;
    let most = 0;
    await using receiver = await WebhookReceiver.start(response => {
      most = Math.max(most, ++open);
      setImmediate(() => {
        open--;
        respond(204)(response);
      });
    });
    for (let i = 0; i < 50; i++) await send(server, 'orders', `${i}`);
    await make(server, { address: 'orders', url: receiver.url, inFlightMax: 3 });
    await receiver.got(50);
    assert.ok(most <= 3, `${most}`);
    assert.deepEqual(new Set(receiver.pushes.map(({ body }) => body)).size, 50);
  });

  test('webhooks and what their receivers have not taken survive a restart, and a topic keeps what comes meanwhile', async () => {
    await using folder = await temporaryFolder();
    let works = false;
    await using receiver = await WebhookReceiver.start(response => respond(works ? 204 : 500)(response));
    {
      await using server = await startTestServer({ ...ALLOWED, dataDir: folder.path });
      await declare(server, 'news', { type: 'topic' });
      await make(server, { address: 'news', url: receiver.url, ...QUICK });
      await send(server, 'news', 'a');
      await receiver.got(1);
    }
    works = true;
    const before = receiver.pushes.length;
    await using server = await startTestServer({ ...ALLOWED, dataDir: folder.path });
    assert.equal((await receiver.got(before + 1))[before]!.body, 'a');
    await statusWith(server, { accepted: 1, inFlight: 0 });
  });

  test('a receiver that was gone gets everything when it is back', async () => {
    const log = new ServerLog();
    await using server = await startTestServer({ ...ALLOWED, logger: log.logger });
    const first = await WebhookReceiver.start();
    const { port, url } = first;
    await make(server, { address: 'orders', url, ...QUICK });
    await send(server, 'orders', 'a');
    await first.got(1);
    await first[Symbol.asyncDispose]();
    await send(server, 'orders', 'b');
    const now = await statusWith(server, { phase: 'Failing' });
    assert.match(String(now.reason), /ECONNREFUSED|closed|hang up/);
    await log.seen('webhook fails', 'orders');
    await using second = await WebhookReceiver.start(respond(204), port);
    assert.equal((await second.got(1))[0]!.body, 'b');
    await statusWith(server, { phase: 'Active' });
    assert.ok(log.has('webhook works again'));
  });

  test('a webhook that is deleted gives back what it has, and its subscription is gone', async () => {
    await using server = await startTestServer(ALLOWED);
    await using receiver = await WebhookReceiver.start(respond(500));
    await make(server, { address: 'orders', url: receiver.url });
    await send(server, 'orders', 'a');
    await receiver.got(1);
    assert.equal((await call(server, 'DELETE', `${WEBHOOKS}/hook`)).status, 204);
    assert.equal((await call(server, 'POST', '/m/orders:receive?wait=10s')).text, 'a');
    await declare(server, 'news', { type: 'topic' });
    await make(server, { address: 'news', url: receiver.url });
    await call(server, 'DELETE', `${WEBHOOKS}/hook`);
    const topic = (await call(server, 'GET', `${ADDRESSES}/news`)).json.status as { subscriptions: number };
    assert.equal(topic.subscriptions, 0);
  });
});

describe('where a webhook may lead', () => {
  test('not to private, loopback, link-local or multicast addresses', async () => {
    await using server = await startTestServer();
    for (const host of [
      '127.0.0.1',
      '10.1.2.3',
      '169.254.169.254',
      '224.0.0.1',
      '0.0.0.0',
      '[::1]',
      '[fe80::1]',
      '[::ffff:127.0.0.1]',
      '2130706433',
    ])
      assertProblem(await put(server, 'hook', { address: 'q', url: `http://${host}/` }), 422, 'webhook-invalid');
  });

  test('not by a name either, which is looked up for each connection', async () => {
    await using server = await startTestServer();
    await using receiver = await WebhookReceiver.start();
    await make(server, { address: 'orders', url: `http://localhost:${receiver.port}/`, attemptsMax: 1 });
    await send(server, 'orders', 'a');
    const now = await statusWith(server, { rejected: 1 });
    assert.match(String(now.reason), /localhost \((127\.0\.0\.1|::1)\) is an address of a private network/);
    assert.equal(receiver.pushes.length, 0);
  });

  test('isPrivate knows the networks of RFC 6890, in every notation of IPv4 in IPv6', () => {
    const inside = [
      '127.0.0.1',
      '192.168.1.1',
      '172.31.255.255',
      '100.64.0.1',
      '::1',
      '::',
      'fd00::1',
      'fe80::1%eth0',
      'ff02::1',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      '::ffff:10.0.0.1',
      'localhost',
    ];
    for (const address of inside) assert.ok(isPrivate(address), address);
    for (const address of ['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111']) assert.ok(!isPrivate(address), address);
  });

  test('a lookup for one address and for all of them is refused alike', async () => {
    for (const all of [true, false])
      await assert.rejects(
        new Promise((resolve, reject) => publicLookup('localhost', { all }, (error, found) => (error ? reject(error) : resolve(found)))),
        /private network/,
      );
  });
});

describe('the API of webhooks', () => {
  test('what cannot be is refused', async () => {
    await using server = await startTestServer(ALLOWED);
    for (const url of ['ftp://example.com/', 'nonsense', 'http://ann:secret@example.com/'])
      assertProblem(await put(server, 'hook', { address: 'q', url }), 422, 'webhook-invalid');
    assertProblem(await put(server, 'hook', { address: 'q', url: 'http://a.example/', secret: 'short' }), 422, 'webhook-invalid');
    assertProblem(
      await put(server, 'hook', { address: 'q', url: 'http://a.example/', authorization: 'a\r\nb: c' }),
      422,
      'webhook-invalid',
    );
    assertProblem(await put(server, 'hook', { address: 'q', url: 'http://a.example/', inFlightMax: 0 }), 400, 'request-invalid');
    assertProblem(await put(server, 'hook', { address: 'q' }), 400, 'request-invalid');
    assertProblem(await call(server, 'GET', `${WEBHOOKS}/hook`), 404, 'webhook-not-found');
    assertProblem(await call(server, 'DELETE', `${WEBHOOKS}/hook`), 404, 'webhook-not-found');
  });

  test('one that exists is a conflict, and there are no more than webhooksMax', async () => {
    await using server = await startTestServer({ ...ALLOWED, httpWebhooksMax: 1 });
    const create = (name: string): Promise<Answer> =>
      call(server, 'POST', WEBHOOKS, {
        body: JSON.stringify({ metadata: { name }, spec: { address: 'q', url: 'http://a.example/' } }),
        headers: { 'content-type': 'application/json' },
      });
    assert.equal((await create('one')).status, 201);
    assertProblem(await create('one'), 409, 'webhook-exists');
    assertProblem(await create('two'), 429, 'limit-reached');
    const { items } = (await call(server, 'GET', WEBHOOKS)).json as { items: { metadata: { name: string } }[] };
    assert.deepEqual(
      items.map(({ metadata }) => metadata.name),
      ['one'],
    );
  });
});
