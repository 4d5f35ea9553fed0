import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCEPTED, IN_DOUBT, type Outcome, REJECTED, RELEASED } from '../../src/delivery/outcome.ts';
import type { RunningBroker } from '../support/running-broker.ts';
import { restarted, textBroker, understandTexts } from '../support/text-broker.ts';

const REASON: Outcome = { kind: 'rejected', reason: { condition: 'my:error', description: 'not today' } };

/** What waits in a queue, with its fields. */
function fieldsIn(running: RunningBroker, address: string): Record<string, string>[] {
  const browser = running.consumer(address, { browse: true }).grant(10_000, true);
  running.run();
  browser.link.detach(0);
  return browser.texts.map(text => Object.fromEntries(text.split(';').map(pair => pair.split('='))) as Record<string, string>);
}

const PREFIX = 'annotations.x-opt-dead-letter-';

describe('dead letters', () => {
  test('a rejected message goes to the dead letter address, with why, from where, when, how often and by whom', () => {
    const running = textBroker({ deadLetter: 'dead' });
    running.producer('q').send('k=1', { durable: true, ttlMs: 60_000, priority: 7 });
    const consumer = running.consumer('q').grant(1);
    Object.assign(consumer, { peerName: 'container/link' });
    running.run();
    consumer.settleAll(IN_DOUBT);
    consumer.grant(1);
    running.run();
    consumer.settleAll(REASON);
    running.run();
    const again = restarted(running);
    for (const each of [running, again]) {
      assert.equal(each.status('q').stored, 0);
      const [letter] = fieldsIn(each, 'dead');
      assert.deepEqual(letter, {
        k: '1',
        [`${PREFIX}reason`]: 'rejected',
        [`${PREFIX}origin`]: 'q',
        [`${PREFIX}time`]: String(new Date(running.turn.nowMs)),
        [`${PREFIX}attempts`]: '1',
        [`${PREFIX}deliveries`]: '2',
        [`${PREFIX}by`]: 'container/link',
        [`${PREFIX}condition`]: 'my:error',
        [`${PREFIX}description`]: 'not today',
      });
    }
    const taker = running.consumer('dead').grant(1);
    running.run();
    const { message } = taker.deliveries[0]!;
    assert.deepEqual([message.durable, message.priority, message.ttlMs, message.deliveryCount], [true, 7, 0, 0]);
    assert.equal(running.status('q').counters.deadLettered, 1);
  });

  test('one whose attempts are used up goes there; releases and acquisitions do not count', () => {
    const running = textBroker({ deadLetter: 'dead', redelivery: { attemptsMax: 3 } });
    running.producer('q').send('k=1', { durable: true });
    const consumer = running.consumer('q').grant(100);
    running.run();
    for (const outcome of [{ kind: 'released' }, IN_DOUBT, { kind: 'released' }, IN_DOUBT, IN_DOUBT] as const) {
      assert.equal(running.status('q').stored, 1);
      consumer.settleAll(outcome);
      running.run();
    }
    assert.deepEqual([running.status('q').stored, running.status('dead').stored], [0, 1]);
    const [letter] = fieldsIn(running, 'dead');
    assert.deepEqual([letter?.[`${PREFIX}reason`], letter?.[`${PREFIX}attempts`], letter?.[`${PREFIX}deliveries`]], ['attempts', '3', '5']);
  });

  test('attempts count over a restart', () => {
    const running = textBroker({ deadLetter: 'dead', redelivery: { attemptsMax: 2 } });
    running.producer('q').send('k=1', { durable: true });
    let again = running;
    for (let round = 0; round < 2; round++) {
      again = restarted(again);
      const taker = again.consumer('q').grant(1);
      again.run();
      taker.settleAll(IN_DOUBT);
      again.run();
    }
    assert.deepEqual([again.status('q').stored, again.status('dead').stored], [0, 1]);
  });

  test('without a dead letter address they are removed, counted and reported', () => {
    const running = textBroker({ redelivery: { attemptsMax: 1 } });
    running.producer('q').sendAll(['k=1', 'k=2']);
    const consumer = running.consumer('q').grant(2);
    running.run();
    consumer.settle(consumer.deliveries[0]!, REJECTED);
    consumer.settle(consumer.deliveries[1]!, IN_DOUBT);
    running.run();
    assert.equal(running.status('q').stored, 0);
    assert.ok(running.events.some(({ what }) => what.includes('rejected by its consumer and removed')));
  });

  test('bodies that are on disk are read first; order is kept', () => {
    const running = textBroker({ deadLetter: 'dead' }, { inMemory: () => false });
    running.producer('q').sendAll(['k=1', 'k=2', 'k=3'], { durable: true });
    const consumer = running.consumer('q').grant(3);
    running.run();
    consumer.settleAll(REJECTED);
    running.run();
    assert.deepEqual(
      fieldsIn(running, 'dead').map(({ k }) => k),
      ['1', '2', '3'],
    );
  });

  test('a crash at any moment leaves each message at one of the two addresses, and a confirmed rejection at the dead letters', () => {
    const running = textBroker({ deadLetter: 'dead' }, { durability: 'by-hand' });
    running.declare('dead', { type: 'queue' });
    running.producer('q').sendAll(['k=1', 'k=2', 'k=3'], { durable: true });
    const consumer = running.consumer('q').grant(3);
    running.run();
    running.log.makeDurable();
    const from = running.log.end;
    let confirmed = 0;
    for (const delivery of consumer.deliveries) consumer.settleConfirmed(delivery, REJECTED, () => confirmed++);
    running.run();
    assert.equal(confirmed, 0);
    for (let end = from; end <= running.log.end; end++) {
      const again = understandTexts(running.crash(end));
      const all = [...fieldsIn(again, 'q'), ...fieldsIn(again, 'dead')].map(({ k }) => k);
      assert.deepEqual(all.toSorted(), ['1', '2', '3']);
    }
    running.log.makeDurable();
    running.run();
    assert.equal(confirmed, 3);
    assert.equal(understandTexts(running.crash()).status('dead').stored, 3);
  });

  test('an address that cannot take them is reported, and the message removed', () => {
    const running = textBroker({ deadLetter: 'direct' });
    running.declare('direct', { type: 'anycast' });
    running.producer('q').send('k=1');
    const consumer = running.consumer('q').grant(1);
    running.run();
    consumer.settleAll(REJECTED);
    running.run();
    assert.equal(running.status('q').stored, 0);
    assert.ok(running.events.some(({ level, what }) => level === 'error' && what.includes('direct cannot take it')));
  });
});

