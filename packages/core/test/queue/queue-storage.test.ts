import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCEPTED, IN_DOUBT, RELEASED } from '../../src/delivery/outcome.ts';
import { filledQueue, numbered } from '../support/filled-queue.ts';
import { RunningBroker } from '../support/running-broker.ts';

describe('queue: expiry', () => {
  test('an expired message is not delivered', () => {
    const running = filledQueue([]);
    const producer = running.producer('q');
    producer.send('short', { ttlMs: 500, durable: true });
    producer.send('long', { ttlMs: 5000, durable: true });
    producer.send('ever', { durable: true });
    running.turn.nowMs += 500;
    const consumer = running.consumer('q').grant(5);
    running.run();
    assert.deepEqual(consumer.texts, ['long', 'ever']);
    assert.deepEqual([running.status('q').counters.expired, running.status('q').stored], [1, 2]);
  });

  test('expired messages go without a consumer too, wherever they are in the queue', () => {
    const running = filledQueue([]);
    const producer = running.producer('q');
    for (let i = 0; i < 100; i++) producer.send(`m${i}`, { durable: true, ttlMs: i % 2 === 0 ? 100 : 0 });
    running.turn.advance(1000);
    running.turn.advance(1000);
    assert.deepEqual([running.status('q').stored, running.status('q').counters.expired], [50, 50]);
  });

  test('a long queue is swept in pieces', () => {
    const running = filledQueue([]);
    const producer = running.producer('q');
    for (let i = 0; i < 15_000; i++) producer.send('x', { ttlMs: 100 });
    running.turn.advance(1000);
    assert.equal(running.status('q').stored, 5000);
    running.turn.advance(1000);
    assert.equal(running.status('q').stored, 0);
  });

  test('what a consumer has does not expire under its hands', () => {
    const running = filledQueue([]);
    running.producer('q').send('x', { ttlMs: 500 });
    const consumer = running.consumer('q').grant(5);
    running.run();
    running.turn.advance(5000);
    assert.equal(running.status('q').stored, 1);
    consumer.settleText('x', RELEASED);
    running.run();
    assert.deepEqual([running.status('q').stored, consumer.texts], [0, ['x']]);
  });
});

describe('queue: durability', () => {
  test('a durable message is accepted when it is on disk, and not before', () => {
    const running = filledQueue([], { durability: 'by-hand' });
    const producer = running.producer('q');
    producer.sendAll(['a', 'b'], { durable: true });
    const end = running.log.end;
    producer.send('c', { durable: true });
    running.run();
    assert.deepEqual(producer.kinds, [undefined, undefined, undefined]);
    running.log.makeDurable(end);
    assert.deepEqual(producer.kinds, ['accepted', 'accepted', undefined]);
    running.log.makeDurable();
    assert.deepEqual(producer.kinds, ['accepted', 'accepted', 'accepted']);
  });

  test('one that is not durable is accepted at once, and gone after a restart', () => {
    const running = filledQueue([], { durability: 'by-hand' });
    const producer = running.producer('q');
    producer.send('volatile');
    assert.deepEqual(producer.kinds, ['accepted']);
    producer.send('kept', { durable: true });
    const again = running.restart();
    assert.equal(again.status('q').stored, 1);
    const consumer = again.consumer('q').grant(5);
    again.run();
    assert.deepEqual(consumer.texts, ['kept']);
  });

  test('the outcome of a settled message goes nowhere, and it is kept all the same', () => {
    const running = filledQueue([]);
    const producer = running.producer('q');
    producer.send('x', { durable: true, settled: true });
    assert.equal(producer.outcomes.size, 0);
    assert.equal(running.restart().status('q').stored, 1);
  });

  test('what was accepted is gone after a restart, the rest is there in order with its counts', () => {
    const running = filledQueue(numbered(6));
    const consumer = running.consumer('q').grant(4);
    running.run();
    consumer.settleText('m1');
    consumer.settleText('m2', IN_DOUBT);
    const again = running.restart();
    const later = again.consumer('q').grant(10);
    again.run();
    assert.deepEqual(later.texts, ['m0', 'm2', 'm3', 'm4', 'm5']);
    assert.deepEqual(
      later.deliveries.map(({ message }) => [message.deliveryCount, message.firstAcquirer]),
      [
        [0, false],
        [1, false],
        [0, false],
        [0, false],
        [0, false],
      ],
    );
  });

  test('times to live go on over a restart', () => {
    const running = filledQueue([]);
    running.producer('q').send('x', { durable: true, ttlMs: 1000 });
    const again = running.restart();
    again.turn.nowMs += 400;
    const consumer = again.consumer('q').grant(1);
    again.run();
    assert.equal(consumer.deliveries[0]!.message.ttlMs, 600);
  });

  test('settlements of a turn are one record of ranges', () => {
    const running = filledQueue(numbered(100));
    const consumer = running.consumer('q').grant(100);
    running.run();
    const before = running.log.records;
    for (let i = 0; i < 100; i++) if (i !== 50) consumer.settleText(`m${i}`);
    running.turn.runOne();
    assert.equal(running.log.records, before + 1);
    assert.equal(running.restart().status('q').stored, 1);
  });

  test('a consumer that asks hears that its outcome is safe when it is on disk', () => {
    const running = filledQueue(['a']);
    const confirmed: string[] = [];
    const consumer = running.consumer('q').grant(1);
    running.run();
    consumer.settleConfirmed(consumer.deliveries[0]!, ACCEPTED, () => {
      confirmed.push('a');
      assert.equal(running.crash().status('q').stored, 0);
    });
    assert.deepEqual(confirmed, []);
    running.run();
    assert.deepEqual(confirmed, ['a']);
  });

  test('it hears at once of a message that is not durable', () => {
    const running = filledQueue([]);
    running.producer('q').send('x');
    const consumer = running.consumer('q').grant(1);
    running.run();
    let confirmed = 0;
    consumer.settleConfirmed(consumer.deliveries[0]!, ACCEPTED, () => confirmed++);
    assert.equal(confirmed, 1);
  });

  test('it hears of a released message too, though nothing is written for it', () => {
    const running = filledQueue(['a']);
    const consumer = running.consumer('q').grant(1);
    running.run();
    let confirmed = 0;
    consumer.settleConfirmed(consumer.deliveries[0]!, RELEASED, () => confirmed++);
    running.run();
    assert.equal(confirmed, 1);
  });

  test('it hears of messages of a queue that was deleted meanwhile', () => {
    const running = filledQueue(['a', 'b']);
    const consumer = running.consumer('q').grant(2);
    running.run();
    let confirmed = 0;
    const [a, b] = consumer.deliveries;
    consumer.settleConfirmed(a!, ACCEPTED, () => confirmed++);
    running.space.remove('q', { force: true }, () => {});
    consumer.settleConfirmed(b!, ACCEPTED, () => confirmed++);
    running.run();
    assert.equal(confirmed, 2);
  });
});

