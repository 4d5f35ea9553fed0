import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SubscriptionOptions } from '../../src/address/address.ts';
import { IN_DOUBT, RELEASED } from '../../src/delivery/outcome.ts';
import { Refusal } from '../../src/delivery/refusal.ts';
import { TopicAddress } from '../../src/topic/topic-address.ts';
import { RecordingConsumer } from '../support/recording-consumer.ts';
import { RunningBroker, type RunningBrokerOptions } from '../support/running-broker.ts';

const DURABLE: SubscriptionOptions = { name: 'durable', durable: true, shared: false };
const SHARED: SubscriptionOptions = { name: 'shared', durable: true, shared: true };
const VOLATILE: SubscriptionOptions = { name: 'volatile', durable: false, shared: false };
const EVER = Number.POSITIVE_INFINITY;

function topic(options: RunningBrokerOptions = {}) {
  const running = new RunningBroker(options);
  running.declare('t', { type: 'topic' });
  return running;
}

describe('topic', () => {
  test('every subscription gets each message in order, and one that comes later does not get earlier ones', () => {
    const running = topic();
    const producer = running.producer('t');
    const consumers = [running.consumer('t'), running.consumer('t', { subscription: DURABLE })];
    for (const consumer of consumers) consumer.grant(10);
    producer.sendAll(['a', 'b']);
    const late = running.consumer('t').grant(10);
    producer.send('c');
    running.run();
    assert.deepEqual(
      consumers.map(({ texts }) => texts),
      [
        ['a', 'b', 'c'],
        ['a', 'b', 'c'],
      ],
    );
    assert.deepEqual(late.texts, ['c']);
  });

  test('a message is stored once, however many subscriptions have it, and retained once for each', () => {
    const running = topic();
    for (let i = 0; i < 5; i++) running.consumer('t', { subscription: { name: `s${i}`, durable: true, shared: false } });
    running.run();
    const { records, retainedRecords } = running.log;
    running.producer('t').send('x', { durable: true });
    assert.deepEqual([running.log.records - records, running.log.retainedRecords - retainedRecords], [1, 5]);
    assert.deepEqual([running.status('t').stored, running.status('t').subscriptions], [5, 5]);
  });

  test('without a subscription a message is accepted and nothing is stored', () => {
    const running = topic({ durability: 'by-hand' });
    const producer = running.producer('t');
    const { records } = running.log;
    producer.send('x', { durable: true });
    assert.deepEqual([producer.kinds, running.log.records], [['accepted'], records]);
  });

  test('a durable message is accepted when it is on disk for the durable subscriptions', () => {
    const running = topic({ durability: 'by-hand' });
    const producer = running.producer('t');
    running.consumer('t', { subscription: DURABLE });
    producer.send('x', { durable: true });
    running.run();
    assert.deepEqual(producer.kinds, [undefined]);
    running.log.makeDurable();
    assert.deepEqual(producer.kinds, ['accepted']);
  });

  test('with volatile subscriptions only, nothing has to outlive the server, and it is accepted at once', () => {
    const running = topic({ durability: 'by-hand' });
    const producer = running.producer('t');
    const consumer = running.consumer('t', { subscription: VOLATILE }).grant(1);
    producer.send('x', { durable: true });
    assert.deepEqual(producer.kinds, ['accepted']);
    running.run();
    assert.equal(consumer.deliveries[0]!.message.durable, true);
    const { records } = running.log;
    consumer.settleAll();
    running.run();
    assert.equal(running.log.records, records, 'and its settlement is not recorded');
  });

  test('a subscription’s outcome is its own', () => {
    const running = topic();
    const [one, other] = [running.consumer('t').grant(5), running.consumer('t').grant(5)];
    running.producer('t').send('x');
    running.run();
    one.settleText('x', IN_DOUBT);
    other.settleText('x');
    running.run();
    assert.deepEqual([one.deliveries[1]!.message.deliveryCount, other.deliveries.length], [1, 1]);
  });

  test('the fullest subscription decides about credit, and when it ends there is room', () => {
    const running = new RunningBroker();
    running.declare('t', { type: 'topic', messagesMax: 10 });
    const slow = running.consumer('t');
    const quick = running.consumer('t').grant(1000);
    const producer = running.producer('t');
    while (producer.credit > 0) {
      producer.send('x');
      running.run();
      quick.settleAll();
      running.run();
    }
    assert.ok(slow.link.available >= 10 && slow.link.available <= 11);
    slow.leave();
    running.run();
    assert.equal(producer.credit, 10);
  });

  test('a message with its targets is never larger than a record of the log may be', () => {
    const running = topic({ recordSizeBytesMax: 4096 });
    const producer = running.producer('t');
    const alone = producer.link.messageSizeBytesMax;
    const consumers = Array.from({ length: 20 }, () => running.consumer('t').grant(5));
    const most = producer.link.messageSizeBytesMax;
    assert.equal(alone - most, 19 * 16);
    producer.send('x'.repeat(most));
    running.run();
    assert.ok(consumers.every(({ deliveries }) => deliveries.length === 1));
  });
});

