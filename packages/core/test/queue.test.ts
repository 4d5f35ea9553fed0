import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCEPTED, IN_DOUBT, type Outcome, REJECTED, RELEASED } from '../src/outcome.ts';
import { DELIVERIES_PER_TURN_MAX } from '../src/queue.ts';
import { RunningBroker, type RunningBrokerOptions } from './support/running-broker.ts';

const ELSEWHERE: Outcome = { kind: 'modified', deliveryFailed: false, undeliverableHere: true };

function queue(options: RunningBrokerOptions = {}) {
  const running = new RunningBroker(options);
  running.declare('q', { type: 'queue' });
  return running;
}

/** A queue with these messages in it. */
function filled(texts: readonly string[], options: RunningBrokerOptions = {}) {
  const running = queue(options);
  running.producer('q').sendAll(texts, { durable: true });
  running.run();
  return running;
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `m${at}`);
}

describe('queue: order', () => {
  test('messages wait without a consumer, and come in order', () => {
    const running = filled(numbered(1500));
    assert.equal(running.status('q').stored, 1500);
    const consumer = running.consumer('q').grant(2000);
    running.run();
    assert.deepEqual(consumer.texts, numbered(1500));
  });

  test('what arrives while a consumer has credit goes to it at the end of the turn', () => {
    const running = queue();
    const consumer = running.consumer('q').grant(10);
    running.producer('q').sendAll(['a', 'b']);
    assert.deepEqual(consumer.texts, []);
    running.turn.runOne();
    assert.deepEqual(consumer.texts, ['a', 'b']);
  });

  test('a consumer gets as many as it has credit for', () => {
    const running = filled(numbered(10));
    const consumer = running.consumer('q').grant(3);
    running.run();
    assert.equal(consumer.deliveries.length, 3);
    assert.equal(consumer.link.available, 7);
    consumer.grant(2);
    running.run();
    assert.deepEqual(consumer.texts, numbered(5));
  });

  test('competing consumers share, each message goes to one of them', () => {
    const running = filled(numbered(90));
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
    const running = filled(numbered(4));
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
    const running = filled(numbered(1200));
    const consumer = running.consumer('q').grant(5000);
    running.turn.runOne();
    assert.equal(consumer.deliveries.length, DELIVERIES_PER_TURN_MAX);
    running.turn.runOne();
    assert.equal(consumer.deliveries.length, 2 * DELIVERIES_PER_TURN_MAX);
    running.run();
    assert.equal(consumer.deliveries.length, 1200);
  });

  test('a message goes out with what its header said', () => {
    const running = queue();
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
    const running = filled(numbered(20), { inMemory: position => position % 3 === 0 });
    const consumer = running.consumer('q').grant(100);
    running.run();
    assert.deepEqual(consumer.texts, numbered(20));
    assert.ok(running.log.loads > 0);
  });

  test('a message that cannot be read is reported and counted, and the next ones come', () => {
    const running = filled(numbered(3), { inMemory: () => false });
    running.log.loadError = new Error('checksum does not match');
    const consumer = running.consumer('q').grant(100);
    running.turn.runOne();
    running.turn.runOne();
    running.log.loadError = undefined;
    running.run();
    assert.deepEqual(consumer.texts, ['m1', 'm2']);
    assert.equal(running.status('q').counters.dropped, 1);
    assert.ok(running.events.some(({ level, what }) => level === 'error' && what.includes('checksum does not match')));
  });

  test('a read that fails while an earlier message comes back does not deliver anything twice', () => {
    const unreadable = new Set<number>();
    const running = queue({ inMemory: position => !unreadable.has(position) });
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
    running.log.loadError = new Error('unreadable');
    consumer.grant(5);
    running.turn.runOne();
    consumer.settleText('a', RELEASED);
    running.run();
    assert.deepEqual(consumer.texts, ['a', 'b', 'c', 'a']);
  });
});

