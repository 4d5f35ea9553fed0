import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Redelivery } from '../../src/address/address.ts';
import { IN_DOUBT } from '../../src/delivery/outcome.ts';
import { redeliveryDelayMs } from '../../src/queue/redelivery.ts';
import { restarted, textBroker } from '../support/text-broker.ts';

describe('queue: scheduled messages', () => {
  test('a message waits for its time, and is counted as such', () => {
    const running = textBroker();
    const producer = running.producer('q');
    const { nowMs } = running.turn;
    producer.send('late', { deliverAtMs: nowMs + 5000, durable: true });
    producer.send('now', { durable: true });
    producer.send('past', { deliverAtMs: nowMs - 1, durable: true });
    const consumer = running.consumer('q').grant(10);
    running.run();
    assert.deepEqual(consumer.texts, ['now', 'past']);
    assert.deepEqual([running.status('q').scheduled, running.status('q').stored], [1, 3]);
    running.turn.advance(4999);
    assert.equal(consumer.texts.length, 2);
    running.turn.advance(1);
    assert.deepEqual(consumer.texts, ['now', 'past', 'late']);
    assert.equal(running.status('q').scheduled, 0);
  });

  test('they come in the order of their times, and those of one time in the order of arrival', () => {
    const running = textBroker();
    const producer = running.producer('q');
    const consumer = running.consumer('q').grant(100);
    const { nowMs } = running.turn;
    for (const [at, delay] of [300, 100, 200, 100, 300].entries()) producer.send(`m${at}`, { deliverAtMs: nowMs + delay });
    for (let i = 0; i < 4; i++) running.turn.advance(100);
    assert.deepEqual(consumer.texts, ['m1', 'm3', 'm2', 'm0', 'm4']);
  });

  test('the time is kept over a restart and over compaction', () => {
    const running = textBroker({}, { segmentRecordsMax: 4 });
    const producer = running.producer('q');
    for (let i = 0; i < 10; i++) producer.send(`m${i}`, { deliverAtMs: running.turn.nowMs + 1000 * (10 - i), durable: true });
    running.run();
    running.log.makeDurable();
    running.log.compact();
    running.log.compact();
    const again = restarted(running);
    const consumer = again.consumer('q').grant(100);
    again.run();
    assert.equal(consumer.texts.length, 0);
    again.turn.advance(3000);
    assert.deepEqual(consumer.texts, ['m7', 'm8', 'm9']);
    again.turn.advance(7000);
    assert.equal(consumer.texts.length, 10);
  });

  test('a hundred thousand of them have one timer', () => {
    const running = textBroker();
    const producer = running.producer('q');
    const before = running.turn.timers;
    for (let i = 0; i < 100_000; i++) producer.send('m', { deliverAtMs: running.turn.nowMs + 1 + ((i * 7919) % 100_000) });
    running.run();
    assert.ok(running.turn.timers <= before + 1, `${running.turn.timers - before} timers more`);
    const consumer = running.consumer('q').grant(1_000_000);
    running.turn.advance(50_000);
    assert.equal(consumer.texts.length, 50_000);
    running.turn.advance(50_001);
    assert.equal(consumer.texts.length, 100_000);
  });

  test('one that is due long after the longest timer comes then', () => {
    const running = textBroker();
    const consumer = running.consumer('q').grant(1);
    running.producer('q').send('m', { deliverAtMs: running.turn.nowMs + 5_000_000_000 });
    for (let i = 0; i < 4; i++) running.turn.advance(1_249_999_999);
    assert.equal(consumer.texts.length, 0);
    running.turn.advance(10);
    assert.equal(consumer.texts.length, 1);
  });

  test('one may expire before its time, and be purged', () => {
    const running = textBroker();
    const producer = running.producer('q');
    producer.send('short', { deliverAtMs: running.turn.nowMs + 10_000, ttlMs: 2000 });
    producer.send('long', { deliverAtMs: running.turn.nowMs + 10_000 });
    running.run();
    running.turn.advance(3000);
    assert.deepEqual([running.status('q').scheduled, running.status('q').counters.expired], [1, 1]);
  });
});

