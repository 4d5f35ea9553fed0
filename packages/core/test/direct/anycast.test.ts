import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCEPTED, IN_DOUBT, type Outcome, RELEASED } from '../../src/delivery/outcome.ts';
import { WAITING_BYTES_MAX } from '../../src/direct/anycast.ts';
import { RunningBroker } from '../support/running-broker.ts';

function anycast() {
  const running = new RunningBroker();
  running.declare('a', { type: 'anycast' });
  return running;
}

describe('anycast: credit', () => {
  test('without a consumer there is no credit, and what is sent anyway is released', () => {
    const running = anycast();
    const producer = running.producer('a');
    assert.deepEqual(producer.grants, []);
    const token = producer.send('x');
    assert.equal(producer.kind(token), 'released');
  });

  test('a consumer without credit gives no credit either', () => {
    const running = anycast();
    const producer = running.producer('a');
    running.consumer('a');
    running.run();
    assert.equal(producer.credit, 0);
  });

  test('producers hold together what the consumers have credit for', () => {
    const running = anycast();
    const producers = [running.producer('a'), running.producer('a')];
    running.consumer('a').grant(30);
    running.consumer('a').grant(10);
    running.run();
    assert.deepEqual(
      producers.map(({ credit }) => credit),
      [20, 20],
    );
  });

  test('credit is taken back at once when the last consumer leaves', () => {
    const running = anycast();
    const producer = running.producer('a');
    const consumer = running.consumer('a').grant(10);
    running.run();
    assert.equal(producer.credit, 10);
    consumer.leave();
    assert.equal(producer.credit, 0);
  });

  test('a paused consumer has none to give, and has it again when it goes on', () => {
    const running = anycast();
    const producer = running.producer('a');
    const consumer = running.consumer('a').grant(10);
    running.run();
    consumer.link.pause();
    assert.equal(producer.credit, 0);
    consumer.link.resume();
    running.run();
    assert.equal(producer.credit, 10);
  });

  test('draining gives the credit back at once, since nothing is stored that could come', () => {
    const running = anycast();
    const producer = running.producer('a');
    const consumer = running.consumer('a').grant(10, true);
    assert.equal(consumer.drains, 1);
    running.run();
    assert.equal(producer.credit, 0);
  });

  test('an idle producer does not keep a busy one from the credit that consumers have', () => {
    const running = anycast();
    const idle = running.producer('a');
    const busy = running.producer('a');
    const consumer = running.consumer('a').grant(100);
    running.run();
    let sent = 0;
    for (; sent < 90 && busy.credit > 0; sent++) {
      busy.send(`m${sent}`);
      running.run();
    }
    assert.equal(sent, 90);
    assert.equal(consumer.deliveries.length, 90);
    running.turn.advance(100);
    assert.ok(idle.credit <= 10);
  });
});

describe('anycast: balance', () => {
  test('the consumer with the fewest unsettled deliveries has the next message', () => {
    const running = anycast();
    const producer = running.producer('a');
    const consumers = [1, 2, 3].map(() => running.consumer('a').grant(100));
    for (let i = 0; i < 9; i++) producer.send(`m${i}`);
    assert.deepEqual(
      consumers.map(({ deliveries }) => deliveries.length),
      [3, 3, 3],
    );
    consumers[1]!.settleAll();
    producer.sendAll(['x', 'y', 'z']);
    assert.deepEqual(consumers[1]!.texts.slice(3), ['x', 'y', 'z']);
  });

  test('consumers that settle at once take turns', () => {
    const running = anycast();
    const producer = running.producer('a');
    const consumers = [1, 2, 3].map(() => running.consumer('a').grant(100));
    for (const consumer of consumers) consumer.onDeliver = delivery => consumer.settle(delivery, ACCEPTED);
    for (let i = 0; i < 30; i++) producer.send(`m${i}`);
    assert.deepEqual(
      consumers.map(({ deliveries }) => deliveries.length),
      [10, 10, 10],
    );
  });

  test('among hundreds of consumers each gets some', () => {
    const running = anycast();
    const producer = running.producer('a');
    const consumers = Array.from({ length: 300 }, () => running.consumer('a').grant(10));
    for (let i = 0; i < 600; i++) producer.send(`m${i}`);
    const counts = consumers.map(({ deliveries }) => deliveries.length);
    assert.ok(Math.min(...counts) >= 1 && Math.max(...counts) <= 4, `from ${Math.min(...counts)} to ${Math.max(...counts)}`);
  });

  test('one whose credit is used up gets nothing more', () => {
    const running = anycast();
    const producer = running.producer('a');
    const small = running.consumer('a').grant(2);
    const large = running.consumer('a').grant(100);
    for (let i = 0; i < 20; i++) producer.send(`m${i}`);
    assert.deepEqual([small.deliveries.length, large.deliveries.length], [2, 18]);
  });
});

