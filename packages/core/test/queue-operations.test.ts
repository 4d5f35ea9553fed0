import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RecordLost } from '../src/log.ts';
import { ENCODING_AMQP } from '../src/message.ts';
import type { MessageSelection } from '../src/operations/message-selection.ts';
import { OPERATIONS_MAX, type Operation, type OperationReport } from '../src/operations/queue-operations.ts';
import type { QueuePlace } from '../src/operations/queue-place.ts';
import { WALK_ENTRIES_PER_TURN_MAX } from '../src/operations/queue-walk.ts';
import { listSubscriptions } from '../src/operations/subscriptions.ts';
import { Refusal } from '../src/refusal.ts';
import { filledQueue, numbered } from './support/filled-queue.ts';
import type { RunningBroker, RunningBrokerOptions } from './support/running-broker.ts';
import { fieldIs, TEXT_ENCODING } from './support/text-encoding.ts';
import { textOf } from './support/text-message.ts';

const FROM = 'annotations.x-opt-dead-letter-origin';

function filled(texts: readonly string[], options: RunningBrokerOptions = {}): RunningBroker {
  const running = filledQueue(texts, options);
  running.broker.encodings.add(ENCODING_AMQP, TEXT_ENCODING);
  return running;
}

function place(running: RunningBroker, address = 'q', subscription?: string): QueuePlace {
  return { space: running.space, address, subscription };
}

const NEVER = (): never => assert.fail('it does not begin');

interface End {
  readonly report: OperationReport;
  readonly refusal: Refusal | undefined;
}

/** Runs the operation to its end, with all that it did on disk. */
function ended(running: RunningBroker, begin: (end: (report: OperationReport, refusal?: Refusal) => void) => Operation | Refusal): End {
  const ends: End[] = [];
  const operation = begin((report, refusal) => ends.push({ report, refusal }));
  assert.ok(!(operation instanceof Refusal), operation instanceof Refusal ? operation.description : '');
  running.run();
  running.log.makeDurable();
  assert.equal(ends.length, 1, 'it ends once');
  return ends[0]!;
}

function browsed(running: RunningBroker, selection: MessageSelection = {}, at = place(running)): string[] {
  const texts: string[] = [];
  ended(running, end =>
    running.broker.operations.browse(
      at,
      selection,
      ({ message }) => {
        texts.push(textOf(message));
        return true;
      },
      end,
    ),
  );
  return texts;
}

function purge(running: RunningBroker, selection: MessageSelection = {}): End {
  return ended(running, end => running.broker.operations.purge(place(running), selection, end));
}

function transfer(running: RunningBroker, to: string, removes: boolean, selection: MessageSelection = {}): End {
  return ended(running, end => running.broker.operations.transfer(place(running), selection, to, removes, end));
}

function assertRefused(result: unknown, code: string, words: RegExp): void {
  assert.ok(result instanceof Refusal, JSON.stringify(result));
  assert.equal(result.code, code);
  assert.match(result.description, words);
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

describe('subscriptions', () => {
  function withSubscriptions(): RunningBroker {
    const running = filled([]);
    running.declare('t', { type: 'topic' });
    running.consumer('t');
    running.consumer('t', { subscription: { name: 'b', durable: true, shared: true }, pattern: 't/#' });
    const gone = running.consumer('t', { subscription: { name: 'a', durable: true, shared: false }, filter: fieldIs('k', 'v') });
    gone.link.detach(Number.POSITIVE_INFINITY);
    running.producer('t').sendAll(['k=v', 'k=w'], { durable: true });
    running.run();
    return running;
  }

  test('are listed with what they hold, those with names first', () => {
    const running = withSubscriptions();
    const listed = listSubscriptions(running.space, 't');
    assert.ok(!(listed instanceof Refusal));
    assert.deepEqual(
      listed.map(({ name, durable, shared, pattern, selector, consumers, stored }) => [
        name,
        durable,
        shared,
        pattern,
        selector,
        consumers,
        stored,
      ]),
      [
        ['a', true, false, undefined, "k = 'v'", 0, 1],
        ['b', true, true, 't/#', undefined, 1, 2],
        [undefined, false, false, undefined, undefined, 1, 2],
      ],
    );
    assertRefused(listSubscriptions(running.space, 'q'), 'address-type-mismatch', /has no subscriptions/);
    assertRefused(listSubscriptions(running.space, 'none'), 'address-not-found', /none/);
  });

  test('are deleted with what waits in them, those with consumers by force only, and these are told', () => {
    const running = withSubscriptions();
    const consumer = running.consumer('t', { subscription: { name: 'b', durable: true, shared: true } });
    const answers: (string | undefined)[] = [];
    const end = (name: string, force: boolean): void =>
      running.broker.operations.endSubscription(running.space, 't', name, force, refusal => answers.push(refusal?.code));
    for (const [name, force] of [
      ['none', false],
      ['b', false],
      ['a', false],
      ['b', true],
    ] as const)
      end(name, force);
    running.run();
    running.log.makeDurable();
    assert.deepEqual(answers.sort(), ['address-in-use', 'subscription-not-found', undefined, undefined]);
    assert.equal(consumer.ended?.code, 'subscription-not-found');
    consumer.leave();
    assert.equal(running.status('t').consumers, 1);
    assert.deepEqual([...running.restart().address('t').ids], []);
  });
});