describe('queue: outcomes', () => {
  test('accepted: the message is gone', () => {
    const running = filled(['a', 'b']);
    const consumer = running.consumer('q').grant(2);
    running.run();
    assert.deepEqual([running.status('q').stored, running.status('q').unsettled], [2, 2]);
    consumer.settleText('a');
    const { stored, unsettled, counters } = running.status('q');
    assert.deepEqual([stored, unsettled, counters.accepted], [1, 1, 1]);
  });

  test('rejected: the message is gone, and the reason is reported', () => {
    const running = filled(['a']);
    const consumer = running.consumer('q').grant(2);
    running.run();
    consumer.settleText('a', { ...REJECTED, reason: { condition: 'example:bad', description: 'no good' } } as Outcome);
    assert.equal(running.status('q').stored, 0);
    assert.ok(running.events.some(({ what, address }) => what.includes('example:bad: no good') && address === 'q'));
  });

  test('released: back in its old place, with its counts as they were, and its next taker is not the first', () => {
    const running = filled(['a', 'b', 'c']);
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
    const running = filled(['a']);
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
    const running = filled(['a', 'b']);
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
    const running = filled(['a']);
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
    const running = filled([...numbered(600), 'last']);
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
    const running = filled(numbered(10));
    const consumer = running.consumer('q').grant(10);
    consumer.onDeliver = delivery => consumer.settle(delivery, ACCEPTED);
    running.run();
    const { stored, unsettled } = running.status('q');
    assert.deepEqual([consumer.texts, stored, unsettled], [numbered(10), 0, 0]);
  });

  test('a consumer that releases everything at once does not hold the loop', () => {
    const running = filled(['a']);
    const consumer = running.consumer('q').grant(5000);
    consumer.onDeliver = delivery => consumer.settle(delivery, RELEASED);
    running.turn.runOne();
    assert.ok(consumer.deliveries.length <= DELIVERIES_PER_TURN_MAX + 1);
  });

  test('a lost consumer’s deliveries go to another, in their order', () => {
    const running = filled(numbered(4));
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
    const running = filled(numbered(3));
    const consumer = running.consumer('q').grant(10, true);
    running.run();
    assert.deepEqual([consumer.deliveries.length, consumer.drains], [3, 1]);
    running.producer('q').send('later');
    running.run();
    assert.equal(consumer.deliveries.length, 3);
  });

  test('an empty queue drains at the end of the turn', () => {
    const running = queue();
    const consumer = running.consumer('q').grant(10, true);
    running.turn.runOne();
    assert.equal(consumer.drains, 1);
  });

  test('draining waits for what has to be read, and for the next turn after 512', () => {
    const running = filled(numbered(700), { inMemory: position => position % 100 !== 0 });
    const consumer = running.consumer('q').grant(1000, true);
    running.turn.runOne();
    assert.equal(consumer.drains, 0);
    running.run();
    assert.deepEqual([consumer.deliveries.length, consumer.drains], [700, 1]);
  });

  test('less credit than messages: drained when the credit is used up', () => {
    const running = filled(numbered(5));
    const consumer = running.consumer('q').grant(2, true);
    running.run();
    assert.deepEqual([consumer.deliveries.length, consumer.drains], [2, 1]);
  });

  test('a paused consumer drains when it goes on', () => {
    const running = filled(numbered(2));
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
    const running = queue();
    const consumer = running.consumer('q');
    consumer.link.pause();
    consumer.grant(10, true);
    running.run();
    consumer.link.resume();
    running.run();
    assert.equal(consumer.drains, 1);
  });

  test('credit that is given anew without drain takes the drain back', () => {
    const running = queue();
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
    const running = filled(['a']);
    const consumer = running.consumer('q').grant(1);
    running.run();
    consumer.settleText('a', ELSEWHERE);
    consumer.grant(5, true);
    running.run();
    assert.deepEqual([consumer.texts, consumer.drains], [['a'], 1]);
  });
});

describe('queue: expiry', () => {
  test('an expired message is not delivered', () => {
    const running = queue();
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
    const running = queue();
    const producer = running.producer('q');
    for (let i = 0; i < 100; i++) producer.send(`m${i}`, { durable: true, ttlMs: i % 2 === 0 ? 100 : 0 });
    running.turn.advance(1000);
    running.turn.advance(1000);
    assert.deepEqual([running.status('q').stored, running.status('q').counters.expired], [50, 50]);
  });

  test('a long queue is swept in pieces', () => {
    const running = queue();
    const producer = running.producer('q');
    for (let i = 0; i < 15_000; i++) producer.send('x', { ttlMs: 100 });
    running.turn.advance(1000);
    assert.equal(running.status('q').stored, 5000);
    running.turn.advance(1000);
    assert.equal(running.status('q').stored, 0);
  });

  test('what a consumer has does not expire under its hands', () => {
    const running = queue();
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
    const running = queue({ durability: 'by-hand' });
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
    const running = queue({ durability: 'by-hand' });
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
    const running = queue();
    const producer = running.producer('q');
    producer.send('x', { durable: true, settled: true });
    assert.equal(producer.outcomes.size, 0);
    assert.equal(running.restart().status('q').stored, 1);
  });

  test('what was accepted is gone after a restart, the rest is there in order with its counts', () => {
    const running = filled(numbered(6));
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
    const running = queue();
    running.producer('q').send('x', { durable: true, ttlMs: 1000 });
    const again = running.restart();
    again.turn.nowMs += 400;
    const consumer = again.consumer('q').grant(1);
    again.run();
    assert.equal(consumer.deliveries[0]!.message.ttlMs, 600);
  });

  test('settlements of a turn are one record of ranges', () => {
    const running = filled(numbered(100));
    const consumer = running.consumer('q').grant(100);
    running.run();
    const before = running.log.records;
    for (let i = 0; i < 100; i++) if (i !== 50) consumer.settleText(`m${i}`);
    running.turn.runOne();
    assert.equal(running.log.records, before + 1);
    assert.equal(running.restart().status('q').stored, 1);
  });

  test('a consumer that asks hears that its outcome is safe when it is on disk', () => {
    const running = filled(['a']);
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
    const running = queue();
    running.producer('q').send('x');
    const consumer = running.consumer('q').grant(1);
    running.run();
    let confirmed = 0;
    consumer.settleConfirmed(consumer.deliveries[0]!, ACCEPTED, () => confirmed++);
    assert.equal(confirmed, 1);
  });

  test('it hears of a released message too, though nothing is written for it', () => {
    const running = filled(['a']);
    const consumer = running.consumer('q').grant(1);
    running.run();
    let confirmed = 0;
    consumer.settleConfirmed(consumer.deliveries[0]!, RELEASED, () => confirmed++);
    running.run();
    assert.equal(confirmed, 1);
  });

  test('it hears of messages of a queue that was deleted meanwhile', () => {
    const running = filled(['a', 'b']);
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
    const running = filled(numbered(1000));
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
    assert.ok(storedBytes >= 100_000 && storedBytes < 125_000, `${storedBytes} bytes stored`);
  });

  test('settled figures are what is stored and what is under way', () => {
    const running = filled(['four', 'five5']);
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
