import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TRANSACTION_BYTES_MAX, TRANSACTION_PARTS_MAX, type Transaction } from '../../src/brokered/transaction.ts';
import { TRANSACTION_IDLE_TIMEOUT_MS, TRANSACTIONS_BYTES_MAX, TRANSACTIONS_MAX } from '../../src/brokered/transactions.ts';
import { ACCEPTED, IN_DOUBT, REJECTED, RELEASED } from '../../src/delivery/outcome.ts';
import { Refusal } from '../../src/delivery/refusal.ts';
import type { RecordedDelivery, RecordingConsumer } from '../support/recording-consumer.ts';
import type { RecordingProducer } from '../support/recording-producer.ts';
import { RunningBroker } from '../support/running-broker.ts';
import { type MessageFields, textMessage } from '../support/text-message.ts';

function begin(running: RunningBroker): Transaction {
  const transaction = running.space.transactions.begin();
  assert.ok(!(transaction instanceof Refusal));
  return transaction;
}

function post(transaction: Transaction, producer: RecordingProducer, text: string, fields: MessageFields = {}): Refusal | undefined {
  return transaction.post(producer.link, textMessage(text, { durable: true, ...fields }));
}

/** Commits, and answers what tells whether that is on disk. */
function commit(transaction: Transaction): { durable: boolean } {
  assert.equal(transaction.refusal(), undefined);
  const committed = { durable: false };
  const confirmed = (): void => {
    committed.durable = true;
  };
  transaction.commit({ confirmed }, 0);
  return committed;
}

/** What the consumer has of this text and has not settled. */
function held(consumer: RecordingConsumer, text: string): RecordedDelivery {
  const delivery = consumer.deliveries.find(one => one.text === text && !one.settled);
  assert.ok(delivery, `${text} is with the consumer`);
  return delivery;
}

/** The consumer settles as part of the transaction. */
function retire(transaction: Transaction, consumer: RecordingConsumer, text: string, outcome = ACCEPTED): void {
  const delivery = held(consumer, text);
  delivery.settled = true;
  consumer.unsettled--;
  transaction.retire(delivery.source, delivery.token, outcome);
}

