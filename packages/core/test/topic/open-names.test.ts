import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RunningBroker } from '../support/running-broker.ts';
import { understandTexts } from '../support/text-broker.ts';
import { fieldIs } from '../support/text-encoding.ts';

/** Somebody who subscribes to topics wherever they are, as MQTT clients do; answers what has come. */
function subscribe(running: RunningBroker, pattern: string): () => number {
  const inbox = running.space.inboxes.create(`reader of ${pattern}`, { kept: true, prefersLive: false, details: {} });
  inbox.subscribe(pattern, { stored: true, noLocal: false, details: {} });
  return () => inbox.queue.available;
}

function types(running: RunningBroker): Record<string, string> {
  return Object.fromEntries([...running.space.addresses].map(([name, { spec }]) => [name, spec.type]));
}

describe('a name that nobody has declared', () => {
  for (const pattern of ['plant/#', 'plant/+/temp', 'plant/7/temp'])
    test(`is a topic for whom somebody subscribes to ${pattern}`, () => {
      const running = new RunningBroker();
      const came = subscribe(running, pattern);
      running.producer('plant/7/temp').send('warm', { durable: true });
      running.run();
      assert.deepEqual([types(running), came()], [{ plant: 'topic' }, 1]);
    });

  test('is a topic of its own where somebody subscribes to that', () => {
    const running = new RunningBroker();
    const came = subscribe(running, 'news');
    const consumer = running.consumer('news').grant(10);
    running.producer('news').send('x');
    running.run();
    assert.deepEqual([types(running), came(), consumer.deliveries.length], [{ news: 'topic' }, 1, 1]);
  });

  test('is a topic for a consumer too where others subscribe to it', () => {
    const running = new RunningBroker();
    subscribe(running, 'plant/#');
    const consumer = running.consumer('plant/7/temp').grant(10);
    for (const name of ['plant/7/temp', 'plant/8/temp']) running.producer(name).send(name);
    running.run();
    assert.deepEqual([types(running), consumer.deliveries.length], [{ plant: 'topic' }, 1]);
  });

  test('is a queue where a queue was asked for, whoever subscribes', () => {
    const running = new RunningBroker();
    const came = subscribe(running, 'plant/#');
    running.producer('plant/7/temp', 'queue').send('x');
    running.run();
    assert.deepEqual([types(running), came(), running.status('plant/7/temp').assumed], [{ 'plant/7/temp': 'queue' }, 0, undefined]);
  });

  test('is a queue where somebody watches all there is, who sees its messages', () => {
    const running = new RunningBroker();
    const came = ['#', '+/7/temp'].map(pattern => subscribe(running, pattern));
    running.producer('plant/7/temp').send('x');
    running.run();
    assert.deepEqual([types(running), came.map(count => count())], [{ 'plant/7/temp': 'queue' }, [1, 1]]);
    assert.equal(running.status('plant/7/temp').stored, 1);
  });

  test('is a topic where a queue is bound to it', () => {
    const running = new RunningBroker();
    running.declare('all', { type: 'queue', bindings: ['plant/#'] });
    running.producer('plant/7/temp').send('x');
    running.run();
    assert.deepEqual([types(running), running.status('all').stored], [{ all: 'queue', plant: 'topic' }, 1]);
  });

  test('that is no name of an address leaves nothing behind', () => {
    const running = new RunningBroker();
    subscribe(running, 'plant/#');
    assert.throws(() => running.producer('plant//temp'), /empty level/);
    assert.throws(() => running.producer('plant/#'), /wildcard/);
    assert.deepEqual(types(running), {});
  });

  test('is not made where addresses have to be declared', () => {
    const running = new RunningBroker({ autoCreate: false });
    subscribe(running, 'plant/#');
    for (const attach of [() => running.producer('plant/7/temp'), () => running.consumer('plant/#')])
      assert.throws(attach, /There is no address plant/);
  });

  test('is below another topic address where its first level is none', () => {
    const running = new RunningBroker();
    running.declare('plant', { type: 'queue' });
    const came = subscribe(running, 'plant/#');
    const consumer = running.consumer('plant/+/temp').grant(10);
    running.producer('plant/7/temp').send('x');
    running.run();
    assert.deepEqual([types(running), came(), consumer.deliveries.length], [{ plant: 'queue', $topics: 'topic' }, 1, 1]);
  });
});

