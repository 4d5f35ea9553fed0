import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RELEASED } from '../../src/delivery/outcome.ts';
import { Refusal } from '../../src/delivery/refusal.ts';
import type { MessageFilter } from '../../src/message/message-filter.ts';
import { FILTERS_MAX } from '../../src/queue/queue.ts';
import { numbered } from '../support/filled-queue.ts';
import { RecordingConsumer } from '../support/recording-consumer.ts';
import { restarted, textBroker } from '../support/text-broker.ts';
import { fieldIs } from '../support/text-encoding.ts';

describe('a full queue', () => {
  test('reject: messages beyond are rejected with the address and the limit, and producers have credit', () => {
    const running = textBroker({ messagesMax: 2, overflow: 'reject' });
    const producer = running.producer('q');
    assert.ok(producer.credit > 2);
    producer.sendAll(['m0', 'm1', 'm2'], { durable: true });
    running.run();
    assert.deepEqual(producer.kinds, ['accepted', 'accepted', 'rejected']);
    const outcome = producer.outcomes.get(2);
    assert.ok(outcome?.kind === 'rejected');
    assert.equal(outcome.refusal?.code, 'queue-full');
    assert.match(outcome.refusal.description, /\bq\b.*2 messages/);
    const consumer = running.consumer('q').grant(1);
    running.run();
    consumer.settleAll();
    producer.send('m3', { durable: true });
    running.run();
    assert.equal(producer.kind(3), 'accepted');
  });

  test('drop-oldest: it keeps the newest, as many as it may; what consumers have stays', () => {
    const running = textBroker({ messagesMax: 3, overflow: 'drop-oldest' });
    const producer = running.producer('q');
    producer.send('m0', { durable: true });
    const consumer = running.consumer('q').grant(1);
    running.run();
    producer.sendAll(numbered(10).slice(1), { durable: true });
    running.run();
    assert.deepEqual([running.status('q').stored, running.status('q').counters.dropped], [3, 7]);
    const again = restarted(running);
    const later = again.consumer('q').grant(10);
    again.run();
    assert.deepEqual(later.texts, ['m0', 'm8', 'm9']);
    consumer.settleAll(RELEASED);
    assert.ok(running.events.some(({ what }) => what.includes('oldest message dropped')));
  });

  test('drop-oldest by bytes', () => {
    const running = textBroker({ bytesMax: 5000, overflow: 'drop-oldest' });
    const producer = running.producer('q');
    for (let i = 0; i < 20; i++) producer.send(`${i}`.padEnd(900, 'x'));
    running.run();
    assert.ok(running.status('q').storedBytes <= 5000 && running.status('q').stored >= 4);
  });

  test('a limit that changes holds at once', () => {
    const running = textBroker({ messagesMax: 1000 });
    const producer = running.producer('q');
    assert.equal(producer.credit, 1000);
    running.address('q').respec({ type: 'queue', messagesMax: 5 });
    running.run();
    assert.ok(producer.credit <= 5);
    running.address('q').respec({ type: 'queue' });
    running.run();
    assert.equal(producer.credit, 1000);
  });
});

