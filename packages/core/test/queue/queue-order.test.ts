import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCEPTED, IN_DOUBT, RELEASED } from '../../src/delivery/outcome.ts';
import { Refusal } from '../../src/delivery/refusal.ts';
import { RECORD_STORE } from '../../src/store/records.ts';
import { numbered } from '../support/filled-queue.ts';
import type { RecordingConsumer } from '../support/recording-consumer.ts';
import type { RunningBroker } from '../support/running-broker.ts';
import { restarted, textBroker } from '../support/text-broker.ts';
import { fieldIs } from '../support/text-encoding.ts';

/** Takes one message after the other, and answers their texts. */
function inTurn(running: RunningBroker, consumer: RecordingConsumer, count: number): string[] {
  for (let i = 0; i < count; i++) {
    consumer.grant(1);
    running.run();
    consumer.settleAll();
  }
  return consumer.texts;
}

describe('queue: priorities', () => {
  test('higher ones come first, and equal ones in the order of arrival', () => {
    const running = textBroker();
    const producer = running.producer('q');
    for (const [at, priority] of [4, 0, 9, 4, 9, 2, 7].entries()) producer.send(`m${at}`, { priority });
    const consumer = running.consumer('q').grant(10);
    running.run();
    assert.deepEqual(consumer.texts, ['m2', 'm4', 'm6', 'm0', 'm3', 'm5', 'm1']);
    assert.deepEqual(
      consumer.deliveries.map(({ message }) => message.priority),
      [9, 9, 7, 4, 4, 2, 0],
    );
  });

  test('what came back is in its place again, among those of its priority', () => {
    const running = textBroker();
    const producer = running.producer('q');
    for (const [at, priority] of [9, 9, 4, 4].entries()) producer.send(`m${at}`, { priority });
    const first = running.consumer('q').grant(3);
    running.run();
    first.leave(RELEASED);
    producer.send('m4', { priority: 9 });
    const second = running.consumer('q').grant(5);
    running.run();
    assert.deepEqual(second.texts, ['m0', 'm1', 'm4', 'm2', 'm3']);
  });

  test('they are kept over a restart', () => {
    const running = textBroker();
    const producer = running.producer('q');
    for (const [at, priority] of [1, 8, 4].entries()) producer.send(`m${at}`, { priority, durable: true });
    const again = restarted(running);
    const consumer = again.consumer('q').grant(3);
    again.run();
    assert.deepEqual(consumer.texts, ['m1', 'm2', 'm0']);
  });

  test('places of entries that others have taken are given back', () => {
    const running = textBroker();
    const producer = running.producer('q');
    const picky = running.consumer('q', { filter: fieldIs('never', 'so') });
    const consumer = running.consumer('q').grant(100_000);
    for (let i = 0; i < 10_000; i++) {
      producer.send('m', { priority: 7 });
      if (i % 100 === 99) {
        running.run();
        consumer.settleAll();
        consumer.deliveries.length = 0;
      }
    }
    picky.grant(1);
    running.run();
    assert.equal(running.status('q').stored, 0);
    assert.equal(picky.deliveries.length, 0);
  });
});