describe('queue: redelivery', () => {
  const redelivery: Redelivery = { delayMs: 1000, multiplier: 2, delayMaxMs: 3000 };

  test('a failed message waits, longer each time, up to the longest delay', () => {
    const running = textBroker({ redelivery });
    running.producer('q').send('m', { durable: true });
    const consumer = running.consumer('q').grant(100);
    running.run();
    for (const delayMs of [1000, 2000, 3000, 3000]) {
      const before = consumer.texts.length;
      consumer.settleAll(IN_DOUBT);
      running.run();
      assert.equal(running.status('q').scheduled, 1);
      running.turn.advance(delayMs - 1);
      assert.equal(consumer.texts.length, before);
      running.turn.advance(1);
      assert.equal(consumer.texts.length, before + 1);
    }
    assert.deepEqual(
      consumer.deliveries.map(({ message }) => message.deliveryCount),
      [0, 1, 2, 3, 4],
    );
  });

  test('after a restart what had failed waits for its whole delay again', () => {
    const running = textBroker({ redelivery });
    running.producer('q').sendAll(['m0', 'm1'], { durable: true });
    const consumer = running.consumer('q').grant(1);
    running.run();
    consumer.settleAll(IN_DOUBT);
    running.turn.advance(900);
    const again = restarted(running);
    const later = again.consumer('q').grant(10);
    again.run();
    assert.deepEqual(later.texts, ['m1']);
    again.turn.advance(1000);
    assert.deepEqual(later.texts, ['m1', 'm0']);
  });

  test('others overtake it meanwhile; it has its old place when its time has come', () => {
    const running = textBroker({ redelivery });
    running.producer('q').sendAll(['m0', 'm1', 'm2']);
    const consumer = running.consumer('q').grant(1);
    running.run();
    consumer.settleAll(IN_DOUBT);
    consumer.grant(1);
    running.run();
    running.turn.advance(1000);
    consumer.settleAll();
    consumer.grant(2);
    running.run();
    assert.deepEqual(consumer.texts, ['m0', 'm1', 'm0', 'm2']);
  });

  test('a release does not wait; a consumer may ask for a delay of its own', () => {
    const running = textBroker({ redelivery });
    running.producer('q').send('m');
    const consumer = running.consumer('q').grant(10);
    running.run();
    consumer.settleAll({ kind: 'released' });
    running.run();
    assert.equal(consumer.texts.length, 2);
    consumer.settleAll({ kind: 'modified', deliveryFailed: false, undeliverableHere: false, delayMs: 50 });
    running.run();
    assert.equal(consumer.texts.length, 2);
    running.turn.advance(50);
    assert.equal(consumer.texts.length, 3);
    consumer.settleAll({ kind: 'modified', deliveryFailed: true, undeliverableHere: false, delayMs: 0 });
    running.run();
    assert.equal(consumer.texts.length, 4);
  });

  test('jitter shortens a delay by up to its share, differently for each message, and the same again for the same one', () => {
    const jittered: Redelivery = { delayMs: 1000, jitter: 0.5 };
    const delays = Array.from({ length: 100 }, (_, seed) => redeliveryDelayMs(jittered, 1, seed));
    assert.ok(delays.every(delay => delay > 500 && delay <= 1000));
    assert.ok(new Set(delays).size > 50);
    assert.deepEqual(
      delays,
      delays.map((_, seed) => redeliveryDelayMs(jittered, 1, seed)),
    );
    assert.equal(redeliveryDelayMs(undefined, 5, 1), 0);
  });
});

describe('queue: time to live', () => {
  test('the address has one for messages that say none, and a longest one', () => {
    const running = textBroker({ ttlDefaultMs: 5000, ttlMaxMs: 10_000 });
    const producer = running.producer('q');
    producer.send('none');
    producer.send('short', { ttlMs: 2000 });
    producer.send('long', { ttlMs: 60_000 });
    const consumer = running.consumer('q').grant(10);
    running.run();
    assert.deepEqual(
      consumer.deliveries.map(({ message }) => message.ttlMs),
      [5000, 2000, 10_000],
    );
  });
});
