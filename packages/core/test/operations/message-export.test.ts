import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Refusal } from '../../src/delivery/refusal.ts';
import { ENCODING_AMQP } from '../../src/message/message.ts';
import type { Exported, ExportedMessage } from '../../src/operations/exported.ts';
import type { MessageImport } from '../../src/operations/import-messages.ts';
import { assertRefused, browsed, place } from '../support/operation-end.ts';
import { RunningBroker } from '../support/running-broker.ts';
import { fieldIs, TEXT_ENCODING } from '../support/text-encoding.ts';

const EVER = Number.POSITIVE_INFINITY;

/** All that the space exports, and how many pages that takes. */
function exported(running: RunningBroker): { all: Exported[]; pages: number } {
  const all: Exported[] = [];
  const exporting = running.broker.operations.export(running.space);
  let pages = 0;
  let over = false;
  const next = (): void =>
    exporting.next(page => {
      assert.ok(!(page instanceof Refusal));
      over = page === undefined;
      pages++;
      all.push(...(page ?? []));
    });
  while (!over) {
    next();
    running.run();
    running.log.makeDurable();
  }
  return { all, pages };
}

function imported(running: RunningBroker, all: readonly Exported[]): MessageImport {
  const importing = running.broker.operations.import(running.space);
  for (const each of all) assert.equal(importing.take(each), undefined);
  running.run();
  return importing;
}

function running(): RunningBroker {
  const started = new RunningBroker();
  started.broker.encodings.add(ENCODING_AMQP, TEXT_ENCODING);
  return started;
}

function messagesOf(all: readonly Exported[]): ExportedMessage[] {
  return all.filter(each => each.kind === 'message');
}