describe('queue: groups', () => {
  test('the messages of a group go to one consumer, in order, and groups are shared out', () => {
    const running = textBroker();
    const consumers = [running.consumer('q').grant(100), running.consumer('q').grant(100)];
    const producer = running.producer('q');
    for (let i = 0; i < 40; i++) producer.send(`JMSXGroupID=g${i % 4};n=${i}`, { grouped: true });
    running.run();
    for (const consumer of consumers) {
      const groups = new Set(consumer.texts.map(text => text.slice(0, text.indexOf(';'))));
      assert.equal(groups.size, 2);
      assert.equal(consumer.texts.length, 20);
      const numbers = consumer.texts.map(text => Number(text.split('n=')[1]));
      assert.deepEqual(
        numbers,
        numbers.toSorted((one, other) => one - other),
      );
    }
  });

  test('while its consumer cannot take more, a group waits, and others go on', () => {
    const running = textBroker();
    const [slow, quick] = [running.consumer('q').grant(1), running.consumer('q').grant(100)];
    const producer = running.producer('q');
    producer.send('JMSXGroupID=a;n=0', { grouped: true });
    running.run();
    const [holder, other] = slow.texts.length > 0 ? [slow, quick] : [quick, slow];
    if (holder === quick) quick.grant(0);
    for (let i = 1; i < 4; i++) producer.send(`JMSXGroupID=a;n=${i}`, { grouped: true });
    producer.send('free');
    other.grant(5);
    running.run();
    assert.deepEqual(other.texts, ['free']);
    assert.equal(holder.texts.length, 1);
    holder.grant(10);
    running.run();
    assert.deepEqual(holder.texts, ['JMSXGroupID=a;n=0', 'JMSXGroupID=a;n=1', 'JMSXGroupID=a;n=2', 'JMSXGroupID=a;n=3']);
  });

  test('when its consumer goes, a group goes to another one, from where it was', () => {
    const running = textBroker();
    const consumer = running.consumer('q').grant(2);
    const producer = running.producer('q');
    for (let i = 0; i < 5; i++) producer.send(`JMSXGroupID=a;n=${i}`, { grouped: true });
    running.run();
    const next = running.consumer('q').grant(10);
    running.run();
    assert.equal(next.texts.length, 0);
    consumer.settle(consumer.deliveries[0]!, ACCEPTED);
    consumer.leave(IN_DOUBT);
    running.run();
    assert.deepEqual(
      next.texts,
      [1, 2, 3, 4].map(n => `JMSXGroupID=a;n=${n}`),
    );
  });

  test('a group waits for what a consumer that is gone has settled in an open transaction', () => {
    const running = textBroker();
    const first = running.consumer('q').grant(10);
    const producer = running.producer('q');
    producer.send('JMSXGroupID=a;n=0', { grouped: true });
    running.run();
    const transaction = running.space.transactions.begin();
    assert.ok(!(transaction instanceof Refusal));
    const [delivery] = first.deliveries;
    transaction.retire(delivery!.source, delivery!.token, ACCEPTED);
    first.link.detach(0);
    const second = running.consumer('q').grant(10);
    producer.send('JMSXGroupID=a;n=1', { grouped: true });
    producer.send('JMSXGroupID=b;n=0', { grouped: true });
    running.run();
    assert.deepEqual(second.texts, ['JMSXGroupID=b;n=0']);
    transaction.rollback();
    running.run();
    assert.deepEqual(second.texts.slice(1), ['JMSXGroupID=a;n=0', 'JMSXGroupID=a;n=1']);
  });

  test('a group waits for an open transaction also when the last consumer of its selector is gone', () => {
    const running = textBroker();
    const red = { filter: fieldIs('c', 'red') };
    const first = running.consumer('q', red).grant(10);
    const producer = running.producer('q');
    const send = (n: number): number => producer.send(`c=red;JMSXGroupID=a;n=${n}`, { grouped: true });
    send(0);
    running.run();
    const transaction = running.space.transactions.begin();
    assert.ok(!(transaction instanceof Refusal));
    const [delivery] = first.deliveries;
    transaction.retire(delivery!.source, delivery!.token, ACCEPTED);
    first.link.detach(0);
    send(1);
    const second = running.consumer('q', red).grant(10);
    running.run();
    assert.deepEqual(second.texts, [], 'the one before may come back');
    transaction.rollback();
    running.run();
    assert.deepEqual(second.texts, ['c=red;JMSXGroupID=a;n=0', 'c=red;JMSXGroupID=a;n=1']);
    second.settleAll();
    second.link.detach(0);
    running.run();
    assert.equal(running.status('q').stored, 0);
  });

  test('a new consumer gets its share of the groups, each when nothing of it is under way', () => {
    const running = textBroker();
    const first = running.consumer('q').grant(1000);
    const producer = running.producer('q');
    const sendAll = (round: number) => {
      for (let g = 0; g < 10; g++) producer.send(`JMSXGroupID=g${g};n=${round}`, { grouped: true });
      running.run();
    };
    sendAll(0);
    const second = running.consumer('q').grant(1000);
    sendAll(1);
    assert.equal(second.texts.length, 0, 'all groups have something under way');
    assert.equal(first.texts.length, 15, 'of those that move the rest waits');
    first.settleAll();
    running.run();
    assert.equal(second.texts.length, 5);
    sendAll(2);
    assert.deepEqual([first.texts.length, second.texts.length], [20, 10]);
  });

  test('a message that its consumer will not have goes to another, and the group stays', () => {
    const running = textBroker();
    const consumer = running.consumer('q').grant(1);
    const producer = running.producer('q');
    producer.send('JMSXGroupID=a;n=0', { grouped: true });
    running.run();
    const other = running.consumer('q').grant(10);
    consumer.settleAll({ kind: 'modified', deliveryFailed: false, undeliverableHere: true });
    running.run();
    assert.deepEqual(other.texts, ['JMSXGroupID=a;n=0']);
    other.settleAll();
    consumer.grant(10);
    producer.send('JMSXGroupID=a;n=1', { grouped: true });
    running.run();
    assert.deepEqual(consumer.texts, ['JMSXGroupID=a;n=0', 'JMSXGroupID=a;n=1']);
  });

  test('a message whose group nobody has does not go to a consumer that will not have it', () => {
    const running = textBroker();
    const notHere = { kind: 'modified', deliveryFailed: false, undeliverableHere: true } as const;
    const first = running.consumer('q').grant(1);
    running.producer('q').send('JMSXGroupID=a', { grouped: true });
    running.run();
    const third = running.consumer('q').grant(1);
    running.producer('q').send('JMSXGroupID=b', { grouped: true });
    running.run();
    // With fewer groups than the third.
    const second = running.consumer('q').grant(10);
    first.settleAll(notHere);
    running.run();
    second.settleAll(notHere);
    first.leave(RELEASED);
    third.grant(10);
    running.run();
    assert.deepEqual([second.texts, third.texts], [['JMSXGroupID=a'], ['JMSXGroupID=b', 'JMSXGroupID=a']]);
  });

  test('ten thousand groups cost a step for each message', () => {
    const running = textBroker();
    const consumers = [running.consumer('q').grant(1_000_000), running.consumer('q').grant(1_000_000)];
    const producer = running.producer('q');
    for (let round = 0; round < 3; round++) {
      for (let g = 0; g < 10_000; g++) producer.send(`JMSXGroupID=${g}`, { grouped: true });
      running.run();
    }
    assert.equal(consumers[0]!.texts.length + consumers[1]!.texts.length, 30_000);
    const [one, other] = consumers.map(consumer => new Set(consumer.texts));
    assert.ok(one!.isDisjointFrom(other!));
  });
});

