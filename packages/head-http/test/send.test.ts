import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { hashPassword } from '@angarium/server/password-hash';
import { startTestServer } from '@angarium/testkit';

import { AmqpClient } from './support/amqp-client.ts';
import { ADDRESSES, assertProblem, call, declare } from './support/http-client.ts';

describe('sending', () => {
  test('a message with all its fields arrives at an AMQP client', async () => {
    await using server = await startTestServer();
    await declare(server, 'orders/eu', { type: 'queue' });
    const sent = await call(server, 'POST', `${ADDRESSES}/orders%2Feu/messages`, {
      body: '{"total":12}',
      headers: {
        'content-type': 'application/json',
        'content-encoding': 'identity',
        'angarium-message-id': 'm1',
        'angarium-correlation-id': '7;ulong',
        'angarium-reply-to': 'answers',
        'angarium-subject': 'gr%C3%BC%C3%9Fe',
        'angarium-to': 'somebody',
        'angarium-user-id': 'ann',
        'angarium-ttl': '10m',
        'angarium-priority': '7',
        'angarium-creation-time': '2026-01-02T03:04:05Z',
        'angarium-absolute-expiry-time': '2096-01-02T03:04:05Z',
        'angarium-group-id': 'g',
        'angarium-group-sequence': '3',
        'angarium-property-shop': 'a;b',
        'angarium-property-orderId': '42;int',
        'angarium-property-big': '9007199254740994;long',
        'angarium-property-rate': '2.5;double',
        'angarium-property-urgent': 'true;boolean',
        'angarium-property-nothing': ';null',
      },
    });
    assert.deepEqual([sent.status, sent.text], [202, '']);
    await using client = await AmqpClient.connect(server);
    const message = await client.next('orders/eu');
    assert.equal(message.body.content.toString(), '{"total":12}');
    assert.deepEqual(
      {
        content_type: message.content_type,
        content_encoding: message.content_encoding,
        message_id: message.message_id,
        correlation_id: message.correlation_id,
        reply_to: message.reply_to,
        subject: message.subject,
        to: message.to,
        user_id: String(message.user_id),
        priority: message.priority,
        durable: message.durable,
        creation_time: Number(message.creation_time),
        group_id: message.group_id,
        group_sequence: message.group_sequence,
      },
      {
        content_type: 'application/json',
        content_encoding: 'identity',
        message_id: 'm1',
        correlation_id: 7,
        reply_to: 'answers',
        subject: 'grüße',
        to: 'somebody',
        user_id: 'ann',
        priority: 7,
        durable: true,
        creation_time: Date.parse('2026-01-02T03:04:05Z'),
        group_id: 'g',
        group_sequence: 3,
      },
    );
    assert.ok(message.ttl! > 0 && message.ttl! <= 600_000);
    const { big, ...properties } = message.application_properties!;
    assert.deepEqual(properties, { shop: 'a;b', orderId: 42, rate: 2.5, urgent: true, nothing: null });
    assert.equal(Number(big), 2 ** 53 + 2);
  });

  test('curl sends to the short path, slashes as they are', async t => {
    await using server = await startTestServer();
    const curl = promisify(execFile);
    const { stdout } = await curl('curl', ['-sS', '-w', '%{http_code}', '-d', 'hello', `${server.http}/m/greetings/en`]);
    assert.equal(stdout, '202');
    await using client = await AmqpClient.connect(server);
    const message = await client.next('greetings/en');
    assert.equal(message.body.content.toString(), 'hello');
    assert.equal(message.content_type, undefined, 'what curl says by itself of a body is not passed on');
    t.diagnostic('curl was used');
  });

  test('a message that is not durable is accepted too', async () => {
    await using server = await startTestServer();
    const answer = await call(server, 'POST', '/m/q', { body: 'x', headers: { 'angarium-durable': 'false' } });
    assert.equal(answer.status, 202);
    await using client = await AmqpClient.connect(server);
    assert.ok(!(await client.next('q')).durable);
  });

  test('[3.2.4] absolute-expiry-time ends a message that says no ttl: a past one at once, over HTTP and AMQP alike', async () => {
    await using server = await startTestServer();
    await declare(server, 'q', { type: 'queue', expiry: 'expired' });
    await using client = await AmqpClient.connect(server);
    const sender = await client.sender('q');
    const past = new Date(Date.now() - 1000);
    const future = new Date(Date.now() + 3_600_000);
    sender.send({ body: 'past', absolute_expiry_time: past });
    sender.send({ body: 'ttl', absolute_expiry_time: past, ttl: 60_000 });
    sender.send({ body: 'future', absolute_expiry_time: future });
    const headers = { 'angarium-absolute-expiry-time': past.toISOString() };
    assert.equal((await call(server, 'POST', '/m/q', { body: 'past over HTTP', headers })).status, 202);
    const expired = await Promise.all([client.next('expired'), client.next('expired')]);
    assert.deepEqual(expired.map(({ body }) => String(body.content ?? body)).toSorted(), ['past', 'past over HTTP']);
    assert.equal((await client.next('q')).body, 'ttl');
    const kept = await client.next('q');
    assert.equal(kept.body, 'future');
    assert.ok(kept.ttl! > 3_500_000 && kept.ttl! <= 3_600_000, `${kept.ttl}`);
  });

  test('a body of one megabyte goes through unchanged', async () => {
    await using server = await startTestServer();
    const body = Buffer.alloc(1_000_000, 'abcdefghi');
    assert.equal((await call(server, 'POST', '/m/large', { body })).status, 202);
    await using client = await AmqpClient.connect(server);
    assert.ok(body.equals((await client.next('large')).body.content));
  });
});

