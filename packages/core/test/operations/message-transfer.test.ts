import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ENCODING_AMQP } from '../../src/message/message.ts';
import type { MessageSelection } from '../../src/operations/message-selection.ts';
import { numbered } from '../support/filled-queue.ts';
import { assertRefused, browsed, type End, ended, filled, NEVER, place } from '../support/operation-end.ts';
import type { RunningBroker } from '../support/running-broker.ts';
import { fieldIs, TEXT_ENCODING } from '../support/text-encoding.ts';

const FROM = 'annotations.x-opt-dead-letter-origin';

function transfer(running: RunningBroker, to: string, removes: boolean, selection: MessageSelection = {}): End {
  return ended(running, end => running.broker.operations.transfer(place(running), selection, to, removes, end));
}

describe('moving and copying', () => {
  test('move what is selected, durable or not, to where it begins anew', () => {
    const running = filled(['k=a', 'k=b', 'k=a;n=2']);
    running.declare('other', { type: 'queue' });
    const consumer = running.consumer('q');
    consumer.grant(1);
    running.run();
    consumer.settleAll({ kind: 'modified', deliveryFailed: true, undeliverableHere: false });
    consumer.leave();
    const { report, refusal } = transfer(running, 'other', true, { filter: fieldIs('k', 'a') });
    assert.deepEqual([report.matched, report.done, report.skipped, refusal], [2, 2, 0, undefined]);
    const again = running.restart();
    again.broker.encodings.add(ENCODING_AMQP, TEXT_ENCODING);
    assert.deepEqual(browsed(again), ['k=b']);
    const reader = again.consumer('other');
    reader.grant(5);
    again.run();
    assert.deepEqual(reader.texts, ['k=a', 'k=a;n=2']);
    assert.deepEqual(
      reader.deliveries.map(({ message }) => message.deliveryCount),
      [0, 0],
    );
  });

  test('copy and leave the messages where they are, those of consumers too', () => {
    const running = filled(['a', 'b']);
    running.declare('other', { type: 'queue' });
    running.consumer('q').grant(1);
    running.run();
    assert.equal(transfer(running, 'other', false).report.done, 2);
    assert.deepEqual(browsed(running), ['a', 'b']);
    assert.deepEqual(browsed(running, {}, place(running, 'other')), ['a', 'b']);
  });

  test('move exactly the one that was named, or nothing', () => {
    const running = filled(['a', 'b', 'c']);
    running.declare('other', { type: 'queue' });
    assert.deepEqual(transfer(running, 'other', true, { sequences: [1] }).report.done, 1);
    const { report, refusal } = transfer(running, 'other', true, { sequences: [1] });
    assert.deepEqual([report.done, report.gone], [0, [1]]);
    assertRefused(refusal, 'message-not-found', /^Not in q any more: message 1\.$/);
    assert.deepEqual(browsed(running), ['a', 'c']);
    assert.deepEqual(browsed(running, {}, place(running, 'other')), ['b']);
  });

  test('leave what a consumer has, and what has expired', () => {
    const running = filled(['a']);
    running.declare('other', { type: 'queue' });
    const producer = running.producer('q');
    producer.send('b', { durable: true, ttlMs: 100 });
    producer.send('c', { durable: true, ttlMs: 10_000 });
    running.consumer('q').grant(1);
    running.run();
    running.turn.nowMs += 200;
    const { report } = transfer(running, 'other', true);
    assert.deepEqual([report.matched, report.done, report.skipped], [3, 1, 2]);
    let ttlMs = 0;
    const reader = running.consumer('other');
    reader.onDeliver = ({ message }) => {
      ttlMs = message.ttlMs;
    };
    reader.grant(1);
    running.run();
    assert.deepEqual(reader.texts, ['c']);
    assert.equal(ttlMs, 9800, 'the time to live goes on');
  });

  test('keep each message once, here or there, wherever the log is torn', () => {
    const texts = numbered(6);
    const whole = filled(texts, { durability: 'by-hand' });
    whole.declare('other', { type: 'queue' });
    whole.log.makeDurable();
    whole.broker.operations.transfer(place(whole), {}, 'other', true, () => {});
    whole.run();
    const outcomes = new Set<string>();
    for (let end = whole.log.durableEnd; end <= whole.log.end; end++) {
      const after = whole.crash(end);
      const here = browsed(after);
      const there = browsed(after, {}, place(after, 'other'));
      assert.deepEqual([...there, ...here].sort(), texts, `torn at ${end}`);
      outcomes.add(`${here.length}/${there.length}`);
    }
    assert.deepEqual([...outcomes], ['6/0', '0/6']);
  });

  test('give up the oldest at a target that does so', () => {
    const running = filled(['a', 'b', 'c']);
    running.declare('ring', { type: 'queue', messagesMax: 2, overflow: 'drop-oldest' });
    assert.equal(transfer(running, 'ring', true).report.done, 3);
    assert.deepEqual(browsed(running, {}, place(running, 'ring')), ['b', 'c']);
  });

  for (const overflow of ['block', 'reject'] as const)
    test(`stop when the target is full (${overflow}), and say so`, () => {
      const running = filled(['a', 'b', 'c']);
      running.declare('small', { type: 'queue', messagesMax: 2, overflow });
      const { report, refusal } = transfer(running, 'small', true);
      assertRefused(refusal, 'queue-full', /small (holds as much as it may|is full)/);
      assert.deepEqual([report.done, report.next], [2, 2]);
      assert.deepEqual(browsed(running), ['c']);
    });

  test('wait while the log has too much to write, and end when its disk is full', () => {
    const running = filled(['a']);
    running.declare('other', { type: 'queue' });
    running.log.press('unsynced-bytes');
    const ends: End[] = [];
    running.broker.operations.transfer(place(running), {}, 'other', true, (report, refusal) => ends.push({ report, refusal }));
    running.run();
    running.turn.advance(1000);
    assert.deepEqual([ends.length, running.status('other').stored], [0, 0]);
    running.log.press('none');
    running.turn.advance(1000);
    assert.deepEqual([ends.length, running.status('other').stored], [1, 1]);
    running.log.press('disk-full');
    assertRefused(transfer(running, 'other', true).refusal, 'log-unavailable', /disk-full/);
  });

  test('need a target that stores, and is another one', () => {
    const running = filled(['a']);
    running.declare('d', { type: 'multicast' });
    const begin = (to: string): unknown => running.broker.operations.transfer(place(running), {}, to, true, NEVER);
    assertRefused(begin('none'), 'address-not-found', /no address none/);
    assertRefused(begin('d'), 'capability-unsupported', /stores nothing/);
    assertRefused(begin('q'), 'capability-unsupported', /at q already/);
  });
});