describe('queue: purge', () => {
  test('what nobody has is removed, for good', () => {
    const running = filledQueue(numbered(1000));
    const consumer = running.consumer('q').grant(2);
    running.run();
    const queues = [...running.shard.queues.values()];
    assert.equal(queues[0]!.purge(), 998);
    running.run();
    assert.deepEqual([running.status('q').stored, running.status('q').unsettled], [2, 2]);
    consumer.settleText('m0', RELEASED);
    consumer.grant(1);
    running.run();
    assert.deepEqual(consumer.texts, ['m0', 'm1', 'm0']);
    assert.equal(running.restart().status('q').stored, 2);
  });
});

describe('queue: limits', () => {
  test('producers together have credit for what fits in, and again when there is room', () => {
    const running = new RunningBroker();
    running.declare('q', { type: 'queue', messagesMax: 10 });
    const producers = [running.producer('q'), running.producer('q')];
    running.run();
    for (const producer of producers) while (producer.credit > 0) producer.send('x', { durable: true });
    running.run();
    for (const producer of producers) while (producer.credit > 0) producer.send('x', { durable: true });
    running.run();
    const { stored } = running.status('q');
    assert.ok(stored >= 10 && stored <= 12, `${stored} stored`);
    assert.ok(producers.every(({ credit }) => credit === 0));
    const consumer = running.consumer('q').grant(8);
    running.run();
    consumer.settleAll();
    running.run();
    assert.ok(producers.every(({ credit }) => credit > 0));
  });

  test('bytes are a limit too', () => {
    const running = new RunningBroker();
    running.declare('q', { type: 'queue', bytesMax: 100_000 });
    const producer = running.producer('q');
    for (let sent = 0; producer.credit > 0; sent++) {
      producer.send('x'.repeat(10_000));
      running.run();
      assert.ok(sent < 100);
    }
    const { storedBytes } = running.status('q');
    assert.ok(storedBytes > 85_000 && storedBytes <= 100_000, `${storedBytes} bytes stored`);
  });

  test('settled figures are what is stored and what is under way', () => {
    const running = filledQueue(['four', 'five5']);
    const consumer = running.consumer('q').grant(1);
    running.run();
    const { stored, storedBytes, unsettled, producers, consumers, phase, type, temporary, counters } = running.status('q');
    assert.equal(storedBytes, running.log.retainedBytes - running.definitionBytes);
    assert.deepEqual(
      { stored, unsettled, producers, consumers, phase, type, temporary },
      { stored: 2, unsettled: 1, producers: 1, consumers: 1, phase: 'Active', type: 'queue', temporary: false },
    );
    assert.deepEqual([counters.in, counters.out], [2, 1]);
    consumer.leave();
  });
});
