import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { IN_DOUBT } from '../../src/delivery/outcome.ts';
import { RunningBroker } from '../support/running-broker.ts';

describe('what an address holds', () => {
  test('is told by what it waits for: consumers, an outcome, its time, its next delivery', () => {
    const running = new RunningBroker();
    running.declare('q', { type: 'queue', redelivery: { delayMs: 10_000 } });
    const producer = running.producer('q');
    for (let i = 0; i < 4; i++) producer.send(`${i}`, { durable: true });
    producer.send('later', { durable: true, deliverAtMs: running.turn.nowMs + 60_000 });
    const consumer = running.consumer('q').grant(2);
    running.run();
    consumer.settleText('0', IN_DOUBT);
    running.run();
    const depth = () => {
      const { ready, unsettled, scheduled, redelivering } = running.status('q').depth;
      return { ready, unsettled, scheduled, redelivering };
    };
    assert.deepEqual(depth(), { ready: 2, unsettled: 1, scheduled: 1, redelivering: 1 });
    assert.equal(running.status('q').scheduled, 2);
    running.turn.advance(11_000);
    assert.deepEqual(depth(), { ready: 3, unsettled: 1, scheduled: 1, redelivering: 0 });
    running.turn.advance(60_000);
    assert.deepEqual(depth(), { ready: 4, unsettled: 1, scheduled: 0, redelivering: 0 });
  });

  test('is as old as its oldest message, also where that has to be read first, and after a restart', () => {
    let onDisk = false;
    const running = new RunningBroker({ inMemory: () => !onDisk });
    running.declare('q', { type: 'queue' });
    const producer = running.producer('q');
    assert.equal(running.status('q').depth.oldestSeconds, undefined);
    producer.send('one', { durable: true });
    running.run();
    running.turn.advance(30_000);
    producer.send('two', { durable: true });
    running.run();
    assert.equal(running.status('q').depth.oldestSeconds, 30);
    const again = running.restart();
    onDisk = true;
    assert.equal(again.status('q').depth.oldestSeconds, undefined, 'it is being read');
    again.run();
    assert.equal(again.status('q').depth.oldestSeconds, 30);
    const consumer = again.consumer('q').grant(1);
    again.run();
    consumer.settleAll();
    again.run();
    again.status('q');
    again.run();
    assert.equal(again.status('q').depth.oldestSeconds, 0);
  });
});

describe('how a producer or consumer stands', () => {
  test('a consumer knows since when it has no credit, whoever used it up or took it back', () => {
    for (const type of ['queue', 'stream', 'anycast', 'multicast'] as const) {
      const running = new RunningBroker();
      running.declare('a', { type });
      const beganMs = running.turn.nowMs;
      const consumer = running.consumer('a');
      const standing = () => {
        const { credit, withoutCreditSinceMs } = consumer.link.standing;
        return [credit, withoutCreditSinceMs];
      };
      assert.deepEqual(standing(), [0, beganMs], type);
      running.turn.advance(1000);
      consumer.grant(1);
      running.run();
      assert.deepEqual(standing(), [1, 0], type);
      const producer = running.producer('a');
      running.turn.advance(1000);
      producer.send('x', { durable: true });
      running.run();
      running.log.makeDurable();
      running.run();
      const usedUpMs = running.turn.nowMs;
      running.turn.advance(5000);
      assert.deepEqual(standing(), [0, usedUpMs], type);
      consumer.grant(5);
      running.turn.advance(1000);
      consumer.grant(0);
      assert.deepEqual(standing(), [0, running.turn.nowMs], type);
    }
  });

  test('a producer of a full queue knows since when it has none, and its address says why', () => {
    const running = new RunningBroker();
    running.declare('q', { type: 'queue', messagesMax: 1 });
    const producer = running.producer('q');
    assert.deepEqual([producer.link.standing?.credit, running.address('q').withheld], [1, undefined]);
    producer.send('x', { durable: true });
    const fullMs = running.turn.nowMs;
    running.turn.advance(7000);
    const { credit, withoutCreditSinceMs } = producer.link.standing!;
    assert.deepEqual([credit, withoutCreditSinceMs], [0, fullMs]);
    assert.equal(running.address('q').withheld, 'q holds as much as it may, 1 message');
    running.declare('calls', { type: 'anycast' });
    assert.match(running.address('calls').withheld!, /nobody consumes from calls/);
    running.consumer('calls');
    assert.match(running.address('calls').withheld!, /the one consumer of calls gives no credit/);
  });

  test('a consumer that waits for the single active one to leave says so', () => {
    const running = new RunningBroker();
    running.declare('q', { type: 'queue', consumers: 'single-active' });
    const [first, second] = [running.consumer('q').grant(1), running.consumer('q').grant(1)];
    running.run();
    assert.deepEqual([first.link.standing.waitsForActive, second.link.standing.waitsForActive], [false, true]);
    first.link.detach(0);
    running.run();
    assert.equal(second.link.standing.waitsForActive, false);
  });
});
