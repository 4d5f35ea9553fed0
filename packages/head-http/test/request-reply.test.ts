import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer } from '@angarium/testkit';
import rhea from 'rhea';
import { AmqpClient } from './support/amqp-client.ts';
import { ADDRESSES, assertProblem, call, declare } from './support/http-client.ts';

test('an HTTP requester gets the reply of an AMQP responder as its answer', async () => {
  await using server = await startTestServer();
  await using client = await AmqpClient.connect(server);
  const replies = await client.sender(undefined);
  await client.receiver('shout', (message, { delivery }) => {
    delivery!.accept();
    const text = message.body.content.toString().toUpperCase();
    replies.send({
      to: message.reply_to!,
      correlation_id: message.correlation_id!,
      content_type: 'text/plain',
      subject: 'louder',
      body: rhea.message.data_section(Buffer.from(text)),
    });
  });
  const answer = await call(server, 'POST', '/m/shout?reply=10s', { body: 'hello', headers: { 'angarium-message-id': 'm7' } });
  assert.deepEqual([answer.status, answer.text, answer.headers['content-type']], [200, 'HELLO', 'text/plain']);
  assert.equal(answer.headers['angarium-correlation-id'], 'm7');
  assert.equal(answer.headers['angarium-subject'], 'louder');
  const many = await Promise.all(Array.from({ length: 200 }, (_, i) => call(server, 'POST', '/m/shout?reply=10s', { body: `a${i}` })));
  assert.deepEqual(
    many.map(({ text }) => text),
    many.map((_, i) => `A${i}`),
  );
  const left = [...server.broker.spaces.get('default')!.addresses.keys()].filter(name => name.startsWith('$dynamic'));
  assert.deepEqual(left, [], 'no reply address is left');
});

test('an AMQP requester gets the reply of an HTTP responder', async () => {
  await using server = await startTestServer();
  await using client = await AmqpClient.connect(server);
  const reply = Promise.withResolvers<rhea.Message>();
  const receiver = client.connection.open_receiver({ source: { dynamic: true } as never });
  receiver.on('message', context => reply.resolve(context.message!));
  const opened = Promise.withResolvers<void>();
  receiver.once('receiver_open', () => opened.resolve());
  await opened.promise;
  const sender = await client.sender('shout');
  sender.send({ reply_to: receiver.source.address, correlation_id: 'c1', body: 'hello' });
  const request = await call(server, 'POST', '/m/shout:receive?wait=10s&settle=auto');
  const { 'angarium-reply-to': replyTo, 'angarium-correlation-id': id } = request.headers;
  const answered = await call(server, 'POST', `${ADDRESSES}/${encodeURIComponent(String(replyTo))}/messages`, {
    body: request.text.toUpperCase(),
    headers: { 'angarium-correlation-id': String(id) },
  });
  assert.equal(answered.status, 202, answered.text);
  const { correlation_id, body } = await reply.promise;
  assert.deepEqual([correlation_id, body.content.toString()], ['c1', 'HELLO']);
});

test('504 without a reply, 503 without a consumer, 422 when it is rejected, and no reply address is left behind', async () => {
  await using server = await startTestServer();
  assertProblem(await call(server, 'POST', '/m/nobody?reply=200ms', { body: 'x' }), 504, 'reply-missing');
  await declare(server, 'direct', { type: 'anycast' });
  assertProblem(await call(server, 'POST', '/m/direct?reply=10s', { body: 'x' }), 503, 'no-consumer');
  await using client = await AmqpClient.connect(server);
  await client.receiver('direct', (_message, { delivery }) => {
    delivery!.reject({ condition: 'no' });
  });
  assertProblem(await call(server, 'POST', '/m/direct?reply=10s', { body: 'x' }), 422, 'message-rejected');
  const left = [...server.broker.spaces.get('default')!.addresses.keys()].filter(name => name.startsWith('$dynamic'));
  assert.deepEqual(left, []);
});