describe('what a consumer changes', () => {
  test('annotations of the outcome modified are the message’s from then on, also after a restart', () => {
    const running = textBroker({ redelivery: { delayMs: 1000 } }, { inMemory: position => position % 2 === 0 });
    running.producer('q').sendAll(['k=1', 'k=2'], { durable: true });
    const consumer = running.consumer('q').grant(10);
    running.run();
    const changes = new Map([['tried', 'by me']]);
    consumer.settle(consumer.deliveries[0]!, { kind: 'modified', deliveryFailed: false, undeliverableHere: false, changes });
    running.run();
    assert.deepEqual(consumer.texts, ['k=1', 'k=2', 'k=1;annotations.tried=by me']);
    consumer.settle(consumer.deliveries[2]!, { kind: 'modified', deliveryFailed: true, undeliverableHere: false, changes });
    running.run();
    assert.equal(running.status('q').scheduled, 1);
    assert.equal(running.log.retainedRecords, running.status('q').stored + running.shard.definitions.size);
    const again = restarted(running);
    const later = again.consumer('q').grant(10);
    again.run();
    again.turn.advance(1000);
    assert.deepEqual(later.texts, ['k=2', 'k=1;annotations.tried=by me']);
    assert.equal(later.deliveries[1]!.message.deliveryCount, 1);
  });
});

describe('expired messages', () => {
  test('they go to the expiry address, whether a consumer or the sweep finds them', () => {
    const running = textBroker({ expiry: 'expired' });
    running.producer('q').send('k=1', { ttlMs: 10, durable: true });
    running.run();
    running.turn.nowMs += 100;
    const consumer = running.consumer('q').grant(1);
    running.run();
    consumer.leave();
    running.producer('q').send('k=2', { ttlMs: 10, durable: true });
    running.run();
    running.turn.advance(5000);
    assert.deepEqual(
      fieldsIn(running, 'expired').map(fields => [fields.k, fields[`${PREFIX}reason`]]),
      [
        ['1', 'expired'],
        ['2', 'expired'],
      ],
    );
    assert.deepEqual([running.status('q').counters.expired, running.status('q').counters.deadLettered], [2, 2]);
  });
});

