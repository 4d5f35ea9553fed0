import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Refusal } from '../../src/delivery/refusal.ts';
import type { MessageSelection } from '../../src/operations/message-selection.ts';
import { OPERATIONS_MAX } from '../../src/operations/queue-operations.ts';
import { WALK_ENTRIES_PER_TURN_MAX } from '../../src/operations/queue-walk.ts';
import { RecordLost } from '../../src/store/log.ts';
import { numbered } from '../support/filled-queue.ts';
import { assertRefused, browsed, type End, ended, filled, NEVER, place } from '../support/operation-end.ts';
import type { RunningBroker } from '../support/running-broker.ts';
import { fieldIs } from '../support/text-encoding.ts';
import { textOf } from '../support/text-message.ts';

function purge(running: RunningBroker, selection: MessageSelection = {}): End {
  return ended(running, end => running.broker.operations.purge(place(running), selection, end));
}

describe('browsing', () => {
  test('shows what is there in order, with its state, and takes nothing away', () => {
    const running = filled(['a', 'b', 'c']);
    running.turn.advance(500);
    const consumer = running.consumer('q');
    consumer.grant(1);
    running.run();
    const shown: unknown[] = [];
    const { report } = ended(running, end =>
      running.broker.operations.browse(
        place(running),
        {},
        ({ sequence, state, attempts, acquiredBefore, storedAtMs, expiresAtMs, message }) => {
          shown.push([textOf(message), sequence, state, attempts, acquiredBefore, running.turn.nowMs - storedAtMs, expiresAtMs]);
          return true;
        },
        end,
      ),
    );
    assert.deepEqual(shown, [
      ['a', 0, 'unsettled', 0, true, 500, 0],
      ['b', 1, 'ready', 0, false, 500, 0],
      ['c', 2, 'ready', 0, false, 500, 0],
    ]);
    assert.deepEqual(report, { total: 3, examined: 3, matched: 3, done: 0, skipped: 0, next: 3 });
    assert.equal(running.status('q').stored, 3);
  });

  test('by selector, state, first number and most messages', () => {
    const running = filled(['colour=red', 'colour=blue', 'colour=red;n=2', 'colour=red;n=3']);
    const filter = fieldIs('colour', 'red');
    assert.deepEqual(browsed(running, { filter }), ['colour=red', 'colour=red;n=2', 'colour=red;n=3']);
    assert.deepEqual(browsed(running, { filter, from: 1, max: 1 }), ['colour=red;n=2']);
    assert.deepEqual(browsed(running, { state: 'unsettled' }), []);
    assert.deepEqual(browsed(running, { state: 'ready', from: 3 }), ['colour=red;n=3']);
    assert.deepEqual(browsed(running, { from: 99 }), []);
  });

  test('tells messages that wait for their time', () => {
    const running = filled(['now']);
    const { nowMs } = running.turn;
    running.producer('q').send('later', { durable: true, deliverAtMs: nowMs + 5000 });
    running.run();
    const due: unknown[] = [];
    ended(running, end =>
      running.broker.operations.browse(
        place(running),
        { state: 'scheduled' },
        ({ message, state, dueAtMs }) => {
          due.push([textOf(message), state, dueAtMs - nowMs]);
          return true;
        },
        end,
      ),
    );
    assert.deepEqual(due, [['later', 'scheduled', 5000]]);
    assert.equal(purge(running, { state: 'scheduled' }).report.done, 1);
    assert.deepEqual(browsed(running), ['now']);
  });

  test('ends where the visitor says so, and says where to go on', () => {
    const running = filled(['a', 'b', 'c']);
    const { report } = ended(running, end => running.broker.operations.browse(place(running), {}, ({ sequence }) => sequence < 1, end));
    assert.deepEqual([report.matched, report.next], [1, 1]);
  });

  test('waits for bodies that are on disk, passes over damaged ones, and ends when the disk fails', () => {
    const running = filled(numbered(5), { inMemory: () => false });
    assert.deepEqual(browsed(running), numbered(5));
    assert.equal(running.log.loads, 5);
    running.log.loadError = new RecordLost('damaged');
    assert.deepEqual(browsed(running), []);
    running.log.loadError = new Error('no such device');
    const { refusal } = ended(running, end => running.broker.operations.browse(place(running), {}, () => true, end));
    assertRefused(refusal, 'log-unavailable', /no such device/);
  });

  test('of many messages leaves the loop to others in between', () => {
    const running = filled(numbered(3 * WALK_ENTRIES_PER_TURN_MAX + 1));
    const before = running.turn.turns;
    assert.equal(browsed(running).length, 3 * WALK_ENTRIES_PER_TURN_MAX + 1);
    assert.ok(running.turn.turns - before >= 4, `${running.turn.turns - before} turns`);
  });

  test('sees what was there when it began, and nothing that comes meanwhile', () => {
    const running = filled(numbered(2 * WALK_ENTRIES_PER_TURN_MAX));
    let seen = 0;
    ended(running, end =>
      running.broker.operations.browse(
        place(running),
        {},
        () => {
          if (seen++ === 5) running.producer('q').send('new');
          return true;
        },
        end,
      ),
    );
    assert.equal(seen, 2 * WALK_ENTRIES_PER_TURN_MAX);
  });

  test('of a subscription names it; what is no queue is refused', () => {
    const running = filled([]);
    running.declare('t', { type: 'topic' });
    running.declare('d', { type: 'anycast' });
    running.consumer('t', { subscription: { name: 's', durable: true, shared: false } });
    running.producer('t').send('news', { durable: true });
    running.run();
    assert.deepEqual(browsed(running, {}, place(running, 't', 's')), ['news']);
    const browse = (address: string, subscription?: string): unknown =>
      running.broker.operations.browse(place(running, address, subscription), {}, () => true, NEVER);
    assertRefused(browse('t'), 'capability-unsupported', /name one of them/);
    assertRefused(browse('t', 'none'), 'subscription-not-found', /no subscription none/);
    assertRefused(browse('q', 's'), 'address-type-mismatch', /has no subscriptions/);
    assertRefused(browse('d'), 'capability-unsupported', /no queue to look into/);
    assertRefused(browse('none'), 'address-not-found', /none/);
  });
});

