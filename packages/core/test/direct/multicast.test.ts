import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ACCEPTED, IN_DOUBT, type Outcome, REJECTED, RELEASED } from '../../src/delivery/outcome.ts';
import { BACKLOG_BYTES_MAX, BACKLOG_MESSAGES_MAX } from '../../src/direct/multicast.ts';
import { RunningBroker } from '../support/running-broker.ts';

function multicast() {
  const running = new RunningBroker();
  running.declare('m', { type: 'multicast' });
  return running;
}

describe('multicast', () => {
  test('every consumer that is there gets the message, and one that comes later does not', () => {
    const running = multicast();
    const producer = running.producer('m');
    const consumers = [1, 2, 3].map(() => running.consumer('m').grant(10));
    producer.send('x');
    const late = running.consumer('m').grant(10);
    assert.deepEqual(
      consumers.map(({ texts }) => texts),
      [['x'], ['x'], ['x']],
    );
    assert.deepEqual(late.texts, []);
  });

  test('without a consumer there is no credit, and what is sent anyway is released', () => {
    const running = multicast();
    const producer = running.producer('m');
    assert.equal(producer.credit, 0);
    producer.send('x');
    assert.deepEqual(producer.kinds, ['released']);
  });

  test('a producer may send what the consumer with the most credit takes', () => {
    const running = multicast();
    const producer = running.producer('m');
    running.consumer('m').grant(5);
    running.run();
    assert.equal(producer.credit, 5);
    const large = running.consumer('m').grant(50);
    running.run();
    assert.equal(producer.credit, 5, 'it is told when it has used half');
    for (let i = 0; i < 3; i++) producer.send('x');
    running.run();
    assert.equal(producer.credit, 47);
    large.leave();
    assert.ok(producer.credit <= 2);
  });

  test('credit is taken back when the last consumer leaves', () => {
    const running = multicast();
    const producer = running.producer('m');
    const consumer = running.consumer('m').grant(5);
    running.run();
    consumer.leave();
    assert.equal(producer.credit, 0);
  });

  test('the outcome is known when the last consumer has settled: rejected before accepted before modified before released', () => {
    const outcomes: Outcome[] = [{ ...REJECTED }, ACCEPTED, IN_DOUBT, RELEASED];
    const rank = (outcome: Outcome) => outcomes.findIndex(({ kind }) => kind === outcome.kind);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...outcomes), { minLength: 1, maxLength: 6 }), settled => {
        const running = multicast();
        const producer = running.producer('m');
        const consumers = settled.map(() => running.consumer('m').grant(1));
        const token = producer.send('x');
        for (const [at, outcome] of settled.entries()) {
          assert.equal(producer.kind(token), undefined);
          consumers[at]!.settleAll(outcome);
        }
        const best = settled.reduce((one, other) => (rank(other) < rank(one) ? other : one));
        assert.deepEqual(producer.outcomes.get(token), best);
      }),
      { numRuns: 100 },
    );
  });

  test('a slow consumer does not hold the others: it has a backlog, which it gets in order', () => {
    const running = multicast();
    const producer = running.producer('m');
    const [quick, slow] = [running.consumer('m').grant(100), running.consumer('m').grant(1)];
    producer.sendAll(['a', 'b', 'c']);
    assert.deepEqual([quick.texts, slow.texts], [['a', 'b', 'c'], ['a']]);
    assert.equal(slow.link.available, 2);
    slow.grant(1);
    assert.deepEqual(slow.texts, ['a', 'b']);
    producer.send('d');
    slow.grant(10);
    assert.deepEqual(slow.texts, ['a', 'b', 'c', 'd']);
    quick.settleAll();
    slow.settleAll();
    assert.deepEqual(producer.kinds, Array(4).fill('accepted'));
  });

  test('one that is paused has a backlog too', () => {
    const running = multicast();
    const producer = running.producer('m');
    const [quick, paused] = [running.consumer('m').grant(100), running.consumer('m').grant(100)];
    paused.link.pause();
    producer.sendAll(['a', 'b']);
    assert.deepEqual([quick.texts, paused.texts], [['a', 'b'], []]);
    paused.link.resume();
    assert.deepEqual(paused.texts, ['a', 'b']);
  });

  test('a backlog holds so many messages and no more; what is missed is counted and reported', () => {
    const running = multicast();
    const producer = running.producer('m');
    const [quick, slow] = [running.consumer('m').grant(5000), running.consumer('m')];
    for (let i = 0; i < BACKLOG_MESSAGES_MAX + 10; i++) producer.send(`m${i}`);
    quick.settleAll();
    assert.equal(slow.link.available, BACKLOG_MESSAGES_MAX);
    assert.equal(running.status('m').counters.dropped, 10);
    assert.equal(running.events.filter(({ what }) => what.includes('backlog of a slow consumer is full')).length, 1);
    assert.deepEqual(producer.kinds.slice(BACKLOG_MESSAGES_MAX), Array(10).fill('accepted'));
    assert.equal(producer.outcomes.size, 10);
  });

  test('a backlog holds so many bytes and no more', () => {
    const running = multicast();
    const producer = running.producer('m');
    running.consumer('m').grant(5000);
    const slow = running.consumer('m');
    const mebibyte = 'x'.repeat(1024 * 1024);
    for (let i = 0; i < 12; i++) producer.send(mebibyte);
    assert.equal(slow.link.available, BACKLOG_BYTES_MAX / mebibyte.length);
    assert.equal(running.status('m').counters.dropped, 12 - BACKLOG_BYTES_MAX / mebibyte.length);
  });

  test('no message is larger than a backlog holds, from the first one on', () => {
    const running = multicast();
    const producer = running.producer('m');
    running.consumer('m').grant(5000);
    const slow = running.consumer('m');
    producer.send('x'.repeat(BACKLOG_BYTES_MAX + 1));
    assert.equal(slow.link.available, 0);
    assert.equal(running.status('m').counters.dropped, 1);
  });

  test('when a slow consumer leaves, what waits for it is released, and the others decide', () => {
    const running = multicast();
    const producer = running.producer('m');
    const [quick, slow] = [running.consumer('m').grant(5), running.consumer('m')];
    producer.send('x');
    quick.settleAll();
    assert.deepEqual(producer.kinds, [undefined]);
    slow.leave();
    assert.deepEqual(producer.kinds, ['accepted']);
  });

  test('a consumer that leaves while the message is handed out does not keep its outcome for ever', () => {
    const running = multicast();
    const producer = running.producer('m');
    const [first, second] = [running.consumer('m').grant(5), running.consumer('m').grant(5)];
    first.onDeliver = () => second.leave();
    producer.send('x');
    first.settleAll();
    assert.deepEqual(producer.kinds, ['accepted']);
  });

  test('of a settled message nobody hears', () => {
    const running = multicast();
    const producer = running.producer('m');
    const consumer = running.consumer('m').grant(5);
    producer.send('x', { settled: true });
    consumer.settleAll();
    assert.equal(producer.outcomes.size, 0);
  });

  test('a consumer that asks hears at once that its outcome is safe', () => {
    const running = multicast();
    const producer = running.producer('m');
    const consumer = running.consumer('m').grant(5);
    producer.send('x');
    let confirmed = 0;
    consumer.settleConfirmed(consumer.deliveries[0]!, ACCEPTED, () => confirmed++);
    assert.deepEqual([confirmed, producer.kinds], [1, ['accepted']]);
  });

  test('a message that is forwarded while it arrives goes to all that have credit; the others miss it', () => {
    const running = multicast();
    const producer = running.producer('m');
    const consumers = [running.consumer('m').grant(5), running.consumer('m').grant(5)];
    const slow = running.consumer('m');
    const { token, stream } = producer.begin('one,');
    stream.push(new TextEncoder().encode('two'), 0, 3, false);
    assert.deepEqual(
      consumers.map(({ deliveries }) => deliveries[0]!.stream!.text),
      ['two', 'two'],
    );
    for (const consumer of consumers) consumer.settleAll();
    assert.equal(producer.kind(token), 'accepted');
    assert.equal(slow.link.available, 0);
    assert.equal(running.status('m').counters.dropped, 1);
  });

  test('its producer waits only while all consumers are blocked, and is told once', () => {
    const running = multicast();
    const producer = running.producer('m');
    const consumers = [running.consumer('m').grant(5), running.consumer('m').grant(5)];
    const { stream } = producer.begin('one,');
    const [one, other] = consumers.map(({ deliveries }) => deliveries[0]!.stream!);
    one!.blocked = true;
    assert.equal(stream.blocked, false);
    other!.blocked = true;
    assert.equal(stream.blocked, true);
    let unblocked = 0;
    stream.onUnblocked = () => unblocked++;
    for (const each of [one!, other!]) {
      each.blocked = false;
      each.onUnblocked?.();
    }
    assert.equal(unblocked, 1);
  });

  test('a producer that gives up is heard by all', () => {
    const running = multicast();
    const producer = running.producer('m');
    const consumers = [running.consumer('m').grant(5), running.consumer('m').grant(5)];
    producer.begin('one,').stream.abort();
    assert.ok(consumers.every(({ deliveries }) => deliveries[0]!.stream!.aborted));
  });

  test('draining gives the credit back at once', () => {
    const running = multicast();
    const producer = running.producer('m');
    const consumer = running.consumer('m').grant(5, true);
    running.run();
    assert.deepEqual([consumer.drains, producer.credit], [1, 0]);
  });

  test('20 000 consumers grant credit in time that grows with their number, not with its square', () => {
    const perConsumer = (count: number) => {
      const running = multicast();
      const consumers = Array.from({ length: count }, () => running.consumer('m'));
      const start = performance.now();
      for (const consumer of consumers) consumer.grant(10);
      running.run();
      return (performance.now() - start) / count;
    };
    const best = (count: number) => Math.min(perConsumer(count), perConsumer(count), perConsumer(count));
    perConsumer(1000);
    const [few, many] = [best(1000), best(10_000)];
    assert.ok(many < 6 * few + 0.001, `${many} ms each of 10 000, ${few} ms each of 1000`);
  });
});