describe('a transaction', () => {
  test('[4.4.1] messages become available when it commits, and not before', () => {
    const running = new RunningBroker();
    const consumer = running.consumer('q').grant(10);
    const producer = running.producer('q');
    const transaction = begin(running);
    assert.equal(post(transaction, producer, 'a'), undefined);
    assert.equal(post(transaction, producer, 'b'), undefined);
    running.run();
    assert.deepEqual([consumer.texts, running.status('q').stored], [[], 0]);
    commit(transaction);
    running.run();
    assert.deepEqual(consumer.texts, ['a', 'b']);
    assert.equal(running.space.transactions.size, 0);
    assert.equal(running.space.transactions.bytes, 0);
  });

  test('[4.4.1] messages of one that rolls back never were', () => {
    const running = new RunningBroker();
    const producer = running.producer('q');
    const transaction = begin(running);
    post(transaction, producer, 'a');
    transaction.rollback();
    running.run();
    assert.deepEqual([running.status('q').stored, running.space.transactions.bytes, running.space.transactions.size], [0, 0, 0]);
    assert.equal(running.status('q').counters.in, 0);
  });

  test('it is committed when its unit is on disk', () => {
    const running = new RunningBroker({ durability: 'by-hand' });
    const transaction = begin(running);
    post(transaction, running.producer('q'), 'a');
    const committed = commit(transaction);
    running.run();
    running.log.makeDurable(running.log.end - 1);
    assert.equal(committed.durable, false);
    running.log.makeDurable();
    assert.equal(committed.durable, true);
  });

  test('one that holds nothing is committed at once', () => {
    const running = new RunningBroker({ durability: 'by-hand' });
    const { end } = running.log;
    assert.equal(commit(begin(running)).durable, true);
    assert.equal(running.log.end, end);
  });

  test('[4.4.2] an outcome counts when it commits', () => {
    const running = new RunningBroker();
    running.producer('q').sendAll(['a', 'b'], { durable: true });
    const consumer = running.consumer('q').grant(10);
    running.run();
    const transaction = begin(running);
    retire(transaction, consumer, 'a');
    retire(transaction, consumer, 'b', REJECTED);
    running.run();
    assert.equal(running.status('q').unsettled, 2);
    commit(transaction);
    running.run();
    const { accepted, rejected } = running.status('q').counters;
    assert.deepEqual([running.status('q').stored, accepted, rejected], [0, 1, 1]);
    assert.equal(running.restart().status('q').stored, 0);
  });

  test('[4.4.2] what was settled in one that rolls back comes again as a failed delivery, in its old place', () => {
    const running = new RunningBroker();
    running.producer('q').sendAll(['a', 'b', 'c'], { durable: true });
    const consumer = running.consumer('q').grant(2);
    running.run();
    const transaction = begin(running);
    retire(transaction, consumer, 'a');
    transaction.rollback();
    consumer.grant(2);
    running.run();
    assert.deepEqual(consumer.texts, ['a', 'b', 'a', 'c']);
    assert.equal(held(consumer, 'a').message.deliveryCount, 1);
    assert.equal(held(consumer, 'b').message.deliveryCount, 0);
  });

  test('outcomes count although their consumer has left meanwhile', () => {
    const running = new RunningBroker();
    running.producer('q').send('a', { durable: true });
    const consumer = running.consumer('q').grant(10);
    running.run();
    const transaction = begin(running);
    retire(transaction, consumer, 'a');
    consumer.leave();
    commit(transaction);
    running.run();
    assert.equal(running.status('q').stored, 0);
  });

  test('messages are stored although their producer has left meanwhile', () => {
    const running = new RunningBroker();
    const producer = running.producer('q');
    const transaction = begin(running);
    post(transaction, producer, 'a');
    producer.link.detach();
    commit(transaction);
    assert.equal(running.status('q').stored, 1);
  });

  test('messages have the time to live that was left, counted from when they came', () => {
    const running = new RunningBroker();
    const producer = running.producer('q');
    const transaction = begin(running);
    post(transaction, producer, 'short', { ttlMs: 1000 });
    post(transaction, producer, 'long', { ttlMs: 9000 });
    running.turn.advance(4000);
    commit(transaction);
    running.turn.advance(10);
    const consumer = running.consumer('q').grant(10);
    running.run();
    assert.deepEqual(consumer.texts, ['long']);
    assert.equal(consumer.deliveries[0]!.message.ttlMs, 4990);
  });

  test('a topic below an address gets its message under its own name', () => {
    const running = new RunningBroker();
    running.declare('t', { type: 'topic' });
    const consumer = running.consumer('t', { pattern: 't/a' }).grant(10);
    const other = running.consumer('t', { pattern: 't/b' }).grant(10);
    const transaction = begin(running);
    post(transaction, running.producer('t/a'), 'x');
    commit(transaction);
    running.run();
    assert.deepEqual([consumer.texts, consumer.deliveries[0]!.message.topic, other.texts], [['x'], 't/a', []]);
  });

  test('more messages than one share of credit may wait in one transaction', () => {
    const running = new RunningBroker();
    const producer = running.producer('q');
    const transaction = begin(running);
    for (let i = 0; i < 2500; i++) {
      assert.ok(producer.credit > 0, `there is credit for message ${i}`);
      producer.credit--;
      post(transaction, producer, `${i}`);
      running.run();
    }
    commit(transaction);
    assert.equal(running.status('q').stored, 2500);
  });
});