describe('the breaker', () => {
  test('so many failures in a row pause deliveries; then one message is tried', () => {
    const running = textBroker({ breaker: { failures: 3, pauseMs: 10_000 }, deadLetter: 'dead' });
    running.producer('q').sendAll(Array.from({ length: 10 }, (_, at) => `k=${at}`));
    const consumer = running.consumer('q');
    const take = () => {
      consumer.grant(1);
      running.run();
      const open = consumer.deliveries.filter(({ settled }) => !settled);
      return open.at(-1);
    };
    for (let i = 0; i < 3; i++) consumer.settle(take()!, REJECTED);
    assert.equal(take(), undefined, 'open');
    assert.ok((running.status('q').pausedUntilMs ?? 0) > running.turn.nowMs);
    assert.ok(running.events.some(({ level, what }) => level === 'error' && what.includes('paused')));
    running.turn.advance(10_000);
    const trial = consumer.deliveries.at(-1)!;
    assert.equal(trial.settled, false);
    consumer.grant(5);
    running.run();
    assert.equal(consumer.deliveries.at(-1), trial, 'one at a time');
    consumer.settle(trial, REJECTED);
    running.run();
    assert.equal(consumer.deliveries.at(-1), trial, 'open again');
    running.turn.advance(10_000);
    consumer.settle(consumer.deliveries.at(-1)!, ACCEPTED);
    running.run();
    assert.ok(consumer.deliveries.length > 6, 'closed');
    assert.equal(running.status('q').pausedUntilMs, undefined);
  });

  test('what was under way before says nothing about the one that is tried', () => {
    const running = textBroker({ breaker: { failures: 1, pauseMs: 1000 }, deadLetter: 'dead' });
    running.producer('q').sendAll(Array.from({ length: 6 }, (_, at) => `k=${at}`));
    const consumer = running.consumer('q').grant(3);
    running.run();
    const [first, second, third] = consumer.deliveries;
    consumer.settle(first!, REJECTED);
    consumer.grant(5);
    running.turn.advance(1000);
    assert.equal(consumer.deliveries.length, 4, 'one is tried');
    consumer.settle(second!, RELEASED);
    consumer.settle(third!, REJECTED);
    running.run();
    assert.equal(consumer.deliveries.length, 4, 'it is tried still');
    consumer.settle(consumer.deliveries[3]!, RELEASED);
    running.run();
    assert.equal(consumer.deliveries.length, 5, 'and the next one now, since the pause is over');
  });

  test('when the one that is tried comes back for later, the next one is tried', () => {
    const running = textBroker({ breaker: { failures: 1, pauseMs: 1000 } });
    running.producer('q').sendAll(['k=0', 'k=1', 'k=2']);
    const consumer = running.consumer('q').grant(1);
    running.run();
    consumer.settleAll(REJECTED);
    consumer.grant(5);
    running.turn.advance(1000);
    consumer.settle(consumer.deliveries[1]!, { kind: 'modified', deliveryFailed: false, undeliverableHere: false, delayMs: 60_000 });
    running.run();
    assert.deepEqual(consumer.texts, ['k=0', 'k=1', 'k=2']);
  });

  test('an address that declares none any more goes on at once', () => {
    const running = textBroker({ breaker: { failures: 1, pauseMs: 60_000 } });
    running.producer('q').sendAll(['k=0', 'k=1', 'k=2']);
    const consumer = running.consumer('q').grant(1);
    running.run();
    consumer.settleAll(REJECTED);
    consumer.grant(5);
    running.run();
    assert.equal(consumer.deliveries.length, 1);
    running.address('q').respec({ type: 'queue' });
    running.run();
    assert.equal(consumer.deliveries.length, 3);
    assert.equal(running.status('q').pausedUntilMs, undefined);
  });

  test('a success in between starts the count anew, and a drain ends while it is open', () => {
    const running = textBroker({ breaker: { failures: 2, pauseMs: 1000 } });
    running.producer('q').sendAll(['k=0', 'k=1', 'k=2', 'k=3', 'k=4']);
    const consumer = running.consumer('q').grant(3);
    running.run();
    for (const [at, outcome] of [REJECTED, ACCEPTED, REJECTED].entries()) consumer.settle(consumer.deliveries[at]!, outcome);
    consumer.grant(1);
    running.run();
    assert.equal(consumer.deliveries.length, 4);
    consumer.settleAll(REJECTED);
    consumer.grant(1, true);
    running.run();
    assert.equal(consumer.drains, 1);
  });
});
