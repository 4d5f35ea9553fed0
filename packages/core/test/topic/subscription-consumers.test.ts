import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AddressSpec } from '../../src/address/address.ts';
import { listSubscriptions } from '../../src/operations/subscriptions.ts';
import type { RecordingConsumer } from '../support/recording-consumer.ts';
import { RunningBroker } from '../support/running-broker.ts';

const REJECTED = { kind: 'rejected' } as const;
const RELEASED = { kind: 'released' } as const;

function topic(spec: Partial<AddressSpec>): RunningBroker {
  const running = new RunningBroker();
  running.declare('news', { type: 'topic', ...spec });
  return running;
}

function subscriber(running: RunningBroker, name: string): RecordingConsumer {
  const consumer = running.consumer('news', { subscription: { name, durable: true, shared: true } }).grant(100);
  running.run();
  return consumer;
}

function publish(running: RunningBroker, count: number): void {
  running.producer('news').sendAll(
    Array.from({ length: count }, (_, at) => `m${at}`),
    { durable: true },
  );
  running.run();
}

function pauses(running: RunningBroker): Record<string, boolean> {
  const subscriptions = listSubscriptions(running.space, 'news');
  assert.ok(Array.isArray(subscriptions));
  return Object.fromEntries(subscriptions.map(({ name, pausedUntilMs }) => [name, pausedUntilMs !== undefined]));
}

describe('the breaker of a topic', () => {
  test('pauses the subscription whose consumer fails, and no other', () => {
    const running = topic({ breaker: { failures: 2, pauseMs: 10_000 } });
    const [broken, sound] = [subscriber(running, 'broken'), subscriber(running, 'sound')];
    publish(running, 2);
    broken.settleAll(REJECTED);
    sound.settleAll({ kind: 'accepted' });
    publish(running, 3);
    assert.deepEqual([broken.texts.length, sound.texts.length], [2, 5]);
    assert.deepEqual(pauses(running), { broken: true, sound: false });
    running.turn.advance(10_000);
    assert.equal(broken.texts.length, 3, 'one is tried');
    broken.settleAll({ kind: 'accepted' });
    running.run();
    assert.equal(broken.texts.length, 5);
    assert.deepEqual(pauses(running), { broken: false, sound: false });
  });
});

test('a breaker that is taken away holds no subscription back any more', () => {
  const running = topic({ breaker: { failures: 1, pauseMs: 10_000 } });
  const broken = subscriber(running, 'broken');
  publish(running, 1);
  broken.settleAll(REJECTED);
  publish(running, 2);
  assert.equal(broken.texts.length, 1);
  running.address('news').respec({ type: 'topic' });
  running.run();
  assert.equal(broken.texts.length, 3);
  assert.deepEqual(pauses(running), { broken: false });
});

describe('a topic with single active consumers', () => {
  test('gives each shared subscription one, and the next takes over', () => {
    const running = topic({ consumers: 'single-active' });
    const [first, second, other] = [subscriber(running, 'work'), subscriber(running, 'work'), subscriber(running, 'audit')];
    publish(running, 4);
    assert.deepEqual([first.texts.length, second.texts.length, other.texts.length], [4, 0, 4]);
    first.leave(RELEASED, Number.POSITIVE_INFINITY);
    running.run();
    assert.equal(second.texts.length, 4);
  });

  test('is the same for a durable subscription after a restart', () => {
    const before = topic({ consumers: 'single-active' });
    subscriber(before, 'work').leave(undefined, Number.POSITIVE_INFINITY);
    publish(before, 3);
    const running = before.restart();
    const consumers = [subscriber(running, 'work'), subscriber(running, 'work')];
    assert.deepEqual(
      consumers.map(({ texts }) => texts.length),
      [3, 0],
    );
  });

  test('may have it from now on, and compete again', () => {
    const running = topic({});
    const consumers = [subscriber(running, 'work'), subscriber(running, 'work')];
    const counts = (): number[] => consumers.map(({ texts }) => texts.length);
    running.address('news').respec({ type: 'topic', consumers: 'single-active' });
    publish(running, 4);
    assert.deepEqual(counts(), [4, 0]);
    running.address('news').respec({ type: 'topic' });
    publish(running, 4);
    assert.deepEqual(counts(), [4, 4]);
  });
});