describe('anycast: outcomes', () => {
  const reason = { condition: 'example:bad', description: 'no good' };
  const outcomes: Outcome[] = [
    ACCEPTED,
    RELEASED,
    { kind: 'rejected', reason },
    { kind: 'modified', deliveryFailed: true, undeliverableHere: true, annotations: new Uint8Array([1, 2]) },
    { kind: 'modified', deliveryFailed: false, undeliverableHere: false },
  ];
  for (const outcome of outcomes)
    test(`the consumer's outcome is the producer's as it is: ${JSON.stringify(outcome)}`, () => {
      const running = anycast();
      const producer = running.producer('a');
      const consumer = running.consumer('a').grant(1);
      const token = producer.send('x');
      assert.equal(producer.kind(token), undefined);
      consumer.settleText('x', outcome);
      assert.equal(producer.outcomes.get(token), outcome);
      assert.equal(running.status('a').counters[outcome.kind], 1);
    });

  test('outcomes come in any order, each to its own message', () => {
    const running = anycast();
    const producer = running.producer('a');
    const consumer = running.consumer('a').grant(3);
    producer.sendAll(['x', 'y', 'z']);
    consumer.settleText('z', ACCEPTED);
    consumer.settleText('x', RELEASED);
    assert.deepEqual(producer.kinds, ['released', undefined, 'accepted']);
  });

  test('a consumer that is lost leaves its messages in doubt: modified, delivery failed', () => {
    const running = anycast();
    const producer = running.producer('a');
    const consumer = running.consumer('a').grant(1);
    const token = producer.send('x');
    consumer.leave(IN_DOUBT);
    assert.deepEqual(producer.outcomes.get(token), { kind: 'modified', deliveryFailed: true, undeliverableHere: false });
  });

  test('a producer that is gone hears nothing, and its message arrives all the same', () => {
    const running = anycast();
    const producer = running.producer('a');
    const consumer = running.consumer('a').grant(1);
    producer.send('x');
    producer.link.detach();
    consumer.settleText('x');
    assert.equal(producer.outcomes.size, 0);
    assert.equal(running.status('a').counters.accepted, 1);
  });

  test('a consumer that asks hears at once that its outcome is safe, since nothing is stored', () => {
    const running = anycast();
    const producer = running.producer('a');
    const consumer = running.consumer('a').grant(1);
    producer.send('x');
    let confirmed = 0;
    consumer.settleConfirmed(consumer.deliveries[0]!, ACCEPTED, () => confirmed++);
    assert.equal(confirmed, 1);
    assert.equal(producer.kind(0), 'accepted');
  });

  test('of a settled message nobody hears, and one that nobody can take is counted and reported', () => {
    const running = anycast();
    const producer = running.producer('a');
    producer.send('lost', { settled: true });
    producer.send('lost too', { settled: true });
    assert.equal(producer.outcomes.size, 0);
    assert.equal(running.status('a').counters.dropped, 2);
    const drops = running.events.filter(({ what }) => what.includes('dropped'));
    assert.deepEqual([drops.length, drops[0]?.address], [1, 'a']);
    const consumer = running.consumer('a').grant(1);
    producer.send('x', { settled: true });
    consumer.settleText('x');
    assert.equal(producer.outcomes.size, 0);
  });

  test('the message goes through as it is, header unread', () => {
    const running = anycast();
    const producer = running.producer('a');
    const consumer = running.consumer('a').grant(1);
    producer.send('x', { format: 7, durable: true });
    assert.deepEqual([consumer.deliveries[0]!.message.format, consumer.texts], [7, ['x']]);
  });
});

