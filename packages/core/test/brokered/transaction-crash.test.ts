import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCEPTED, IN_DOUBT, type Outcome, REJECTED } from '../../src/delivery/outcome.ts';
import { Refusal } from '../../src/delivery/refusal.ts';
import { RECORD_STORE } from '../../src/store/records.ts';
import type { RunningBroker, RunningBrokerOptions } from '../support/running-broker.ts';
import { textBroker, understandTexts } from '../support/text-broker.ts';

const REASON: Outcome = { kind: 'rejected', reason: { condition: 'my:error', description: 'not today' } };
const ON_DISK: RunningBrokerOptions = { durability: 'by-hand', inMemory: () => false };

/** A queue with one durable message, which is on disk, and a consumer that has it; `settled` in a transaction, which has been committed in this very call. */
function committed(outcome: Outcome, options: RunningBrokerOptions): { running: RunningBroker; before: number } {
  const running = textBroker({ deadLetter: 'dead', redelivery: { attemptsMax: 1, delayMs: 500 } }, options);
  running.producer('q').send('k=1', { durable: true });
  const consumer = running.consumer('q').grant(1);
  running.run();
  running.log.makeDurable();
  running.log.bringForward(RECORD_STORE);
  const transaction = running.space.transactions.begin();
  assert.ok(!(transaction instanceof Refusal));
  const [delivery] = consumer.deliveries;
  transaction.retire(delivery!.source, delivery!.token, outcome);
  const before = running.log.end;
  transaction.commit({ confirmed() {} }, 0);
  return { running, before };
}

/** What is in both queues after the crash, and after one more restart: the dead letter says why. */
function found(running: RunningBroker, survivingEnd: number): { q: string[]; dead: string[] } {
  const crashed = understandTexts(running.crash(survivingEnd));
  crashed.run();
  crashed.log.makeDurable();
  const again = understandTexts(crashed.crash());
  const textsIn = (address: string): string[] => {
    const browser = again.consumer(address, { browse: true }).grant(10, true);
    again.run();
    return browser.texts;
  };
  return { q: textsIn('q'), dead: textsIn('dead') };
}

describe('a crash right behind a commit', () => {
  for (const [where, options] of [
    ['in memory', { durability: 'by-hand' }],
    ['on disk', ON_DISK],
  ] as const) {
    test(`leaves what the transaction rejected among the dead letters, though the move was still to come (its body is ${where})`, () => {
      const { running } = committed(REASON, options);
      const { q, dead } = found(running, running.log.end);
      assert.deepEqual([q, dead.length], [[], 1]);
      assert.match(dead[0]!, /^k=1;annotations.x-opt-dead-letter-reason=rejected;.*condition=my:error;.*description=not today$/);
    });

    test(`leaves a message whose last attempt failed in the transaction among the dead letters (its body is ${where})`, () => {
      const { running } = committed(IN_DOUBT, options);
      const { q, dead } = found(running, running.log.end);
      assert.deepEqual([q, dead.length], [[], 1]);
      assert.match(dead[0]!, /reason=attempts/);
    });

    test(`that tears its unit leaves everything as it was (its body is ${where})`, () => {
      const { running, before } = committed(REASON, options);
      for (let end = before; end < running.log.end; end++)
        assert.deepEqual(found(running, end), { q: ['k=1'], dead: [] }, `torn at ${end}`);
    });
  }

  test('and behind compaction, which moved the message, leaves it among the dead letters', () => {
    const { running, before } = committed(REJECTED, { ...ON_DISK, segmentRecordsMax: 2 });
    running.log.makeDurable();
    while (running.log.compact());
    running.log.makeDurable();
    assert.ok(running.log.list()[0]!.position >= before, 'the record that said so at first is gone');
    const { q, dead } = found(running, running.log.end);
    assert.deepEqual([q, dead.length], [[], 1]);
  });

  test('leaves a rejected message among the dead letters also where a newer one of its key is in the queue', () => {
    const running = textBroker({ deadLetter: 'dead', lastValueKey: 'k' }, ON_DISK);
    running.producer('q').send('k=1;v=1', { durable: true });
    const consumer = running.consumer('q').grant(1);
    running.run();
    const transaction = running.space.transactions.begin();
    assert.ok(!(transaction instanceof Refusal));
    running.producer('q').send('k=1;v=2', { durable: true });
    const [delivery] = consumer.deliveries;
    transaction.retire(delivery!.source, delivery!.token, REJECTED);
    transaction.commit({ confirmed() {} }, 0);
    const { q, dead } = found(running, running.log.end);
    assert.deepEqual([q, dead.length], [['k=1;v=2'], 1]);
  });

  test('does not lose what the transaction took when the unit is torn, though it was the last of its segment', () => {
    const { running, before } = committed(ACCEPTED, { durability: 'by-hand', segmentRecordsMax: 1 });
    running.run();
    assert.deepEqual(found(running, before), { q: ['k=1'], dead: [] });
  });
});

test('a crash while a dead letter is on its way does not lose it, though it was the last of its segment', () => {
  const running = textBroker({ deadLetter: 'dead' }, { durability: 'by-hand', segmentRecordsMax: 1 });
  running.declare('dead', { type: 'queue' });
  running.producer('q').send('k=1', { durable: true });
  const consumer = running.consumer('q').grant(1);
  running.run();
  running.log.makeDurable();
  running.log.bringForward(RECORD_STORE);
  const before = running.log.end;
  consumer.settleAll(REJECTED);
  running.run();
  for (let end = before; end <= running.log.end; end++) {
    const { q, dead } = found(running, end);
    assert.equal(q.length + dead.length, 1, `torn at ${end}`);
  }
});