describe('counting and purging', () => {
  test('count by selector, and change nothing', () => {
    const running = filled(['k=a', 'k=b', 'k=a']);
    const { report } = ended(running, end => running.broker.operations.count(place(running), { filter: fieldIs('k', 'a') }, end));
    assert.deepEqual(report, { total: 3, examined: 3, matched: 2, done: 0, skipped: 0, next: 3 });
    assert.equal(running.status('q').stored, 3);
  });

  test('remove what is selected and no consumer has, for good, with room for producers', () => {
    const running = filled([]);
    running.space.update('q', { type: 'queue', messagesMax: 4 }, () => {});
    const producer = running.producer('q');
    producer.sendAll(['k=a', 'k=a', 'k=b', 'k=a'], { durable: true });
    const consumer = running.consumer('q');
    consumer.grant(1);
    running.run();
    assert.equal(producer.credit, 0);
    assert.deepEqual(purge(running, { filter: fieldIs('k', 'a') }).report, {
      total: 4,
      examined: 4,
      matched: 3,
      done: 2,
      skipped: 1,
      next: 4,
    });
    assert.equal(producer.credit, 2);
    assert.deepEqual(browsed(running.restart()), ['k=a', 'k=b']);
  });

  test('end when their queue is deleted meanwhile', () => {
    const running = filled(numbered(2 * WALK_ENTRIES_PER_TURN_MAX));
    const ends: End[] = [];
    running.broker.operations.purge(place(running), {}, (report, refusal) => ends.push({ report, refusal }));
    running.turn.runOne();
    running.space.remove('q', { force: true }, () => {});
    running.run();
    running.log.makeDurable();
    assert.equal(ends[0]?.report.done, WALK_ENTRIES_PER_TURN_MAX);
    assertRefused(ends[0]?.refusal, 'address-deleted', /deleted/);
  });

  test('are cancelled between two slices, and say what they did', () => {
    const running = filled(numbered(2 * WALK_ENTRIES_PER_TURN_MAX));
    const ends: End[] = [];
    const operation = running.broker.operations.purge(place(running), {}, (report, refusal) => ends.push({ report, refusal }));
    assert.ok(!(operation instanceof Refusal));
    running.turn.runOne();
    assert.equal(operation.report.done, WALK_ENTRIES_PER_TURN_MAX);
    operation.cancel();
    running.run();
    running.log.makeDurable();
    assert.deepEqual(
      ends.map(({ report, refusal }) => [report.done, refusal]),
      [[WALK_ENTRIES_PER_TURN_MAX, undefined]],
    );
    assert.equal(running.restart().status('q').stored, WALK_ENTRIES_PER_TURN_MAX);
  });

  test('are so many at a time and no more', () => {
    const running = filled(['a']);
    const begin = (): unknown => running.broker.operations.count(place(running), {}, () => {});
    for (let begun = 0; begun < OPERATIONS_MAX; begun++) assert.ok(!(begin() instanceof Refusal));
    assertRefused(begin(), 'links-exhausted', /wait for one to end/);
    running.run();
    assert.ok(!(begin() instanceof Refusal));
  });
});