describe('consumers of a queue', () => {
  test('no more than it may have', () => {
    const running = textBroker({ consumersMax: 1 });
    const consumer = running.consumer('q');
    const refusal = running.space.attachConsumer('q', undefined, new RecordingConsumer(), {});
    assert.ok(refusal instanceof Refusal);
    assert.equal(refusal.code, 'consumers-exhausted');
    assert.match(refusal.description, /\bq\b.*\b1\b/);
    consumer.leave();
    running.consumer('q');
  });

  test('those of a higher priority have the messages as long as they have credit', () => {
    const running = textBroker();
    const low = running.consumer('q').grant(10);
    const high = running.consumer('q', { priority: 5 }).grant(2);
    running.producer('q').sendAll(numbered(4));
    running.run();
    assert.deepEqual(
      [high.texts, low.texts],
      [
        ['m0', 'm1'],
        ['m2', 'm3'],
      ],
    );
    high.leave();
    running.producer('q').send('m4');
    running.run();
    assert.deepEqual(low.texts, ['m2', 'm3', 'm0', 'm1', 'm4']);
  });

  test('a single active one has all, and the next takes over when it leaves; each is told', () => {
    const running = textBroker({ consumers: 'single-active' });
    const told: string[] = [];
    const consumer = (name: string, priority = 0) => {
      const made = running.consumer('q', { priority });
      running.run();
      return Object.assign(made.grant(100), { activated: (active: boolean) => told.push(`${name} ${active}`) });
    };
    const first = consumer('first');
    consumer('second');
    const third = consumer('third', 1);
    running.producer('q').sendAll(numbered(5));
    running.run();
    assert.equal(first.texts.length, 5);
    first.settle(first.deliveries[0]!, { kind: 'accepted' });
    first.leave(RELEASED);
    running.run();
    assert.deepEqual(third.texts, ['m1', 'm2', 'm3', 'm4']);
    assert.deepEqual(told, ['third true']);
  });

  test('each is told at first, after it was attached', () => {
    const running = textBroker({ consumers: 'single-active' });
    const told: string[] = [];
    for (const name of ['first', 'second']) {
      const consumer = new RecordingConsumer();
      Object.assign(consumer, { activated: (active: boolean) => told.push(`${name} ${active}`) });
      consumer.attached(running.space.attachConsumer('q', undefined, consumer, {}));
    }
    assert.deepEqual(told, []);
    running.run();
    assert.deepEqual(told, ['first true', 'second false']);
  });

  test('the next one gets in its old place what the one before would not have, also when all compete again', () => {
    for (const takeOver of ['leaves', 'competes']) {
      const running = textBroker({ consumers: 'single-active' });
      const [first, second] = [running.consumer('q').grant(2), running.consumer('q').grant(100)];
      running.producer('q').sendAll(numbered(4));
      running.run();
      first.settle(first.deliveries[0]!, { kind: 'modified', deliveryFailed: false, undeliverableHere: true });
      first.grant(1);
      running.run();
      assert.deepEqual(first.texts, ['m0', 'm1', 'm2']);
      if (takeOver === 'leaves') first.leave(RELEASED);
      else running.address('q').respec({ type: 'queue' });
      running.run();
      assert.deepEqual(second.texts, takeOver === 'leaves' ? ['m0', 'm1', 'm2', 'm3'] : ['m0', 'm3'], takeOver);
    }
  });

  test('each is told when that changes, and has the groups that the others had', () => {
    const running = textBroker();
    const told: string[] = [];
    const consumers = ['first', 'second'].map(name => {
      const consumer = running.consumer('q').grant(100);
      return Object.assign(consumer, { activated: (active: boolean) => told.push(`${name} ${active}`) });
    });
    const producer = running.producer('q');
    const send = (): void => ['a', 'b'].forEach(group => void producer.send(`JMSXGroupID=${group}`, { grouped: true }));
    send();
    running.run();
    assert.deepEqual(
      consumers.map(({ texts }) => texts.length),
      [1, 1],
    );
    running.address('q').respec({ type: 'queue', consumers: 'single-active' });
    send();
    for (const consumer of consumers) consumer.settleAll();
    running.run();
    assert.deepEqual(told, ['first true', 'second false']);
    assert.equal(consumers[0]!.texts.length, 3);
    running.address('q').respec({ type: 'queue' });
    running.run();
    assert.deepEqual(told.slice(2), ['first true', 'second true']);
  });

  test('an address may have a single active one from now on, and compete again', () => {
    const running = textBroker();
    const consumers = [running.consumer('q').grant(100), running.consumer('q').grant(100)];
    running.address('q').respec({ type: 'queue', consumers: 'single-active' });
    running.producer('q').sendAll(numbered(4));
    running.run();
    assert.deepEqual(
      consumers.map(({ texts }) => texts.length),
      [4, 0],
    );
    running.address('q').respec({ type: 'queue' });
    running.producer('q').sendAll(numbered(4));
    running.run();
    assert.equal(consumers[1]!.texts.length, 4);
  });
});

