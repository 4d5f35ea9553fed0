import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameOf, type TraceLine, TraceLog, toneOf, traceCommand, verdictOf } from '../../src/logic/trace-log.ts';

const line = (message: number, step: TraceLine['step'], more: Partial<TraceLine> = {}): TraceLine => ({
  atMs: 0,
  message,
  step,
  address: 'orders',
  words: step,
  ...more,
});

test('what a trace tells is sorted by message, and its end is known', () => {
  const log = new TraceLog();
  log.take(line(0, 'watching'));
  log.take(line(1, 'arrived', { facts: { messageId: 'm1', properties: { colour: 'red', size: 3 } } }));
  log.take(line(2, 'arrived'));
  log.take(line(1, 'waiting'));
  assert.deepEqual(
    log.messages.map(({ number, steps }) => [number, steps.length]),
    [
      [1, 2],
      [2, 1],
    ],
  );
  assert.equal(nameOf(log.messages[0]!), 'id m1, colour=red, size=3');
  assert.equal(nameOf(log.messages[1]!), '');
  assert.equal(log.remarks.length, 1);
  assert.equal(log.end, undefined);
  log.take(line(0, 'end', { words: 'the time is over' }));
  log.stop('something else');
  assert.equal(log.end, 'the time is over');
});

test('a message that was given back is no good end, and one that waits none at all', () => {
  assert.equal(toneOf(line(1, 'settled', { outcome: 'accepted' })), 'good');
  assert.equal(toneOf(line(1, 'settled', { outcome: 'released' })), 'bad');
  assert.equal(toneOf(line(1, 'waiting')), 'waits');
  assert.equal(toneOf(line(1, 'dead-lettered')), 'bad');
  assert.equal(toneOf(line(1, 'stored')), 'plain');
});

test('what became of a message is said by where it did not get on, and otherwise by how far it has come', () => {
  const verdict = (...steps: readonly TraceLine[]) => verdictOf({ number: 1, steps }).step;
  assert.equal(verdict(line(1, 'arrived'), line(1, 'stored')), 'stored');
  assert.equal(
    verdict(line(1, 'stored'), line(1, 'waiting'), line(1, 'delivered'), line(1, 'settled', { outcome: 'accepted' })),
    'settled',
  );
  assert.equal(verdict(line(1, 'settled', { outcome: 'rejected' }), line(1, 'dead-lettered'), line(1, 'stored')), 'dead-lettered');
});

test('the command line that tells the same is shown', () => {
  assert.equal(
    traceCommand({ address: 'orders', count: 3, seconds: 60, selector: "colour = 'red'" }, 'default'),
    `angarium trace orders --count 3 --selector 'colour = '\\''red'\\''' --for 60s`,
  );
  assert.equal(traceCommand({ address: 'orders', sequence: 7 }, 'shop'), 'angarium trace orders --sequence 7 --space shop');
});