describe('a pattern of a consumer', () => {
  test('makes the topic address of its first level', () => {
    const running = new RunningBroker();
    const consumer = running.consumer('plant/+/temp').grant(10);
    running.producer('plant/7/temp').send('x');
    running.run();
    assert.deepEqual([types(running), consumer.deliveries.length], [{ plant: 'topic' }, 1]);
  });

  for (const pattern of ['#', '+/temp', 'plant/#/x'])
    test(`makes none when it is ${pattern}`, () => {
      const running = new RunningBroker();
      assert.throws(() => running.consumer(pattern), /wildcard/);
      assert.deepEqual(types(running), {});
    });
});

describe('a queue of which nobody has said that it is to be one', () => {
  function assumed(): RunningBroker {
    const running = understandTexts(new RunningBroker());
    running.producer('plant/7/temp').send('first', { durable: true });
    return running;
  }

  test('keeps what came before anybody subscribed, and shows subscribers what comes then', () => {
    const running = assumed();
    const came = subscribe(running, 'plant/#');
    running.producer('plant/7/temp').send('second', { durable: true });
    running.run();
    assert.deepEqual([running.status('plant/7/temp').stored, running.status('plant/7/temp').assumed, came()], [2, true, 1]);
    const consumer = running.consumer('plant/7/temp').grant(10);
    running.run();
    assert.deepEqual(consumer.texts, ['first', 'second']);
  });

  test('is the same after a restart', () => {
    const running = assumed();
    subscribe(running, 'plant/#');
    const again = running.restart();
    again.producer('plant/7/temp').send('second', { durable: true });
    again.run();
    assert.equal(again.status('plant/7/temp').stored, 2);
    assert.equal(again.space.inboxes.all.get('reader of plant/#')?.queue.available, 1);
  });

  test('tells a message to those of a topic address below whose name it lies now, with their selectors', () => {
    const running = assumed();
    const [red, all] = [running.consumer('plant/#', { filter: fieldIs('c', 'red') }), running.consumer('plant/+/temp')];
    for (const consumer of [red, all]) consumer.grant(10);
    for (const text of ['c=red', 'c=blue']) running.producer('plant/7/temp').send(text);
    running.run();
    assert.deepEqual([red.texts, all.texts], [['c=red'], ['c=red', 'c=blue']]);
  });

  for (const [how, declare] of [
    ['declared', running => void running.declare('plant/7/temp', { type: 'queue' })],
    ['updated', running => running.space.update('plant/7/temp', { type: 'queue', messagesMax: 10 }, () => {})],
  ] as readonly (readonly [string, (running: RunningBroker) => void])[])
    test(`is a queue alone once it is ${how}, after a restart as well`, () => {
      const before = assumed();
      const came = subscribe(before, 'plant/#');
      declare(before);
      before.producer('plant/7/temp').send('second', { durable: true });
      before.run();
      assert.deepEqual([before.status('plant/7/temp').assumed, came()], [undefined, 0]);
      assert.equal(before.restart().status('plant/7/temp').assumed, undefined);
    });

  test('leaves its name to the topic address above it when it is deleted', () => {
    const running = assumed();
    const came = subscribe(running, 'plant/#');
    running.space.remove('plant/7/temp', { force: true }, () => {});
    running.producer('plant/7/temp').send('second');
    running.run();
    assert.deepEqual([types(running), came()], [{ plant: 'topic' }, 1]);
  });
});

test('a selector of a subscription holds for messages of nested topic addresses, too', () => {
  const running = understandTexts(new RunningBroker());
  running.declare('plant', { type: 'topic' });
  running.declare('plant/7', { type: 'topic' });
  const red = running.consumer('plant/#', { filter: fieldIs('c', 'red') }).grant(10);
  for (const text of ['c=red', 'c=blue']) running.producer('plant/7/temp').send(text);
  running.run();
  assert.deepEqual(red.texts, ['c=red']);
});
