import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCEPTED, IN_DOUBT, type Outcome, REJECTED, RELEASED } from '../../src/delivery/outcome.ts';
import { DELIVERIES_PER_TURN_MAX } from '../../src/limits/turn-share.ts';
import { RecordLost } from '../../src/store/log.ts';
import { filledQueue, numbered } from '../support/filled-queue.ts';

const ELSEWHERE: Outcome = { kind: 'modified', deliveryFailed: false, undeliverableHere: true };

describe('queue: order', () => {
  test('messages wait without a consumer, and come in order', () => {
    const running = filledQueue(numbered(1500));
    assert.equal(running.status('q').stored, 1500);
    const consumer = running.consumer('q').grant(2000);
    running.run();
    assert.deepEqual(consumer.texts, numbered(1500));
  });

  test('what arrives while a consumer has credit goes to it at the end of the turn', () => {
    const running = filledQueue([]);
    const consumer = running.consumer('q').grant(10);
    running.producer('q').sendAll(['a', 'b']);
    assert.deepEqual(consumer.texts, []);
    running.turn.runOne();
    assert.deepEqual(consumer.texts, ['a', 'b']);
  });

  test('a consumer gets as many as it has credit for', () => {
    const running = filledQueue(numbered(10));
    const consumer = running.consumer('q').grant(3);
    running.run();
    assert.equal(consumer.deliveries.length, 3);
    assert.equal(consumer.link.available, 7);
    consumer.grant(2);
    running.run();
    assert.deepEqual(consumer.texts, numbered(5));
  });

  test('competing consumers share, each message goes to one of them', () => {
    const running = filledQueue(numbered(90));
    const consumers = [1, 2, 3].map(() => running.consumer('q').grant(100));
    running.run();
    assert.deepEqual(
      consumers.map(({ deliveries }) => deliveries.length),
      [30, 30, 30],
    );
    const all = consumers.flatMap(({ texts }) => texts);
    assert.equal(new Set(all).size, 90);
  });

  test('a paused consumer gets nothing, and the rest when it goes on', () => {
    const running = filledQueue(numbered(4));
    const consumer = running.consumer('q');
    consumer.link.pause();
    consumer.grant(10);
    running.run();
    assert.deepEqual(consumer.texts, []);
    consumer.link.resume();
    running.run();
    assert.deepEqual(consumer.texts, numbered(4));
  });

  test('after 512 deliveries in a turn others have the loop', () => {
    const running = filledQueue(numbered(1200));
    const consumer = running.consumer('q').grant(5000);
    running.turn.runOne();
    assert.equal(consumer.deliveries.length, DELIVERIES_PER_TURN_MAX);
    running.turn.runOne();
    assert.equal(consumer.deliveries.length, 2 * DELIVERIES_PER_TURN_MAX);
    running.run();
    assert.equal(consumer.deliveries.length, 1200);
  });

  test('a message goes out with what its header said', () => {
    const running = filledQueue([]);
    running.producer('q').send('x', { durable: true, priority: 7, format: 9, ttlMs: 5000, deliveryCount: 2, headerBytes: 11 });
    running.turn.advance(1000);
    const consumer = running.consumer('q').grant(1);
    running.run();
    const { text, message } = consumer.deliveries[0]!;
    const { durable, priority, format, ttlMs, deliveryCount, firstAcquirer, headerSize } = message;
    assert.deepEqual(
      { text, durable, priority, format, ttlMs, deliveryCount, firstAcquirer, headerSize },
      { text: 'x', durable: true, priority: 7, format: 9, ttlMs: 4000, deliveryCount: 2, firstAcquirer: true, headerSize: 0 },
    );
  });

  test('what is on disk is read first, and order is kept', () => {
    const running = filledQueue(numbered(20), { inMemory: position => position % 3 === 0 });
    const consumer = running.consumer('q').grant(100);
    running.run();
    assert.deepEqual(consumer.texts, numbered(20));
    assert.ok(running.log.loads > 0);
  });

  test('a message that cannot be read is reported and counted, and the next ones come', () => {
    const running = filledQueue(numbered(3), { inMemory: () => false });
    running.log.loadError = new RecordLost('checksum does not match');
    const consumer = running.consumer('q').grant(100);
    running.turn.runOne();
    running.turn.runOne();
    running.log.loadError = undefined;
    running.run();
    assert.deepEqual(consumer.texts, ['m1', 'm2']);
    assert.equal(running.status('q').counters.dropped, 1);
    assert.ok(running.events.some(({ level, what }) => level === 'error' && what.includes('checksum does not match')));
  });

  test('a read that fails for a time loses nothing: it is tried again', () => {
    const running = filledQueue(numbered(3), { inMemory: () => false });
    running.log.loadError = new Error('EIO: i/o error, read');
    const consumer = running.consumer('q').grant(100);
    running.run();
    assert.deepEqual(consumer.texts, []);
    running.log.loadError = undefined;
    running.turn.advance(2000);
    running.run();
    assert.deepEqual(consumer.texts, numbered(3));
    assert.equal(running.status('q').counters.dropped, 0);
    assert.ok(running.events.some(({ level, what }) => level === 'warn' && what.includes('EIO')));
  });

  test('a read that fails while an earlier message comes back does not deliver anything twice', () => {
    const unreadable = new Set<number>();
    const running = filledQueue([], { inMemory: position => !unreadable.has(position) });
    const producer = running.producer('q');
    const positions: number[] = [];
    for (const text of ['a', 'b', 'c']) {
      producer.send(text, { durable: true });
      positions.push(running.log.end - 1);
    }
    const consumer = running.consumer('q').grant(3);
    running.run();
    consumer.settleText('b', RELEASED);
    unreadable.add(positions[1]!);
    running.log.loadError = new RecordLost('unreadable');
    consumer.grant(5);
    running.turn.runOne();
    consumer.settleText('a', RELEASED);
    running.run();
    assert.deepEqual(consumer.texts, ['a', 'b', 'c', 'a']);
  });
});