describe('anycast: messages that wait', () => {
  test('what was sent on credit that is gone meanwhile waits, and goes in order when there is credit', () => {
    const running = anycast();
    const producer = running.producer('a');
    const consumer = running.consumer('a').grant(1);
    producer.sendAll(['a', 'b', 'c', 'd']);
    assert.deepEqual(consumer.texts, ['a']);
    consumer.grant(2);
    assert.deepEqual(consumer.texts, ['a', 'b', 'c']);
    producer.send('e');
    consumer.grant(10);
    assert.deepEqual(consumer.texts, ['a', 'b', 'c', 'd', 'e']);
    consumer.settleAll();
    assert.deepEqual(producer.kinds, Array(5).fill('accepted'));
  });

  test('while some wait, later ones do not pass them by', () => {
    const running = anycast();
    const producer = running.producer('a');
    const consumer = running.consumer('a').grant(1);
    producer.sendAll(['a', 'b']);
    consumer.onDeliver = ({ text }) => {
      if (text === 'b') producer.send('c');
    };
    consumer.grant(2);
    assert.deepEqual(consumer.texts, ['a', 'b', 'c']);
  });

  test('no more bytes wait than the limit; beyond, messages are released', () => {
    const running = anycast();
    const producer = running.producer('a');
    const consumer = running.consumer('a').grant(1);
    const mebibyte = 'x'.repeat(1024 * 1024);
    producer.send('first');
    const waiting = WAITING_BYTES_MAX / mebibyte.length;
    for (let i = 0; i < waiting + 3; i++) producer.send(mebibyte);
    assert.deepEqual(producer.kinds.slice(waiting + 1), ['released', 'released', 'released']);
    consumer.grant(100);
    assert.equal(consumer.deliveries.length, waiting + 1);
  });

  test('when the last consumer leaves, what waits is released; while another is there, it waits on', () => {
    const running = anycast();
    const producer = running.producer('a');
    const [one, other] = [running.consumer('a').grant(1), running.consumer('a')];
    producer.sendAll(['a', 'b']);
    one.leave(ACCEPTED);
    assert.deepEqual(producer.kinds, ['accepted', undefined]);
    other.leave();
    assert.deepEqual(producer.kinds, ['accepted', 'released']);
  });
});

describe('anycast: messages that are forwarded while they arrive', () => {
  test('the first bytes go at once, and the rest as it comes', () => {
    const running = anycast();
    const producer = running.producer('a');
    const consumer = running.consumer('a').grant(1);
    const { token, stream } = producer.begin('first,');
    const text = new TextEncoder().encode('..second,third');
    stream.push(text, 2, 9, true);
    stream.push(text, 9, 14, false);
    const { stream: received } = consumer.deliveries[0]!;
    assert.deepEqual([consumer.texts[0], received!.text, received!.ended], ['first,', 'second,third', true]);
    consumer.settleAll();
    assert.equal(producer.kind(token), 'accepted');
  });

  test('a producer that gives up is heard by the consumer', () => {
    const running = anycast();
    const producer = running.producer('a');
    const consumer = running.consumer('a').grant(1);
    producer.begin('first,').stream.abort();
    assert.equal(consumer.deliveries[0]!.stream!.aborted, true);
  });

  test('it cannot wait: without credit it is released, and the rest of it is passed over', () => {
    const running = anycast();
    const producer = running.producer('a');
    const consumer = running.consumer('a');
    const { token, stream } = producer.begin('first,');
    assert.equal(producer.kind(token), 'released');
    stream.push(new Uint8Array(3), 0, 3, false);
    assert.equal(stream.blocked, false);
    consumer.grant(1);
    assert.equal(consumer.deliveries.length, 0);
  });
});

test('when an anycast address is deleted, everybody attached is told why, and what waits is released', () => {
  const running = anycast();
  const producer = running.producer('a');
  const consumer = running.consumer('a');
  producer.send('x');
  running.space.remove('a', { force: true }, () => {});
  running.run();
  assert.deepEqual([producer.ended?.code, consumer.ended?.code], ['address-deleted', 'address-deleted']);
  assert.deepEqual(producer.kinds, ['released']);
});
