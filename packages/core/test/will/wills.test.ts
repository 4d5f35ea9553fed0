import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Refusal } from '../../src/delivery/refusal.ts';
import { WILL_BYTES_MAX, WILLS_BYTES_MAX, type Will } from '../../src/will/wills.ts';
import type { RecordingConsumer } from '../support/recording-consumer.ts';
import { RunningBroker, type RunningBrokerOptions } from '../support/running-broker.ts';
import { type MessageFields, textMessage } from '../support/text-message.ts';

function will(text: string, rest: Partial<Omit<Will, 'message'>> = {}, fields: MessageFields = { durable: true }): Will {
  return { to: 'q', message: textMessage(text, fields), delayMs: 0, ...rest };
}

function queued(options: RunningBrokerOptions = {}): { running: RunningBroker; consumer: RecordingConsumer } {
  const running = new RunningBroker(options);
  running.declare('q', { type: 'queue' });
  return { running, consumer: running.consumer('q').grant(1000) };
}

describe('wills', () => {
  test('the will of an owner that is gone without a word is published once', () => {
    const { running, consumer } = queued();
    const { wills } = running.space;
    assert.equal(wills.put('amqp:a', will('gone', {}, { headerBytes: 7, durable: true, priority: 9 })), undefined);
    running.run();
    assert.deepEqual(consumer.texts, []);
    wills.due('amqp:a');
    wills.due('amqp:a');
    running.run();
    assert.deepEqual(consumer.texts, ['gone']);
    const [{ message }] = consumer.deliveries as [(typeof consumer.deliveries)[0]];
    assert.deepEqual([message.durable, message.priority, message.topic], [true, 9, 'q']);
    assert.equal(running.space.notes.all.size, 0);
  });

  test('an owner has one will, the last one, and none when it has said goodbye', () => {
    const { running, consumer } = queued();
    const { wills } = running.space;
    wills.put('amqp:a', will('first'));
    wills.put('amqp:a', will('second'));
    wills.put('amqp:b', will('never'));
    wills.cancel('amqp:b');
    for (const owner of ['amqp:a', 'amqp:b', 'amqp:nobody']) wills.due(owner);
    running.run();
    assert.deepEqual(consumer.texts, ['second']);
  });

  test('a will waits for its delay, and not longer than it is told to', () => {
    const { running, consumer } = queued();
    const { wills } = running.space;
    wills.put('mqtt:a', will('late', { delayMs: 5000 }));
    wills.put('mqtt:b', will('early', { delayMs: 5000 }));
    wills.put('mqtt:c', will('at once', { delayMs: 5000 }));
    wills.due('mqtt:a');
    wills.due('mqtt:b', 2000);
    wills.due('mqtt:c', 0);
    for (const [afterMs, texts] of [
      [1999, ['at once']],
      [1, ['at once', 'early']],
      [2999, ['at once', 'early']],
      [1, ['at once', 'early', 'late']],
    ] as const) {
      running.turn.advance(afterMs);
      assert.deepEqual(consumer.texts, texts);
    }
  });

  test('a client that is back voids those of its wills that wait, and no others', () => {
    const { running, consumer } = queued();
    const { wills } = running.space;
    for (const [owner, client] of [
      ['amqp:1', 'anna'],
      ['amqp:2', 'anna'],
      ['amqp:3', 'berta'],
      ['amqp:4', 'anna'],
    ] as const)
      wills.put(owner, will(owner, { delayMs: 1000, client }));
    for (const owner of ['amqp:1', 'amqp:2', 'amqp:3']) wills.due(owner);
    wills.returned('anna');
    wills.returned('anna');
    running.turn.advance(1000);
    assert.deepEqual(consumer.texts, ['amqp:3']);
    wills.due('amqp:4');
    running.turn.advance(1000);
    assert.deepEqual(consumer.texts, ['amqp:3', 'amqp:4']);
  });

  test('after a restart all owners are gone: each head has its own wills published', () => {
    const { running } = queued();
    const binary = String.fromCharCode(...Array.from({ length: 256 }, (_, at) => at));
    running.space.wills.put('amqp:a', will(`gone ${binary}`));
    running.space.wills.put('amqp:late', will('later', { delayMs: 1000, client: 'anna' }));
    running.space.wills.put('mqtt:b', will('not yet'));
    running.space.wills.put('amqp:c', will('never'));
    running.space.wills.cancel('amqp:c');
    const again = running.restart();
    const consumer = again.consumer('q').grant(10);
    again.run();
    assert.deepEqual(consumer.texts, []);
    again.space.wills.restore('amqp:');
    again.run();
    assert.deepEqual(consumer.texts, [`gone ${binary}`]);
    again.turn.advance(1000);
    assert.deepEqual(consumer.texts.slice(1), ['later']);
    again.space.wills.restore('mqtt:', () => 0);
    again.run();
    assert.deepEqual(consumer.texts.slice(2), ['not yet']);
    assert.equal(again.restart().space.notes.all.size, 0);
  });

  test('a will is kept when it is on disk', () => {
    const { running } = queued({ durability: 'by-hand' });
    const { wills } = running.space;
    const told: string[] = [];
    wills.put('amqp:a', will('gone'));
    wills.whenDurable(() => told.push('durable'));
    running.run();
    assert.deepEqual(told, []);
    assert.equal(running.crash().space.notes.all.size, 0);
    running.log.makeDurable();
    assert.deepEqual(told, ['durable']);
    assert.equal(running.crash().space.notes.all.size, 1);
  });

  test('after a stop nothing is published, and everything is after the next start', () => {
    const { running, consumer } = queued();
    const { wills } = running.space;
    wills.put('amqp:waiting', will('waiting', { delayMs: 1000 }));
    wills.put('amqp:late', will('late'));
    wills.due('amqp:waiting');
    wills.stop();
    wills.due('amqp:late');
    running.turn.advance(2000);
    assert.deepEqual(consumer.texts, []);
    const again = running.restart();
    const reader = again.consumer('q').grant(10);
    again.space.wills.restore('amqp:');
    again.turn.advance(1000);
    assert.deepEqual(reader.texts, ['late', 'waiting']);
  });

  test('a name that nobody has becomes a topic, where those who wait for it get the will', () => {
    const running = new RunningBroker();
    const inbox = running.space.inboxes.create('session', { kept: false, prefersLive: true, details: {} });
    inbox.subscribe('status/+', { stored: true, noLocal: false, details: {} });
    running.space.wills.put('amqp:a', will('gone', { to: 'status/a' }));
    running.space.wills.due('amqp:a');
    running.run();
    assert.equal(inbox.queue.index.live, 1);
  });

  test('a retained will is there for who comes later', () => {
    const running = new RunningBroker();
    running.space.wills.put('amqp:a', will('gone', { to: 'status/a' }, { durable: true, retained: true }));
    running.space.wills.due('amqp:a');
    running.run();
    assert.equal(running.space.retained.size, 1);
  });

  for (const [what, to] of [
    ['an address that may not be made', '$nobody/a'],
    ['an anycast address without a consumer', 'direct'],
  ] as const) {
    test(`a will for ${what} is reported, and gone`, () => {
      const running = new RunningBroker();
      running.declare('direct', { type: 'anycast' });
      running.space.wills.put('amqp:a', will('gone', { to }));
      running.space.wills.due('amqp:a');
      running.run();
      assert.equal(running.events.filter(({ what }) => what.startsWith('will not published')).length, 1);
      assert.equal(running.space.notes.all.size, 0);
    });
  }

  test('a log that takes no messages gets the will when it does again', () => {
    const { running, consumer } = queued();
    running.space.wills.put('amqp:a', will('gone'));
    const { full } = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(running.shard));
    Object.defineProperty(running.shard, 'full', { get: () => true, configurable: true });
    running.space.wills.due('amqp:a');
    running.turn.advance(60_000);
    assert.deepEqual(consumer.texts, []);
    Object.defineProperty(running.shard, 'full', full!);
    running.turn.advance(60_000);
    assert.deepEqual(consumer.texts, ['gone']);
  });

  test('a will that is too large is refused, and so is one too many; the one of before is gone', () => {
    const { running } = queued();
    const { wills } = running.space;
    const large = will('x'.repeat(WILL_BYTES_MAX));
    const refused = wills.put('amqp:a', will('x'.repeat(WILL_BYTES_MAX + 1)));
    assert.ok(refused instanceof Refusal && refused.code === 'message-too-large');
    const most = WILLS_BYTES_MAX / WILL_BYTES_MAX;
    for (let at = 0; at < most; at++) assert.equal(wills.put(`amqp:${at}`, large), undefined);
    const tooMany = wills.put('amqp:more', will('x'));
    assert.ok(tooMany instanceof Refusal && tooMany.code === 'queue-full');
    wills.cancel('amqp:0');
    assert.equal(wills.put('amqp:more', large), undefined);
    wills.put('amqp:more', will('small'));
    assert.equal(wills.put('amqp:another', will('x'.repeat(WILL_BYTES_MAX - 5))), undefined);
  });
});