describe('queue: outcomes', () => {
  test('accepted: the message is gone', () => {
    const running = filledQueue(['a', 'b']);
    const consumer = running.consumer('q').grant(2);
    running.run();
    assert.deepEqual([running.status('q').stored, running.status('q').unsettled], [2, 2]);
    consumer.settleText('a');
    const { stored, unsettled, counters } = running.status('q');
    assert.deepEqual([stored, unsettled, counters.accepted], [1, 1, 1]);
  });

  test('rejected: the message is gone, and the reason is reported', () => {
    const running = filledQueue(['a']);
    const consumer = running.consumer('q').grant(2);
    running.run();
    consumer.settleText('a', { ...REJECTED, reason: { condition: 'example:bad', description: 'no good' } } as Outcome);
    assert.equal(running.status('q').stored, 0);
    assert.ok(running.events.some(({ what, address }) => what.includes('example:bad: no good') && address === 'q'));
  });

  test('released: back in its old place, with its counts as they were, and its next taker is not the first', () => {
    const running = filledQueue(['a', 'b', 'c']);
    const consumer = running.consumer('q').grant(2);
    running.run();
    consumer.settleText('b', RELEASED);
    consumer.settleText('a', RELEASED);
    consumer.grant(3);
    running.run();
    assert.deepEqual(consumer.texts, ['a', 'b', 'a', 'b', 'c']);
    const again = consumer.deliveries.slice(2).map(({ message }) => [message.deliveryCount, message.firstAcquirer]);
    assert.deepEqual(again, [
      [0, false],
      [0, false],
      [0, true],
    ]);
  });

  test('modified with delivery failed: the attempt is counted', () => {
    const running = filledQueue(['a']);
    const consumer = running.consumer('q').grant(1);
    running.run();
    consumer.settleText('a', IN_DOUBT);
    consumer.grant(1);
    running.run();
    consumer.settleText('a', { kind: 'modified', deliveryFailed: false, undeliverableHere: false });
    consumer.grant(1);
    running.run();
    assert.deepEqual(
      consumer.deliveries.map(({ message }) => message.deliveryCount),
      [0, 1, 1],
    );
  });

  test('modified with undeliverable here: it goes to another, and not to this one again', () => {
    const running = filledQueue(['a', 'b']);
    const [one, other] = [running.consumer('q'), running.consumer('q')];
    one.grant(1);
    running.run();
    one.settleText('a', ELSEWHERE);
    one.grant(5);
    running.run();
    assert.deepEqual(one.texts, ['a', 'b'], 'it waits for another');
    other.grant(1);
    running.run();
    assert.deepEqual(other.texts, ['a']);
  });

  test('undeliverable to all that are there: it waits for one that comes, in its old place', () => {
    const running = filledQueue(['a']);
    const [one, other] = [running.consumer('q'), running.consumer('q')];
    for (const each of [one, other]) {
      each.grant(5);
      running.run();
      each.settleText('a', ELSEWHERE);
      running.run();
    }
    assert.deepEqual([one.texts, other.texts], [['a'], ['a']]);
    running.producer('q').sendAll(['b', 'c']);
    one.leave();
    other.leave();
    const late = running.consumer('q').grant(1);
    running.run();
    assert.deepEqual(late.texts, ['a']);
    assert.equal(running.status('q').stored, 3);
  });

  test('what waits for another consumer does not use up the turns of those who cannot have it', () => {
    const running = filledQueue([...numbered(600), 'last']);
    const picky = running.consumer('q').grant(600);
    running.run();
    picky.settleAll(ELSEWHERE);
    running.run();
    running.log.inMemory = () => false;
    const loads = running.log.loads;
    picky.grant(1);
    running.run();
    picky.grant(1);
    running.run();
    assert.equal(picky.texts.at(-1), 'last');
    assert.ok(running.log.loads - loads <= 2, `${running.log.loads - loads} reads for one message`);
  });

  test('a consumer may settle while it is being delivered to', () => {
    const running = filledQueue(numbered(10));
    const consumer = running.consumer('q').grant(10);
    consumer.onDeliver = delivery => consumer.settle(delivery, ACCEPTED);
    running.run();
    const { stored, unsettled } = running.status('q');
    assert.deepEqual([consumer.texts, stored, unsettled], [numbered(10), 0, 0]);
  });

  test('a consumer that releases everything at once does not hold the loop', () => {
    const running = filledQueue(['a']);
    const consumer = running.consumer('q').grant(5000);
    consumer.onDeliver = delivery => consumer.settle(delivery, RELEASED);
    running.turn.runOne();
    assert.ok(consumer.deliveries.length <= DELIVERIES_PER_TURN_MAX + 1);
  });

  test('a lost consumer’s deliveries go to another, in their order', () => {
    const running = filledQueue(numbered(4));
    const [one, other] = [running.consumer('q').grant(3), running.consumer('q')];
    running.run();
    one.leave(IN_DOUBT);
    other.grant(10);
    running.run();
    assert.deepEqual(other.texts, numbered(4));
    assert.deepEqual(
      other.deliveries.map(({ message }) => message.deliveryCount),
      [1, 1, 1, 0],
    );
  });
});

