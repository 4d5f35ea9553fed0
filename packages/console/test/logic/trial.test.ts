import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { messageSocketUrl, openMessageSocket } from '../../src/api/message-socket.ts';
import { plainRequest } from '../../src/logic/request-headers.ts';
import { RECEIVED_SHOWN_MAX, Trial } from '../../src/logic/trial.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server[Symbol.asyncDispose]());

/** A trial over a WebSocket of its own, and a way to wait for what becomes of it. */
function begin(): Disposable & { readonly trial: Trial; readonly until: (holds: () => boolean) => Promise<void> } {
  const socket = openMessageSocket({
    url: messageSocketUrl('/ws', server.http),
    onOpen: () => trial.opened(),
    onFrame: frame => trial.take(frame),
    onLost: () => trial.lost(),
  });
  const trial = new Trial(frame => socket.send(frame));
  const until = (holds: () => boolean): Promise<void> =>
    new Promise(resolve => {
      const look = (): void => {
        if (!holds()) return;
        stop();
        resolve();
      };
      const stop = trial.subscribe(look);
      look();
    });
  return { trial, until, [Symbol.dispose]: () => socket.close() };
}

test('a message that is sent is received by who subscribed before there was a connection', async () => {
  using begun = begin();
  const { trial, until } = begun;
  trial.receive({ address: 'first', settle: 'auto', credit: 10 });
  await until(() => trial.subscriptions[0]?.state === 'open');
  trial.send('first', { body: 'hello', bodyEncoding: 'text' }, 1000);
  await until(() => trial.received.length === 1 && trial.sent[0]?.state === 'accepted');
  assert.equal(trial.received[0]?.message.body, 'hello');
  assert.equal(trial.received[0]?.settled, 'accepted');
  assert.equal(trial.sent[0]?.glimpse, 'hello');
});

test('by hand, messages come as far as credit goes, and are settled one by one', async () => {
  using begun = begin();
  const { trial, until } = begun;
  await until(() => trial.connected);
  trial.receive({ address: 'by-hand', settle: 'manual', credit: 1 });
  for (const body of ['a', 'b']) trial.send('by-hand', { body }, 1000);
  await until(() => trial.sent.every(({ state }) => state === 'accepted') && trial.received.length === 1);
  const [subscription] = trial.subscriptions;
  assert.deepEqual([subscription?.credit, subscription?.unsettled], [0, 1], 'the second one waits for credit');
  trial.give(subscription!, 1);
  await until(() => trial.received.length === 2);
  trial.settle(trial.received[0]!, 'released');
  trial.settle(trial.received[1]!, 'accepted');
  trial.give(subscription!, 1);
  await until(() => trial.received.length === 3);
  assert.equal(trial.received[0]?.message.body, 'b', 'what was released comes again');
});

test('what is refused says why, of a subscription and of a message', async () => {
  using begun = begin();
  const { trial, until } = begun;
  await until(() => trial.connected);
  trial.receive({ address: 'first', settle: 'auto', credit: 1, selector: 'colour =' });
  await until(() => trial.subscriptions[0]?.state === 'ended');
  assert.match(trial.subscriptions[0]?.problem ?? '', /selector/);
  trial.send('first', { body: 'x', ttl: 'for ever' }, 0);
  await until(() => trial.sent[0]?.state === 'refused');
  assert.match(trial.sent[0]?.problem ?? '', /ttl/);
  trial.end(trial.subscriptions[0]!);
  assert.deepEqual(trial.subscriptions, []);
});

test('what is under way when the connection is lost is known to be in doubt, and subscriptions come back with it', () => {
  const frames: unknown[] = [];
  const trial = new Trial(frame => frames.push(frame) > 0);
  trial.opened();
  trial.receive({ address: 'a', settle: 'manual', credit: 5 });
  const { id } = trial.subscriptions[0]!;
  trial.take({ type: 'subscribed', id, address: 'a' });
  trial.take({ type: 'message', id, delivery: 1, message: { body: 'x' } });
  trial.send('a', { body: 'y' }, 0);
  trial.lost();
  assert.equal(trial.received[0]?.settled, 'gone');
  assert.equal(trial.sent[0]?.state, 'unknown');
  assert.equal(trial.subscriptions[0]?.state, 'asking');
  trial.opened();
  assert.deepEqual(frames.at(-1), { type: 'subscribe', id, address: 'a', settle: 'manual', credit: 5 });
  assert.equal(trial.subscriptions[0]?.unsettled, 0);
});

test('of a flood the latest messages are kept', () => {
  const trial = new Trial(() => true);
  trial.receive({ address: 'a', settle: 'auto', credit: 100 });
  const { id } = trial.subscriptions[0]!;
  for (let at = 0; at < RECEIVED_SHOWN_MAX + 7; at++) trial.take({ type: 'message', id, delivery: at, message: { body: at } });
  assert.equal(trial.received.length, RECEIVED_SHOWN_MAX);
  assert.equal(trial.received[0]?.message.body, RECEIVED_SHOWN_MAX + 6);
  assert.equal(trial.subscriptions[0]?.received, RECEIVED_SHOWN_MAX + 7);
  trial.clear();
  assert.deepEqual(trial.received, []);
});

test('what is unsettled stays in sight, however much comes', () => {
  const trial = new Trial(() => true);
  trial.receive({ address: 'a', settle: 'manual', credit: 1 });
  trial.receive({ address: 'b', settle: 'auto', credit: 100 });
  const [manual, automatic] = trial.subscriptions;
  trial.take({ type: 'message', id: manual!.id, delivery: 1, message: { body: 'to be settled' } });
  for (let at = 0; at < RECEIVED_SHOWN_MAX + 1; at++)
    trial.take({ type: 'message', id: automatic!.id, delivery: 2 + at, message: { body: at } });
  assert.equal(trial.received.length, RECEIVED_SHOWN_MAX);
  assert.equal(trial.received.at(-1)?.message.body, 'to be settled');
});

test('a message as a request of its own arrives with all that it has', async () => {
  const { headers, body } = plainRequest({
    body: { total: 12 },
    bodyEncoding: 'json',
    subject: 'über; 50 %',
    priority: 7,
    properties: { orderID: 'a;int', size: 3.5, count: { type: 'int', value: '4' }, express: true },
  });
  const sent = await fetch(`${server.http}/m/plain`, { method: 'POST', headers, body });
  assert.equal(sent.status, 202, await sent.text());
  using begun = begin();
  const { trial, until } = begun;
  trial.receive({ address: 'plain', settle: 'auto', credit: 1 });
  await until(() => trial.received.length === 1);
  const { message } = trial.received[0]!;
  assert.deepEqual(message.body, { total: 12 });
  assert.equal(message.subject, 'über; 50 %');
  assert.equal(message.priority, 7);
  assert.deepEqual(message.properties, { orderID: 'a;int', size: 3.5, count: 4, express: true });
});