describe('what a sender is told', () => {
  test('503 no-consumer at once, where an anycast or multicast address has none', async () => {
    await using server = await startTestServer();
    for (const type of ['anycast', 'multicast']) {
      await declare(server, type, { type });
      const answer = await call(server, 'POST', `/m/${type}`, { body: 'x' });
      assertProblem(answer, 503, 'no-consumer');
      assert.equal(answer.headers['retry-after'], '1');
    }
  });

  test('a consumer’s outcome is the sender’s: 202, 422 with its reason, 503 for released and modified', async () => {
    await using server = await startTestServer();
    await declare(server, 'direct', { type: 'anycast' });
    await using client = await AmqpClient.connect(server);
    await client.receiver('direct', (message, { delivery }) => {
      const what = message.body.content.toString();
      if (what === 'accept') delivery!.accept();
      else if (what === 'reject') delivery!.reject({ condition: 'shop:closed', description: 'come back tomorrow' });
      else if (what === 'release') delivery!.release({ delivery_failed: false, undeliverable_here: false } as never);
      else delivery!.modified({ delivery_failed: true, undeliverable_here: false } as never);
    });
    assert.equal((await call(server, 'POST', '/m/direct', { body: 'accept' })).status, 202);
    const rejected = await call(server, 'POST', '/m/direct', { body: 'reject' });
    assertProblem(rejected, 422, 'message-rejected');
    assert.match(rejected.text, /shop:closed: come back tomorrow/);
    const released = await call(server, 'POST', '/m/direct', { body: 'release' });
    assert.equal(released.status, 503);
    assertProblem(await call(server, 'POST', '/m/direct', { body: 'modify' }), 503, 'message-modified');
  });

  test('429 with retry-after where credit is short; ?wait waits for it', async () => {
    await using server = await startTestServer();
    await declare(server, 'small', { type: 'queue', messagesMax: 1 });
    assert.equal((await call(server, 'POST', '/m/small', { body: '1' })).status, 202);
    const full = await call(server, 'POST', '/m/small', { body: '2' });
    assertProblem(full, 429, 'credit-short');
    assert.equal(full.headers['retry-after'], '1');
    const waiting = call(server, 'POST', '/m/small?wait=10s', { body: '3' });
    await using client = await AmqpClient.connect(server);
    assert.equal((await client.next('small')).body.content.toString(), '1');
    assert.equal((await waiting).status, 202);
    assert.equal((await client.next('small')).body.content.toString(), '3');
    assertProblem(await call(server, 'POST', '/m/small?wait=2h', { body: '3' }), 400, 'request-invalid');
  });

  test('413 for a message that the address does not take, and for a body that this head does not', async () => {
    await using server = await startTestServer();
    await declare(server, 'tiny', { type: 'queue', messageSizeBytesMax: 100 });
    assertProblem(await call(server, 'POST', '/m/tiny', { body: 'x'.repeat(200) }), 413, 'message-too-large');
    await declare(server, 'roomy', { type: 'queue' });
    const { limits } = server.broker.space(undefined);
    limits.change({ messageSizeBytesMax: 150, connectionsMax: 0 });
    // What the address space may have is said to be its own, and is called by its name.
    const large = await call(server, 'POST', '/m/roomy', { body: 'x'.repeat(200) });
    assertProblem(large, 413, 'message-too-large');
    assert.match(String(large.json.detail), /roomy takes 150: .*raise messageSizeBytesMax of the address space default/);
    const upgrade = {
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': `${'x'.repeat(22)}==`,
    };
    const socket = await call(server, 'GET', '/ws', { headers: upgrade });
    assertProblem(socket, 429, 'connections-exhausted');
    assert.match(String(socket.json.detail), /The address space default has 0 connections, as many as it may have \(connectionsMax\)/);
    limits.change({});
    const announced = await call(server, 'POST', '/m/tiny', { headers: { 'content-length': '99999999' }, body: 'x' }).catch(error => error);
    assert.ok(announced instanceof Error || announced.status === 413);
  });

  test('a path for WebSockets tells whoever asks otherwise that it wants an upgrade', async () => {
    await using server = await startTestServer();
    for (const path of ['/ws', '/amqp', '/mqtt'])
      for (const method of ['GET', 'POST']) {
        const answer = await call(server, method, path);
        assertProblem(answer, 404, 'path-not-found');
        assert.match(JSON.stringify(answer.json), /ask for an upgrade/);
      }
  });

  test('404 for an address or space that is not there, 405 for a method, 422 for a name that cannot be, 400 for a bad field', async () => {
    await using server = await startTestServer({ autoCreate: false });
    assertProblem(await call(server, 'POST', '/m/nowhere', { body: 'x' }), 404, 'address-not-found');
    assertProblem(
      await call(server, 'POST', '/apis/angarium.dev/v1/addressspaces/other/addresses/a/messages', { body: 'x' }),
      404,
      'space-not-found',
    );
    const get = await call(server, 'GET', '/m/a');
    assertProblem(get, 405, 'method-not-allowed');
    assert.equal(get.headers.allow, 'POST');
    assertProblem(await call(server, 'POST', '/m/%E0%A4%A', { body: 'x' }), 400, 'request-invalid');
    await using lenient = await startTestServer();
    assertProblem(await call(lenient, 'POST', '/m/a*b', { body: 'x' }), 422, 'address-name-invalid');
    const bad: Record<string, string>[] = [
      { 'angarium-priority': '10' },
      { 'angarium-durable': 'yes' },
      { 'angarium-ttl': 'soon' },
      { 'angarium-ttl': '0' },
      { 'angarium-colour': 'red' },
      { 'angarium-subject': '100%' },
      { 'angarium-property-n': '300;ubyte' },
      { 'angarium-property-n': 'x;int' },
      { 'angarium-property-n': 'x;uuid' },
      { 'angarium-property-n': 'perhaps;boolean' },
      { 'angarium-message-id': 'true;boolean' },
      { 'angarium-creation-time': 'yesterday' },
    ];
    for (const headers of bad) assertProblem(await call(lenient, 'POST', '/m/q', { body: 'x', headers }), 400, 'request-invalid');
  });

  test('401 without the right password once there are users, 403 for a page of another origin', async () => {
    const users = [{ name: 'ann', passwordHash: await hashPassword('secret') }];
    await using server = await startTestServer({ users });
    const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
    const missing = await call(server, 'POST', '/m/q', { body: 'x' });
    assertProblem(missing, 401, 'credentials-missing');
    assert.match(String(missing.headers['www-authenticate']), /^Basic /);
    assertProblem(await call(server, 'POST', '/m/q', { body: 'x', headers: basic('ann:wrong') }), 401, 'credentials-wrong');
    assert.equal((await call(server, 'POST', '/m/q', { body: 'x', headers: basic('ann:secret') })).status, 202);
    await using open = await startTestServer();
    assertProblem(await call(open, 'POST', '/m/q', { body: 'x', headers: { origin: 'https://evil.example' } }), 403, 'origin-refused');
    assertProblem(await call(open, 'POST', '/m/q', { body: 'x', headers: { host: 'evil.example' } }), 403, 'host-refused');
  });

  test('410 when the address is deleted while its outcome is awaited', async () => {
    await using server = await startTestServer();
    await declare(server, 'direct', { type: 'anycast' });
    await using client = await AmqpClient.connect(server);
    const arrived = Promise.withResolvers<void>();
    await client.receiver('direct', () => arrived.resolve());
    const sent = call(server, 'POST', '/m/direct', { body: 'x' });
    await arrived.promise;
    assert.equal((await call(server, 'DELETE', `${ADDRESSES}/direct?force=true`)).status, 204);
    assertProblem(await sent, 410, 'address-deleted');
  });

  test('503 server-stopping, for those that wait when the server stops', async () => {
    await using server = await startTestServer();
    await declare(server, 'direct', { type: 'anycast' });
    await using client = await AmqpClient.connect(server);
    const arrived = Promise.withResolvers<void>();
    await client.receiver('direct', () => arrived.resolve());
    const sent = call(server, 'POST', '/m/direct', { body: 'x' });
    await arrived.promise;
    const stopped = server.stop();
    assertProblem(await sent, 503, 'server-stopping');
    await stopped;
  });
});

test('a thousand senders at once are all accepted, and nothing is lost', async () => {
  await using server = await startTestServer();
  const answers = await Promise.all(Array.from({ length: 1500 }, (_, i) => call(server, 'POST', '/m/many', { body: String(i) })));
  assert.deepEqual(
    answers.filter(({ status }) => status !== 202).map(({ text }) => text),
    [],
  );
  assert.equal(server.broker.spaces.get('default')!.addresses.get('many')!.stored, 1500);
});