describe('queue: drain', () => {
  test('what is there is delivered, then the credit that is left goes back', () => {
    const running = filledQueue(numbered(3));
    const consumer = running.consumer('q').grant(10, true);
    running.run();
    assert.deepEqual([consumer.deliveries.length, consumer.drains], [3, 1]);
    running.producer('q').send('later');
    running.run();
    assert.equal(consumer.deliveries.length, 3);
  });

  test('an empty queue drains at the end of the turn', () => {
    const running = filledQueue([]);
    const consumer = running.consumer('q').grant(10, true);
    running.turn.runOne();
    assert.equal(consumer.drains, 1);
  });

  test('draining waits for what has to be read, and for the next turn after 512', () => {
    const running = filledQueue(numbered(700), { inMemory: position => position % 100 !== 0 });
    const consumer = running.consumer('q').grant(1000, true);
    running.turn.runOne();
    assert.equal(consumer.drains, 0);
    running.run();
    assert.deepEqual([consumer.deliveries.length, consumer.drains], [700, 1]);
  });

  test('less credit than messages: drained when the credit is used up', () => {
    const running = filledQueue(numbered(5));
    const consumer = running.consumer('q').grant(2, true);
    running.run();
    assert.deepEqual([consumer.deliveries.length, consumer.drains], [2, 1]);
  });

  test('a paused consumer drains when it goes on', () => {
    const running = filledQueue(numbered(2));
    const consumer = running.consumer('q');
    consumer.link.pause();
    consumer.grant(10, true);
    running.run();
    assert.deepEqual([consumer.deliveries.length, consumer.drains], [0, 0]);
    consumer.link.resume();
    running.run();
    assert.deepEqual([consumer.deliveries.length, consumer.drains], [2, 1]);
  });

  test('a paused consumer drains when it goes on, though nothing is left for it', () => {
    const running = filledQueue([]);
    const consumer = running.consumer('q');
    consumer.link.pause();
    consumer.grant(10, true);
    running.run();
    consumer.link.resume();
    running.run();
    assert.equal(consumer.drains, 1);
  });

  test('credit that is given anew without drain takes the drain back', () => {
    const running = filledQueue([]);
    const consumer = running.consumer('q');
    consumer.link.pause();
    consumer.grant(10, true);
    running.run();
    consumer.grant(5);
    consumer.link.resume();
    running.run();
    assert.equal(consumer.drains, 0);
    running.producer('q').send('a');
    running.run();
    assert.deepEqual(consumer.texts, ['a']);
  });

  test('what it may not have does not keep it from draining', () => {
    const running = filledQueue(['a']);
    const consumer = running.consumer('q').grant(1);
    running.run();
    consumer.settleText('a', ELSEWHERE);
    consumer.grant(5, true);
    running.run();
    assert.deepEqual([consumer.texts, consumer.drains], [['a'], 1]);
  });
});