describe('topic: kept subscriptions', () => {
  test('an unnamed one ends with its consumer, and its messages with it', () => {
    const running = topic();
    const consumer = running.consumer('t');
    running.producer('t').send('x', { durable: true });
    consumer.leave(IN_DOUBT, EVER);
    assert.deepEqual([running.status('t').subscriptions, running.status('t').stored], [0, 0]);
    assert.equal(running.log.retainedRecords, 1, 'the definition of the topic');
  });

  test('one that is not kept ends with its consumer', () => {
    const running = topic();
    const consumer = running.consumer('t', { subscription: DURABLE });
    running.producer('t').send('x', { durable: true });
    consumer.leave(RELEASED, 0);
    assert.equal(running.status('t').subscriptions, 0);
    assert.equal(running.restart().status('t').subscriptions, 0);
  });

  test('one that is kept collects messages for its consumer’s return', () => {
    const running = topic();
    const producer = running.producer('t');
    const consumer = running.consumer('t', { subscription: VOLATILE }).grant(1);
    producer.sendAll(['a', 'b']);
    running.run();
    consumer.leave(RELEASED, EVER);
    producer.send('c');
    running.turn.advance(1_000_000);
    const again = running.consumer('t', { subscription: VOLATILE }).grant(10);
    running.run();
    assert.deepEqual(again.texts, ['a', 'b', 'c']);
  });

  test('it ends when its time is over without anybody', () => {
    const running = topic();
    running.consumer('t', { subscription: DURABLE }).leave(RELEASED, 5000);
    running.producer('t').send('x', { durable: true });
    running.turn.advance(4999);
    assert.equal(running.status('t').subscriptions, 1);
    running.turn.advance(1);
    assert.deepEqual([running.status('t').subscriptions, running.status('t').stored], [0, 0]);
  });

  test('a return in time keeps it, and the time begins anew', () => {
    const running = topic();
    running.consumer('t', { subscription: DURABLE }).leave(RELEASED, 5000);
    running.turn.advance(4000);
    const again = running.consumer('t', { subscription: DURABLE });
    running.turn.advance(4000);
    assert.equal(running.status('t').subscriptions, 1);
    again.leave(RELEASED, 5000);
    running.turn.advance(4000);
    assert.equal(running.status('t').subscriptions, 1);
    running.turn.advance(1000);
    assert.equal(running.status('t').subscriptions, 0);
  });

  test('a consumer that left already may say later that its subscription is not kept any longer', () => {
    const running = topic();
    const consumer = running.consumer('t', { subscription: VOLATILE });
    consumer.leave(RELEASED, EVER);
    assert.equal(running.status('t').subscriptions, 1);
    consumer.link.detach(1000);
    running.turn.advance(500);
    consumer.link.detach(5000);
    running.turn.advance(4999);
    assert.equal(running.status('t').subscriptions, 1, 'the last word counts');
    running.turn.advance(1);
    assert.equal(running.status('t').subscriptions, 0);
  });

  test('it may be ended by name while nobody consumes', () => {
    const running = topic();
    const consumer = running.consumer('t', { subscription: DURABLE });
    const address = running.address('t');
    assert.ok(address instanceof TopicAddress);
    assert.equal(running.space.subscriptionNamed('durable')?.topic, 't');
    assert.equal(address.unsubscribe('durable'), false);
    consumer.leave(RELEASED, EVER);
    assert.equal(address.unsubscribe('durable'), true);
    assert.equal(address.unsubscribe('durable'), false);
    assert.equal(running.space.subscriptionNamed('durable')?.topic, undefined);
    assert.equal(running.restart().status('t').subscriptions, 0);
  });
});

