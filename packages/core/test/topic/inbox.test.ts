import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RELEASED } from '../../src/delivery/outcome.ts';
import type { Inbox } from '../../src/topic/inbox.ts';
import { RecordingConsumer } from '../support/recording-consumer.ts';
import { RunningBroker } from '../support/running-broker.ts';

const DURABLE = { durable: true };

/** A space with a topic and an inbox that gets all of it. */
function subscribed(): { running: RunningBroker; inbox: Inbox } {
  const running = new RunningBroker();
  running.declare('plant', { type: 'topic' });
  const inbox = running.space.inboxes.create('i', { kept: true, prefersLive: true, details: {} });
  inbox.subscribe('plant/#', { stored: true, noLocal: false, details: {} });
  return { running, inbox };
}

function consumerOf(inbox: Inbox, credit: number): RecordingConsumer {
  const consumer = new RecordingConsumer();
  return consumer.attached(inbox.consume(consumer)).grant(credit);
}

describe('an inbox', () => {
  test('a mark and a message of one unit are both there after a crash, or none, wherever the log is torn', () => {
    const { running, inbox } = subscribed();
    const producer = running.producer('plant/1');
    running.log.makeDurable();
    const before = running.log.end;
    inbox.beginUnit();
    inbox.mark(7, 1);
    producer.send('once', DURABLE);
    inbox.endUnit();
    for (let end = before; end <= running.log.end; end++) {
      const { inboxes } = running.crash(end).space;
      const whole = end === running.log.end;
      assert.deepEqual([inboxes.all.get('i')!.marks.has(7), inboxes.all.get('i')!.queue.available], [whole, whole ? 1 : 0]);
    }
  });

  test('[MQTT-4.7.3-1] what is sent to the topic address itself comes with its name', () => {
    const { running, inbox } = subscribed();
    const consumer = consumerOf(inbox, 1);
    running.producer('plant').send('x', DURABLE);
    running.run();
    assert.deepEqual(
      consumer.deliveries.map(({ message }) => message.topic),
      ['plant'],
    );
  });

  test('an entry that is reserved waits for its port, whoever else has credit, and goes to nobody when that never comes', () => {
    const { running, inbox } = subscribed();
    const first = consumerOf(inbox, 1);
    running.producer('plant/1').send('begun', DURABLE);
    running.run();
    const [delivery] = first.deliveries;
    inbox.queue.reserve(delivery!.token, first);
    first.grant(0).settle(delivery!, RELEASED);
    const other = consumerOf(inbox, 10);
    running.producer('plant/1').send('new', DURABLE);
    running.run();
    assert.deepEqual(other.texts, ['new']);
    first.grant(1);
    running.run();
    assert.deepEqual(first.texts, ['begun', 'begun']);
    first.leave(RELEASED);
    running.run();
    assert.deepEqual(other.texts, ['new']);
  });

  test('what was begun does not expire, what was not does', () => {
    const { running, inbox } = subscribed();
    const consumer = consumerOf(inbox, 1);
    for (const text of ['begun', 'waiting']) running.producer('plant/1').send(text, { ...DURABLE, ttlMs: 500 });
    running.run();
    const [delivery] = consumer.deliveries;
    inbox.queue.startedThrough = delivery!.token;
    consumer.grant(0).settle(delivery!, RELEASED);
    running.turn.advance(2000);
    running.run();
    assert.equal(inbox.queue.available, 1, 'the sweep leaves it, too');
    consumer.grant(10);
    running.run();
    assert.deepEqual(consumer.texts, ['begun', 'begun']);
    assert.equal(consumer.deliveries[1]!.message.ttlMs, 1);
  });
});