describe('a commit is whole or not at all', () => {
  /** A message is taken from one queue and put into another. */
  function transfer(durability: 'by-hand' | 'soon' = 'by-hand'): { running: RunningBroker; committed: { durable: boolean } } {
    const running = new RunningBroker({ durability });
    running.producer('from').send('a', { durable: true });
    running.run();
    running.log.makeDurable();
    const consumer = running.consumer('from').grant(10);
    const producer = running.producer('to');
    running.run();
    running.log.makeDurable();
    const transaction = begin(running);
    retire(transaction, consumer, 'a');
    post(transaction, producer, 'a');
    return { running, committed: commit(transaction) };
  }

  test('wherever the log is torn, the message is in one queue, and in one alone', () => {
    const { log } = transfer().running;
    const ends = Array.from({ length: log.end - log.durableEnd + 1 }, (_, i) => log.durableEnd + i);
    assert.ok(ends.length > 3, 'a settlement, a message and the end of the unit');
    const places = ends.map(end => {
      const again = transfer().running.crash(end);
      return [again.status('from').stored, again.status('to').stored];
    });
    assert.deepEqual(places.at(-1), [0, 1]);
    for (const place of places.slice(0, -1)) assert.deepEqual(place, [1, 0]);
  });

  test('settlements are part of the unit, and are not written again at the end of the turn', () => {
    const { running } = transfer();
    const { end } = running.log;
    running.run();
    assert.equal(running.log.end, end);
  });

  test('a transaction that was never committed is gone after a restart, and what it took is there', () => {
    const running = new RunningBroker();
    running.producer('from').send('a', { durable: true });
    const consumer = running.consumer('from').grant(10);
    running.run();
    const transaction = begin(running);
    retire(transaction, consumer, 'a');
    post(transaction, running.producer('to'), 'a');
    const again = running.restart();
    assert.deepEqual([again.status('from').stored, again.status('to').stored], [1, 0]);
  });
});

describe('a transaction that cannot be committed', () => {
  test('its address was deleted', () => {
    const running = new RunningBroker();
    const transaction = begin(running);
    post(transaction, running.producer('q'), 'a');
    running.space.remove('q', { force: true }, () => {});
    running.declare('q', { type: 'queue' });
    assert.equal(transaction.refusal()?.code, 'address-deleted');
    transaction.rollback();
  });

  test('its messages together are more than the queue has room for', () => {
    const running = new RunningBroker();
    running.declare('q', { type: 'queue', messagesMax: 3 });
    const producer = running.producer('q');
    const transaction = begin(running);
    for (let i = 0; i < 4; i++) assert.equal(post(transaction, producer, `${i}`), undefined);
    assert.equal(transaction.refusal()?.code, 'queue-full');
    transaction.rollback();
    const smaller = begin(running);
    for (let i = 0; i < 3; i++) post(smaller, producer, `${i}`);
    commit(smaller);
    assert.equal(running.status('q').stored, 3);
  });

  test('the log takes nothing any more', () => {
    const running = new RunningBroker();
    const producer = running.producer('q');
    const transaction = begin(running);
    post(transaction, producer, 'a');
    running.log.press('disk-full');
    const filler = 'x'.repeat(8 * 1024 * 1024);
    for (let i = 0; i < 5; i++) producer.send(filler);
    assert.equal(transaction.refusal()?.code, 'log-unavailable');
    transaction.rollback();
  });

  test('it has too many parts: what it took goes back at once, and it remembers why', () => {
    const running = new RunningBroker();
    running.producer('from').sendAll(['a', 'b'], { durable: true });
    const consumer = running.consumer('from').grant(10);
    const producer = running.producer('to');
    running.run();
    const transaction = begin(running);
    retire(transaction, consumer, 'a');
    for (let i = 1; i < TRANSACTION_PARTS_MAX; i++) assert.equal(post(transaction, producer, ''), undefined);
    assert.equal(post(transaction, producer, 'too many')?.code, 'transaction-too-large');
    assert.deepEqual([transaction.parts, running.space.transactions.bytes], [0, 0]);
    retire(transaction, consumer, 'b');
    running.run();
    assert.deepEqual(consumer.texts, ['a', 'b', 'a', 'b']);
    assert.equal(transaction.refusal()?.code, 'transaction-too-large');
    transaction.rollback();
  });

  test('outcomes that come with the commit are counted, too', () => {
    const running = new RunningBroker();
    const transaction = begin(running);
    assert.equal(transaction.refusal(TRANSACTION_PARTS_MAX), undefined);
    assert.equal(transaction.refusal(TRANSACTION_PARTS_MAX + 1)?.code, 'transaction-too-large');
  });

  test('it, or all of them together, hold too many bytes', () => {
    const running = new RunningBroker();
    const producer = running.producer('q');
    const text = 'x'.repeat(16 * 1024 * 1024);
    const perTransaction = TRANSACTION_BYTES_MAX / text.length;
    const all = Array.from({ length: TRANSACTIONS_BYTES_MAX / TRANSACTION_BYTES_MAX }, () => begin(running));
    for (const transaction of all)
      for (let i = 0; i < perTransaction; i++) assert.equal(post(transaction, producer, text, { durable: false }), undefined);
    assert.equal(post(begin(running), producer, 'one more')?.code, 'transaction-too-large');
    assert.equal(post(all[0]!, producer, 'one more')?.code, 'transaction-too-large');
    assert.equal(post(begin(running), producer, 'now there is room'), undefined);
  });

  test('there are too many at a time', () => {
    const running = new RunningBroker();
    const all = Array.from({ length: TRANSACTIONS_MAX }, () => begin(running));
    const refused = running.space.transactions.begin();
    assert.ok(refused instanceof Refusal);
    assert.equal(refused.code, 'transactions-exhausted');
    all[0]!.rollback();
    begin(running);
  });

  test('an address that stores nothing takes no part', () => {
    const running = new RunningBroker();
    running.declare('direct', { type: 'anycast' });
    running.consumer('direct').grant(1);
    const transaction = begin(running);
    assert.equal(post(transaction, running.producer('direct'), 'a')?.code, 'capability-unsupported');
    assert.equal(transaction.refusal(), undefined);
  });
});