describe('queue: fair share between keys', () => {
  test('consumers get from each key in turn, whatever one of them floods', () => {
    const running = textBroker({ fairKey: 'user' });
    const producer = running.producer('q');
    for (let i = 0; i < 6; i++) producer.send(`user=loud;n=${i}`, { durable: true });
    for (let i = 0; i < 2; i++) producer.send(`user=quiet;n=${i}`, { durable: true });
    producer.send('n=none', { durable: true });
    const expected = ['loud;n=0', 'quiet;n=0', 'none', 'loud;n=1', 'quiet;n=1', 'loud;n=2', 'loud;n=3', 'loud;n=4', 'loud;n=5'];
    const again = restarted(running);
    for (const each of [running, again]) {
      const consumer = each.consumer('q').grant(100);
      each.run();
      assert.deepEqual(
        consumer.texts.map(text => text.replace(/^(user|n)=/, '')),
        expected,
      );
    }
  });

  test('what a selector passes over takes no turn from its key', () => {
    const running = textBroker({ fairKey: 'user' });
    running.producer('q').sendAll(['user=a;c=blue', 'user=a;c=blue', 'user=a;c=red', 'user=b;c=red;n=0', 'user=b;c=red;n=1']);
    const consumer = running.consumer('q', { filter: fieldIs('c', 'red') }).grant(5);
    running.run();
    assert.deepEqual(consumer.texts, ['user=a;c=red', 'user=b;c=red;n=0', 'user=b;c=red;n=1']);
  });

  test('what came back is served with its key', () => {
    const running = textBroker({ fairKey: 'user' });
    const producer = running.producer('q');
    producer.sendAll(['user=a;n=0', 'user=a;n=1', 'user=b;n=0']);
    const first = running.consumer('q').grant(1);
    running.run();
    first.leave(RELEASED);
    const second = running.consumer('q').grant(5);
    running.run();
    assert.deepEqual(second.texts, ['user=b;n=0', 'user=a;n=0', 'user=a;n=1']);
  });

  test('an address may become fair, and stop being so, while messages wait', () => {
    const running = textBroker({ fairKey: 'user' });
    const producer = running.producer('q');
    producer.sendAll(['user=a;n=0', 'user=a;n=1', 'user=b;n=0']);
    running.address('q').respec({ type: 'queue' });
    const consumer = running.consumer('q');
    assert.deepEqual(inTurn(running, consumer, 2), ['user=a;n=0', 'user=a;n=1']);
  });
});