describe('export and import of messages', () => {
  test('what queues hold, with what the log keeps beside it', () => {
    const from = running();
    for (const name of ['a', 'b']) from.declare(name, { type: 'queue' });
    from.producer('b').send('k=1', { durable: true, priority: 9, grouped: true });
    from.producer('a').send('k=2', { durable: true, ttlMs: 5000 });
    from.producer('a').send('k=3', { durable: true, deliverAtMs: from.turn.nowMs + 7000 });
    from.producer('a').send('k=4', { durable: false });
    const consumer = from.consumer('b');
    consumer.grant(1);
    from.run();
    consumer.settleAll({ kind: 'modified', deliveryFailed: true, undeliverableHere: false });
    consumer.leave();
    from.run();

    const to = running();
    for (const name of ['a', 'b']) to.declare(name, { type: 'queue' });
    const { stored, expired } = imported(to, exported(from).all);
    assert.deepEqual([stored, expired], [4, 0]);
    // The time to live that is left, the time of delivery, priority, group and failed attempts are as they were.
    assert.deepEqual(messagesOf(exported(to).all), messagesOf(exported(from).all));
    assert.equal(messagesOf(exported(to).all).at(-1)!.attempts, 1);
    const again = to.restart();
    again.broker.encodings.add(ENCODING_AMQP, TEXT_ENCODING);
    assert.deepEqual([browsed(again, {}, place(again, 'a')), browsed(again, {}, place(again, 'b'))], [['k=2', 'k=3'], ['k=1']]);
  });

  test('durable subscriptions, each with its pattern, selector and messages; others are left out', () => {
    const from = running();
    from.declare('t', { type: 'topic' });
    from.consumer('t', { subscription: { name: 'whole', durable: true, shared: true } }).leave(undefined, EVER);
    from
      .consumer('t', { subscription: { name: 'red', durable: true, shared: false }, filter: fieldIs('k', 'red'), pattern: 't/#' })
      .leave(undefined, EVER);
    from.consumer('t', { subscription: { name: 'volatile', durable: false, shared: false } }).leave(undefined, EVER);
    from.producer('t').send('k=red', { durable: true });
    from.producer('t').send('k=blue', { durable: true });
    from.run();
    const { all } = exported(from);
    assert.deepEqual(
      all.map(each => (each.kind === 'message' ? each.subscription : `${each.kind} ${each.name}`)),
      ['subscription whole', 'whole', 'whole', 'subscription red', 'red'],
    );
    const to = running();
    to.declare('t', { type: 'topic' });
    imported(to, all);
    assert.deepEqual(browsed(to, {}, place(to, 't', 'whole')), ['k=red', 'k=blue']);
    assert.deepEqual(browsed(to, {}, place(to, 't', 'red')), ['k=red']);
    assert.deepEqual(exported(to).all, all);
    // A second time, the subscriptions are there, and the messages are doubled.
    imported(to, all);
    assert.equal(browsed(to, {}, place(to, 't', 'whole')).length, 4);
    assert.equal(to.restart().status('t').subscriptions, 2);
  });

  test('streams, whose readers go on where they were', () => {
    const from = running();
    from.declare('s', { type: 'stream', retention: { messagesMax: 4 } });
    const reader = from.consumer('s', { subscription: { name: 'r', durable: true, shared: false } });
    for (let at = 0; at < 6; at++) from.producer('s').send(`k=${at}`, { durable: true });
    reader.grant(3);
    from.run();
    from.log.makeDurable();
    from.run();
    reader.settleAll();
    reader.leave(undefined, EVER);
    from.run();
    const { all } = exported(from);
    assert.deepEqual(all.at(-1), { kind: 'reader', address: 's', name: 'r', shared: false, lag: from.status('s').readers![0]!.lag });
    const to = running();
    to.declare('s', { type: 'stream' });
    imported(to, all);
    to.log.makeDurable();
    assert.deepEqual(browsed(to, {}, place(to, 's')), browsed(from, {}, place(from, 's')));
    assert.equal(to.status('s').readers![0]!.lag, from.status('s').readers![0]!.lag);
  });

  test('retained messages, of which the imported one takes its topic’s place', () => {
    const from = running();
    from.declare('t', { type: 'topic' });
    from.producer('t').send('k=kept', { topic: 't/1', retained: true });
    from.run();
    const { all } = exported(from);
    assert.deepEqual(
      all.map(each => each.kind === 'message' && [each.retained, each.topic, each.durable]),
      [[true, 't/1', true]],
    );
    const to = running();
    to.declare('t', { type: 'topic' });
    to.producer('t').send('k=older', { topic: 't/1', retained: true });
    imported(to, all);
    const again = to.restart();
    again.run();
    assert.equal(again.space.retainedCount, 1);
    assert.deepEqual(
      messagesOf(exported(again).all).map(({ bytes }) => Buffer.from(bytes).toString()),
      messagesOf(all).map(({ bytes }) => Buffer.from(bytes).toString()),
    );
  });

  test('pages keep memory small', () => {
    const from = running();
    from.declare('q', { type: 'queue' });
    for (let at = 0; at < 5; at++) from.producer('q').send(`k=${'x'.repeat(600_000)}`, { durable: true });
    from.run();
    const { all, pages } = exported(from);
    assert.equal(all.length, 5);
    assert.ok(pages >= 5, `${pages} pages`);
  });

  test('what has expired meanwhile is left out, and counted', () => {
    const from = running();
    from.declare('q', { type: 'queue' });
    from.producer('q').send('k=1', { durable: true, ttlMs: 1000 });
    from.run();
    const { all } = exported(from);
    const to = running();
    to.turn.nowMs += 2000;
    to.declare('q', { type: 'queue' });
    const { stored, expired } = imported(to, all);
    assert.deepEqual([stored, expired], [0, 1]);
  });

  test('what cannot be stored is refused in words', () => {
    const from = running();
    from.declare('q', { type: 'queue' });
    from.producer('q').send('k=1', { durable: true });
    from.run();
    const [message] = messagesOf(exported(from).all);
    const to = running();
    const importing = to.broker.operations.import(to.space);
    const take = (change: Partial<ExportedMessage>): unknown => importing.take({ ...message!, ...change });
    assertRefused(take({}), 'address-not-found', /no address q .*import it first/);
    to.declare('direct', { type: 'anycast' });
    assertRefused(take({ address: 'direct' }), 'address-type-mismatch', /stores nothing/);
    to.declare('t', { type: 'topic' });
    assertRefused(take({ address: 't' }), 'capability-unsupported', /name one of them/);
    assertRefused(take({ address: 't', subscription: 's' }), 'subscription-not-found', /no subscription s/);
    to.declare('small', { type: 'queue', messageSizeBytesMax: 1 });
    assertRefused(take({ address: 'small' }), 'message-too-large', /larger than small takes/);
    assertRefused(take({ address: 'small', subscription: 's' }), 'message-too-large', /larger/);
    to.declare('full', { type: 'queue', messagesMax: 1 });
    assert.equal(take({ address: 'full' }), undefined);
    assertRefused(take({ address: 'full' }), 'queue-full', /full is full \(at most 1 message\)/);
    assertRefused(take({ address: '', retained: true }), 'message-target-missing', /names its topic/);
    const subscription = { kind: 'subscription', address: 'q', name: 's', shared: false } as const;
    assertRefused(importing.take(subscription), 'address-not-found', /no address q/);
    assertRefused(importing.take({ ...subscription, address: 'full' }), 'address-type-mismatch', /not a topic/);
    assertRefused(importing.take({ ...subscription, address: 't', pattern: 't/##' }), 'address-name-invalid', /wildcard/);
    assertRefused(
      importing.take({ kind: 'reader', address: 't', name: 's', shared: false, lag: 1 }),
      'address-type-mismatch',
      /not a stream/,
    );
    to.log.press('disk-full');
    assertRefused(take({ address: 'small' }), 'log-unavailable', /disk-full/);
  });
});