describe('topic: shared and unshared', () => {
  test('consumers of a shared subscription compete', () => {
    const running = topic();
    const consumers = [1, 2].map(() => running.consumer('t', { subscription: SHARED }).grant(10));
    running.producer('t').sendAll(['a', 'b', 'c', 'd']);
    running.run();
    assert.deepEqual(
      consumers.map(({ deliveries }) => deliveries.length),
      [2, 2],
    );
    assert.equal(running.status('t').subscriptions, 1);
  });

  test('the last consumer of a shared subscription decides how long it is kept', () => {
    const running = topic();
    const [one, other] = [1, 2].map(() => running.consumer('t', { subscription: SHARED }));
    one!.leave(RELEASED, 0);
    assert.equal(running.status('t').subscriptions, 1);
    other!.leave(RELEASED, EVER);
    assert.equal(running.status('t').subscriptions, 1);
  });

  for (const keepMs of [0, EVER])
    test(`a newer consumer takes an unshared one over with what it has, though the older one would keep it ${keepMs} ms`, () => {
      const running = topic();
      const producer = running.producer('t');
      const older = running.consumer('t', { subscription: DURABLE }).grant(1);
      older.onEnd = () => older.leave(RELEASED, keepMs);
      producer.sendAll(['a', 'b'], { durable: true });
      running.run();
      const newer = running.consumer('t', { subscription: DURABLE }).grant(10);
      assert.equal(older.ended?.code, 'subscription-taken-over');
      running.run();
      producer.send('c', { durable: true });
      running.run();
      assert.deepEqual([older.texts, newer.texts], [['a'], ['a', 'b', 'c']]);
      assert.equal(running.status('t').consumers, 1);
    });

  test('the older one gets nothing more, though its head is slow to leave', () => {
    const running = topic();
    const producer = running.producer('t');
    const older = running.consumer('t', { subscription: DURABLE }).grant(10);
    const newer = running.consumer('t', { subscription: DURABLE }).grant(10);
    producer.sendAll(['a', 'b']);
    running.run();
    assert.deepEqual([older.texts, newer.texts], [[], ['a', 'b']]);
    older.link.grant(10, true);
    older.link.pause();
    older.link.resume();
    producer.send('c');
    running.run();
    assert.deepEqual([older.texts, newer.texts], [[], ['a', 'b', 'c']]);
    older.leave(RELEASED, 0);
    assert.equal(running.status('t').subscriptions, 1);
  });

  test('a shared one cannot be had unshared, nor the other way round', () => {
    const running = topic();
    running.consumer('t', { subscription: SHARED });
    running.consumer('t', { subscription: DURABLE });
    for (const subscription of [
      { ...SHARED, shared: false },
      { ...DURABLE, shared: true },
    ]) {
      const refusal = running.space.attachConsumer('t', 'topic', new RecordingConsumer(), { subscription });
      assert.ok(refusal instanceof Refusal);
      assert.equal(refusal.code, 'subscription-mismatch');
    }
  });
});

describe('topic: restart', () => {
  test('durable subscriptions are there with what they had, shared or not; the others are gone', () => {
    const running = topic();
    const producer = running.producer('t');
    const durable = running.consumer('t', { subscription: DURABLE }).grant(3);
    running.consumer('t', { subscription: SHARED });
    running.consumer('t', { subscription: VOLATILE }).grant(1);
    running.consumer('t').grant(1);
    producer.sendAll(['a', 'b', 'c', 'd'], { durable: true });
    producer.send('volatile');
    running.run();
    durable.settleText('b');
    durable.settleText('a', IN_DOUBT);
    const again = running.restart();
    assert.deepEqual([again.status('t').subscriptions, again.status('t').stored], [2, 7]);
    const one = again.consumer('t', { subscription: DURABLE }).grant(10);
    const other = again.consumer('t', { subscription: SHARED }).grant(10);
    again.producer('t').send('e', { durable: true });
    again.run();
    assert.deepEqual(one.texts, ['a', 'c', 'd', 'e']);
    assert.deepEqual(other.texts, ['a', 'b', 'c', 'd', 'e']);
    assert.deepEqual(
      one.deliveries.map(({ message }) => message.deliveryCount),
      [1, 0, 0, 0],
    );
  });

  test('what nobody needs after a restart is not retained', () => {
    const running = topic();
    running.consumer('t').grant(1);
    running.producer('t').sendAll(['a', 'b'], { durable: true });
    const again = running.restart();
    assert.equal(again.log.retainedRecords, 1);
    assert.equal(again.shard.queues.size, 0);
  });

  test('new subscriptions after a restart have nothing of old ones', () => {
    const running = topic();
    running.consumer('t');
    running.consumer('t');
    running.producer('t').sendAll(['a', 'b'], { durable: true });
    const again = running.restart();
    const consumers = [1, 2, 3].map(() => again.consumer('t').grant(10));
    again.run();
    again.producer('t').send('c', { durable: true });
    again.run();
    assert.deepEqual(
      consumers.map(({ texts }) => texts),
      [['c'], ['c'], ['c']],
    );
  });

  test('a topic that was deleted leaves no subscription behind, though the crash cuts its last records off', () => {
    const running = topic({ durability: 'by-hand' });
    running.consumer('t', { subscription: DURABLE }).leave(RELEASED, EVER);
    running.consumer('t', { subscription: SHARED }).leave(RELEASED, EVER);
    running.log.makeDurable();
    const before = running.log.end;
    running.space.remove('t', { force: true }, () => {});
    for (let end = before; end <= running.log.end; end++) {
      const again = running.crash(end);
      const topicThere = again.space.addresses.has('t');
      assert.ok(topicThere || again.shard.definitions.size === 0, 'no definition without its topic');
    }
  });

  test('a durable subscription of a temporary topic ends with it', () => {
    const running = topic();
    const temporary = running.space.createDynamic('topic', 'link-closed');
    assert.ok(!(temporary instanceof Refusal));
    running.consumer(temporary.name, { subscription: DURABLE });
    const again = running.restart();
    assert.equal(again.shard.definitions.size, 1);
  });
});