test('what became a dead letter goes back to its address, with its attempts before it again', () => {
  const running = filled([]);
  running.declare('dead', { type: 'queue' });
  running.space.update('q', { type: 'queue', deadLetter: 'dead', redelivery: { attemptsMax: 1 } }, () => {});
  running.producer('q').send('k=v', { durable: true });
  const consumer = running.consumer('q');
  consumer.grant(2);
  running.run();
  consumer.settleAll({ kind: 'modified', deliveryFailed: true, undeliverableHere: false });
  running.run();
  assert.equal(running.status('dead').stored, 1);
  const { report } = ended(running, end => running.broker.operations.replay(place(running, 'dead'), {}, end));
  assert.equal(report.done, 1);
  assert.equal(running.status('dead').stored, 0);
  assert.deepEqual(
    consumer.deliveries.map(({ message }) => message.deliveryCount),
    [0, 0],
  );
});

test('dead letters go back to where each comes from, and what says nothing of that stays', () => {
  const running = filled([`${FROM}=a`, `${FROM}=b;n=1`, 'stray', `${FROM}=gone`]);
  running.declare('a', { type: 'queue' });
  running.declare('b', { type: 'queue' });
  const { report, refusal } = ended(running, end => running.broker.operations.replay(place(running), {}, end));
  assert.deepEqual([report.matched, report.done, report.skipped], [4, 2, 2]);
  assertRefused(refusal, 'message-target-missing', /does not say which address/);
  assert.deepEqual(browsed(running, {}, place(running, 'a')), [`${FROM}=a`]);
  assert.deepEqual(browsed(running, {}, place(running, 'b')), [`${FROM}=b;n=1`]);
  assert.deepEqual(browsed(running), ['stray', `${FROM}=gone`]);
});

test('a stream is browsed and copied from, by offset, and nothing is taken away', () => {
  const running = filled([]);
  running.declare('s', { type: 'stream' });
  running.producer('s').sendAll(['k=a', 'k=b', 'k=a;n=2'], { durable: true });
  running.run();
  running.log.makeDurable();
  running.run();
  assert.deepEqual(browsed(running, { from: 1 }, place(running, 's')), ['k=b', 'k=a;n=2']);
  const { report } = ended(running, end =>
    running.broker.operations.transfer(place(running, 's'), { filter: fieldIs('k', 'a') }, 'q', false, end),
  );
  assert.equal(report.done, 2);
  assert.deepEqual(browsed(running), ['k=a', 'k=a;n=2']);
  for (const refused of [
    running.broker.operations.purge(place(running, 's'), {}, NEVER),
    running.broker.operations.transfer(place(running, 's'), {}, 'q', true, NEVER),
    running.broker.operations.replay(place(running, 's'), {}, NEVER),
  ])
    assertRefused(refused, 'capability-unsupported', /a stream, which keeps its messages/);
});