describe('messages that are named by their numbers', () => {
  test('are those alone, in order and each once, also when others before them go meanwhile', () => {
    const running = filled(numbered(6));
    assert.deepEqual(browsed(running, { sequences: [4, 1, 4, 2] }), ['m1', 'm2', 'm4']);
    assert.deepEqual(browsed(running, { sequences: [1, 2, 4], from: 2 }), ['m2', 'm4']);
    const { report, refusal } = purge(running, { sequences: [4, 1] });
    assert.deepEqual(report, { total: 2, examined: 2, matched: 2, done: 2, skipped: 0, gone: [], next: 5 });
    assert.equal(refusal, undefined);
    assert.deepEqual(browsed(running.restart()), ['m0', 'm2', 'm3', 'm5']);
  });

  test('that are gone are told, and no others are taken in their place', () => {
    const running = filled(numbered(3));
    const consumer = running.consumer('q');
    consumer.grant(2);
    running.run();
    consumer.settleText('m0');
    running.run();
    const { report, refusal } = purge(running, { sequences: [0, 2, 99] });
    assert.deepEqual([report.done, report.gone], [1, [0, 99]]);
    assertRefused(refusal, 'message-not-found', /^Not in q any more: message 0, 99\.$/);
    const left = purge(running, { sequences: [1] });
    assert.deepEqual([left.report.done, left.report.skipped], [0, 1]);
    assertRefused(left.refusal, 'message-in-use', /with a consumer or expired: 1 of/);
    assert.deepEqual(browsed(running), ['m1']);
    const many = purge(running, { sequences: [10, 11, 12, 13, 14, 15] });
    assertRefused(many.refusal, 'message-not-found', /^6 of the messages are not in q any more/);
  });

  test('are counted as far as they are there, which is no mistake', () => {
    const running = filled(['k=a', 'k=b']);
    const { report, refusal } = ended(running, end =>
      running.broker.operations.count(place(running), { sequences: [0, 1, 2], filter: fieldIs('k', 'b') }, end),
    );
    assert.deepEqual([report.matched, report.gone, refusal], [1, [2], undefined]);
  });

  test('and are on disk are waited for; one that goes meanwhile is gone', () => {
    const running = filled(numbered(4), { inMemory: () => false });
    assert.deepEqual(browsed(running, { sequences: [3, 1] }), ['m1', 'm3']);
    running.log.loadError = new RecordLost('damaged');
    assert.deepEqual(browsed(running, { sequences: [3, 1] }), []);
  });
});

describe('one message', () => {
  test('is removed by its number, and is gone after a restart', () => {
    const running = filled(['a', 'b', 'c']);
    const answers: (Refusal | undefined)[] = [];
    const remove = (sequence: number): void => running.broker.operations.remove(place(running), sequence, answer => answers.push(answer));
    const consumer = running.consumer('q');
    consumer.grant(1);
    running.run();
    for (const sequence of [0, 1, 1, 7]) remove(sequence);
    running.run();
    running.log.makeDurable();
    const refused = answers.filter(answer => answer !== undefined);
    assert.equal(answers.length, 4);
    assert.deepEqual(
      refused.map(({ code }) => code),
      ['message-in-use', 'message-not-found', 'message-not-found'],
    );
    assert.deepEqual(browsed(running.restart()), ['a', 'c']);
  });
});