describe('a transaction that is left alone', () => {
  test('is rolled back after a time, which begins anew with each part', () => {
    const running = new RunningBroker();
    running.producer('q').sendAll(['a', 'b'], { durable: true });
    const consumer = running.consumer('q').grant(10);
    running.run();
    const transaction = begin(running);
    const other = begin(running);
    retire(transaction, consumer, 'a');
    running.turn.advance(TRANSACTION_IDLE_TIMEOUT_MS - 1);
    retire(other, consumer, 'b');
    running.turn.advance(10_001);
    assert.deepEqual(consumer.texts, ['a', 'b', 'a']);
    assert.equal(transaction.refusal()?.code, 'transaction-expired');
    assert.equal(other.refusal(), undefined);
    assert.deepEqual(
      running.events.filter(({ what }) => what.startsWith('transaction')).map(({ level, parts }) => [level, parts]),
      [['warn', 1]],
    );
    transaction.rollback();
    running.turn.advance(TRANSACTION_IDLE_TIMEOUT_MS);
    assert.equal(other.refusal()?.code, 'transaction-expired');
    other.rollback();
    assert.equal(running.space.transactions.size, 0);
  });

  test('may wait for ever as long as it holds nothing', () => {
    const running = new RunningBroker();
    const transaction = begin(running);
    running.turn.advance(10 * TRANSACTION_IDLE_TIMEOUT_MS);
    assert.equal(transaction.refusal(), undefined);
    assert.equal(post(transaction, running.producer('q'), 'a'), undefined);
    commit(transaction);
  });

  test('outcomes given to one that has expired come back at once', () => {
    const running = new RunningBroker();
    running.producer('q').sendAll(['a', 'b'], { durable: true });
    const consumer = running.consumer('q').grant(2);
    running.run();
    const transaction = begin(running);
    retire(transaction, consumer, 'a');
    running.turn.advance(2 * TRANSACTION_IDLE_TIMEOUT_MS);
    retire(transaction, consumer, 'b', RELEASED);
    consumer.grant(2);
    running.run();
    assert.deepEqual(
      consumer.deliveries.slice(2).map(({ text, message }) => [text, message.deliveryCount]),
      [
        ['a', 1],
        ['b', 1],
      ],
    );
    consumer.leave(IN_DOUBT);
  });
});
