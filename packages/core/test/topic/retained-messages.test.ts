import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunningBroker } from '../support/running-broker.ts';

const KEPT = { durable: true, retained: true };

function plant(durability: 'soon' | 'by-hand' = 'soon'): RunningBroker {
  const running = new RunningBroker({ durability });
  running.declare('plant', { type: 'topic' });
  return running;
}

test('a message whose time has passed counts no more, also after a restart', () => {
  const before = plant();
  before.producer('plant/1').send('brief', { ...KEPT, ttlMs: 500 });
  before.producer('plant/2').send('lasting', KEPT);
  const running = before.restart();
  const { retained } = running.space;
  assert.equal(retained.size, 2);
  running.turn.advance(2000);
  running.run();
  assert.equal(retained.size, 1);
  assert.deepEqual(retained.matching('#').length, 1);
  running.producer('plant/1').send('again', { ...KEPT, ttlMs: 500 });
  running.producer('plant/1').send('for ever', KEPT);
  running.turn.advance(2000);
  running.run();
  assert.equal(retained.size, 2, 'the time of one that was replaced means nothing');
});

test('that a topic has no retained message any more is acknowledged when it is on disk', () => {
  const running = plant('by-hand');
  const producer = running.producer('plant/1');
  producer.send('kept', KEPT);
  running.run();
  running.log.makeDurable();
  const token = producer.send('', { ...KEPT, retainedEmpty: true });
  running.run();
  assert.equal(producer.kind(token), undefined);
  assert.deepEqual(running.crash().space.retained.matching('#').length, 1);
  running.log.makeDurable();
  assert.equal(producer.kind(token), 'accepted');
  assert.deepEqual(running.crash().space.retained.matching('#').length, 0);
});