describe('selectors of a queue’s consumers', () => {
  test('each gets what it asks for, from where the queue begins, and others get the rest', () => {
    const running = textBroker();
    running.producer('q').sendAll(['c=red;n=0', 'c=blue;n=1', 'c=red;n=2', 'c=green;n=3', 'c=blue;n=4']);
    const blue = running.consumer('q', { filter: fieldIs('c', 'blue') }).grant(10);
    running.run();
    assert.deepEqual(blue.texts, ['c=blue;n=1', 'c=blue;n=4']);
    const rest = running.consumer('q').grant(10);
    running.run();
    assert.deepEqual(rest.texts, ['c=red;n=0', 'c=red;n=2', 'c=green;n=3']);
    running.producer('q').sendAll(['c=blue;n=5', 'c=green;n=6']);
    running.run();
    assert.equal(blue.texts.length + rest.texts.length, 7);
    assert.ok(rest.texts.includes('c=green;n=6'));
  });

  test('what one of them releases, another with a selector that fits may have', () => {
    const running = textBroker();
    running.producer('q').sendAll(['c=red;n=0', 'c=blue;n=1']);
    const any = running.consumer('q').grant(2);
    running.run();
    const blue = running.consumer('q', { filter: fieldIs('c', 'blue') }).grant(10);
    running.run();
    assert.equal(blue.texts.length, 0);
    any.leave(RELEASED);
    running.run();
    assert.deepEqual(blue.texts, ['c=blue;n=1']);
  });

  test('when all have left, the next consumer gets what is there, what came back in its old place', () => {
    const running = textBroker();
    const red = running.consumer('q', { filter: fieldIs('c', 'red') }).grant(10);
    running.producer('q').sendAll(['c=blue;n=0', 'c=red;n=1', 'c=blue;n=2']);
    running.run();
    assert.deepEqual(red.texts, ['c=red;n=1']);
    red.leave(RELEASED);
    running.producer('q').send('c=red;n=3');
    const rest = running.consumer('q').grant(10);
    running.run();
    assert.deepEqual(rest.texts, ['c=blue;n=0', 'c=red;n=1', 'c=blue;n=2', 'c=red;n=3']);
  });

  test('there are only so many different ones, whether somebody takes all messages or not', () => {
    const running = textBroker();
    for (let at = 0; at < FILTERS_MAX; at++) running.consumer('q', { filter: fieldIs('c', `${at}`) });
    const attach = (filter?: MessageFilter): unknown =>
      running.space.attachConsumer('q', undefined, new RecordingConsumer(), { ...(filter && { filter }) });
    for (let times = 0; times < 2; times++) {
      assert.ok(attach(fieldIs('c', 'one more')) instanceof Refusal);
      assert.ok(!(attach(fieldIs('c', '7')) instanceof Refusal));
      assert.ok(!(attach() instanceof Refusal));
    }
  });

  test('consumers of one selector share a walk; it drains when nothing fits', () => {
    const running = textBroker({}, { inMemory: position => position % 3 === 0 });
    running.producer('q').sendAll(Array.from({ length: 2000 }, (_, at) => `c=${at % 10};n=${at}`));
    const consumers = [0, 1].map(() => running.consumer('q', { filter: fieldIs('c', '7') }).grant(1000, true));
    running.run();
    assert.equal(consumers[0]!.texts.length + consumers[1]!.texts.length, 200);
    assert.deepEqual(
      consumers.map(({ drains }) => drains),
      [1, 1],
    );
  });

  test('a browser sees what it asks for', () => {
    const running = textBroker();
    running.producer('q').sendAll(['c=red;n=0', 'c=blue;n=1', 'c=red;n=2']);
    const browser = running.consumer('q', { browse: true, filter: fieldIs('c', 'red') }).grant(10, true);
    running.run();
    assert.deepEqual([browser.texts, browser.drains], [['c=red;n=0', 'c=red;n=2'], 1]);
  });

  test('a group’s consumer is one of those whose selector fits', () => {
    const running = textBroker();
    const red = running.consumer('q', { filter: fieldIs('c', 'red') }).grant(10);
    const blue = running.consumer('q', { filter: fieldIs('c', 'blue') }).grant(10);
    running.producer('q').sendAll(['c=red;JMSXGroupID=a', 'c=blue;JMSXGroupID=a', 'c=red;JMSXGroupID=a;n=2'], { grouped: true });
    running.run();
    assert.deepEqual([red.texts.length, blue.texts.length], [2, 1]);
  });
});

describe('selectors of subscriptions', () => {
  test('what does not fit is not stored for them; equal selectors are asked once', () => {
    const running = textBroker();
    running.declare('t', { type: 'topic' });
    let asked = 0;
    const red = { text: "c = 'red'", matches: (fields: { get(name: string): unknown }) => ++asked > 0 && fields.get('c') === 'red' };
    const subscribers = ['a', 'b'].map(name =>
      running.consumer('t', { filter: red, subscription: { name, durable: true, shared: false } }).grant(10),
    );
    running.producer('t').sendAll(['c=red', 'c=blue'], { durable: true });
    running.run();
    assert.deepEqual(
      subscribers.map(({ texts }) => texts),
      [['c=red'], ['c=red']],
    );
    assert.equal(asked, 2);
    assert.equal(running.status('t').stored, 2);
  });

  test('another selector makes another subscription of the same name; a shared one in use keeps its own', () => {
    const running = textBroker();
    running.declare('t', { type: 'topic' });
    const subscription = { name: 's', durable: true, shared: false };
    running.consumer('t', { filter: fieldIs('c', 'red'), subscription }).leave(RELEASED, Number.POSITIVE_INFINITY);
    running.producer('t').send('c=red', { durable: true });
    const blue = running.consumer('t', { filter: fieldIs('c', 'blue'), subscription }).grant(10);
    running.run();
    assert.deepEqual([blue.texts, running.status('t').stored], [[], 0]);
    const shared = { name: 'both', durable: false, shared: true };
    running.consumer('t', { subscription: shared });
    const refusal = running.space.attachConsumer('t', undefined, new RecordingConsumer(), {
      subscription: shared,
      filter: fieldIs('c', 'red'),
    });
    assert.ok(refusal instanceof Refusal);
    assert.equal(refusal.code, 'subscription-mismatch');
  });

  test('a durable one keeps its selector over a restart', () => {
    const running = textBroker();
    running.declare('t', { type: 'topic' });
    const subscription = { name: 's', durable: true, shared: false };
    running.consumer('t', { filter: fieldIs('c', 'red'), subscription }).leave(RELEASED, Number.POSITIVE_INFINITY);
    const again = restarted(running);
    again.producer('t').sendAll(['c=red', 'c=blue'], { durable: true });
    again.run();
    assert.equal(again.status('t').stored, 1);
  });

  test('nobody hears himself who does not want to', () => {
    const running = textBroker();
    running.declare('t', { type: 'topic' });
    const me = {};
    const consumer = running.consumer('t', { notFrom: me }).grant(10);
    running.producer('t').send('mine', { origin: me });
    running.producer('t').send('others', { origin: {} });
    running.run();
    assert.deepEqual(consumer.texts, ['others']);
  });
});