describe('queue: last value', () => {
  test('of each key only the newest is kept, in the order of arrival', () => {
    const running = textBroker({ lastValueKey: 'k' });
    const producer = running.producer('q');
    for (const text of ['k=a;v=1', 'k=b;v=1', 'none', 'k=a;v=2', 'k=c;v=1', 'k=a;v=3']) producer.send(text, { durable: true });
    running.run();
    const again = restarted(running);
    for (const each of [running, again]) {
      assert.equal(each.status('q').stored, 4);
      const consumer = each.consumer('q').grant(10);
      each.run();
      assert.deepEqual(consumer.texts, ['k=b;v=1', 'none', 'k=c;v=1', 'k=a;v=3']);
    }
  });

  test('one that a consumer has stays with it, and does not come back when a newer one has come', () => {
    const running = textBroker({ lastValueKey: 'k' });
    const producer = running.producer('q');
    producer.send('k=a;v=1', { durable: true });
    const consumer = running.consumer('q').grant(1);
    running.run();
    producer.send('k=a;v=2', { durable: true });
    running.run();
    assert.equal(running.status('q').stored, 2);
    consumer.settleAll(RELEASED);
    consumer.grant(5);
    running.run();
    assert.deepEqual(consumer.texts, ['k=a;v=1', 'k=a;v=2']);
    assert.equal(restarted(running).status('q').stored, 1);
  });

  test('a crash leaves one of them, though the older one came back before the newer one was on disk', () => {
    const running = textBroker({ lastValueKey: 'k' }, { durability: 'by-hand', segmentRecordsMax: 1 });
    const producer = running.producer('q');
    producer.send('k=a;v=1', { durable: true });
    const consumer = running.consumer('q').grant(1);
    running.run();
    running.log.makeDurable();
    running.log.bringForward(RECORD_STORE);
    const { end } = running.log;
    producer.send('k=a;v=2', { durable: true });
    consumer.settleAll(RELEASED);
    running.run();
    assert.equal(running.crash(end).status('q').stored, 1);
  });

  test('with consumers that take nothing it is a table: all there is, and then each change', () => {
    const running = textBroker({ lastValueKey: 'k', nonDestructive: true });
    const producer = running.producer('q');
    producer.sendAll(['k=a;v=1', 'k=b;v=1', 'k=a;v=2']);
    const consumers = [running.consumer('q').grant(100), running.consumer('q').grant(100)];
    running.run();
    producer.send('k=b;v=2');
    running.run();
    for (const consumer of consumers) assert.deepEqual(consumer.texts, ['k=b;v=1', 'k=a;v=2', 'k=b;v=2']);
    for (const consumer of consumers) consumer.settleAll();
    running.run();
    assert.equal(running.status('q').stored, 2);
  });

  test('a key that had another meaning removes nothing, now and after a restart', () => {
    const running = textBroker({ fairKey: 'user' });
    const producer = running.producer('q');
    producer.sendAll(['user=a;k=1', 'user=a;k=2', 'user=a;k=1'], { durable: true });
    running.space.update('q', { type: 'queue', lastValueKey: 'k' }, () => {});
    producer.sendAll(['user=b;k=1', 'user=b;k=2', 'user=b;k=1'], { durable: true });
    running.run();
    const left = ['user=a;k=1', 'user=a;k=2', 'user=a;k=1', 'user=b;k=2', 'user=b;k=1'];
    const again = restarted(running);
    for (const each of [running, again]) {
      const consumer = each.consumer('q').grant(10);
      each.run();
      assert.deepEqual(consumer.texts, left);
      consumer.leave(RELEASED);
    }
    again.space.update('q', { type: 'queue', fairKey: 'user' }, () => {});
    const consumer = again.consumer('q').grant(10);
    again.run();
    consumer.settleAll(RELEASED);
    again.run();
    assert.equal(again.status('q').stored, left.length, 'what comes back stays');
  });

  test('a restart comes to its end where keys changed, and all messages of before were volatile', () => {
    const running = textBroker({ fairKey: 'k' });
    running.producer('q').sendAll(['k=1', 'k=2', 'k=3']);
    running.space.update('q', { type: 'queue', lastValueKey: 'k' }, () => {});
    running.run();
    const again = restarted(running);
    again.producer('q').sendAll(['k=1', 'k=1', 'k=2', 'k=2', 'k=3'], { durable: true });
    again.run();
    assert.equal(restarted(again).status('q').stored, 3, 'and the keys of what comes then are those that count');
  });

  test('a key is forgotten with its last message', () => {
    const running = textBroker({ lastValueKey: 'k' });
    const producer = running.producer('q');
    const consumer = running.consumer('q').grant(100);
    for (let i = 0; i < 10; i++) {
      producer.send(`k=${i};v=1`, { durable: true });
      running.run();
      consumer.settleAll();
    }
    producer.send('k=x;v=1');
    running.run();
    assert.deepEqual(consumer.texts.at(-1), 'k=x;v=1');
    assert.equal(running.status('q').stored, 1);
  });

  test('compaction takes the keys along', () => {
    const running = textBroker({ lastValueKey: 'k' }, { segmentRecordsMax: 5 });
    const producer = running.producer('q');
    for (const text of numbered(30)) producer.send(`k=${text};v=1`, { durable: true });
    running.run();
    running.log.makeDurable();
    for (let i = 0; i < 8; i++) running.log.compact();
    producer.send('k=m3;v=2', { durable: true });
    const again = restarted(running);
    assert.equal(again.status('q').stored, 30);
    again.producer('q').send('k=m4;v=2', { durable: true });
    again.run();
    assert.equal(again.status('q').stored, 30);
  });
});
