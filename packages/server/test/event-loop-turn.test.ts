import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Task } from '@angarium/core';
import { EventLoopTurn, TURN_TASKS_MAX } from '../src/event-loop-turn.ts';

function task(run: () => void): Task {
  return { deferred: false, run };
}

describe('EventLoopTurn', () => {
  test('a task that is deferred twice in a turn runs once', async () => {
    const turn = new EventLoopTurn();
    let runs = 0;
    const once = task(() => runs++);
    turn.defer(once);
    turn.defer(once);
    assert.equal(runs, 0, 'nothing runs inside defer');
    await nextTurn();
    assert.equal(runs, 1);
    turn.defer(once);
    await nextTurn();
    assert.equal(runs, 2, 'it can be deferred again afterwards');
  });

  test('tasks that are deferred by tasks run in the same turn, connection writes after all of them', async () => {
    const turn = new EventLoopTurn();
    const order: string[] = [];
    turn.deferLast(task(() => order.push('write')));
    turn.defer(
      task(() => {
        order.push('first');
        turn.defer(task(() => order.push('second')));
      }),
    );
    await nextTurn();
    assert.deepEqual(order, ['first', 'second', 'write']);
  });

  test('what a write defers still runs in the same turn, and is written', async () => {
    const turn = new EventLoopTurn();
    const order: string[] = [];
    const write = task(() => {
      order.push('write');
      if (order.length < 3)
        turn.defer(
          task(() => {
            order.push('credit');
            turn.deferLast(write);
          }),
        );
    });
    turn.deferLast(write);
    await nextTurn();
    assert.deepEqual(order, ['write', 'credit', 'write']);
  });

  test('how long a turn took is told', async () => {
    const turn = new EventLoopTurn();
    turn.defer(
      task(() => {
        const untilMs = performance.now() + 3;
        while (performance.now() < untilMs);
      }),
    );
    await nextTurn();
    assert.equal(turn.seconds.cumulative.at(-1), 1);
    assert.ok(turn.seconds.sum >= 0.0025 && turn.seconds.cumulative[0] === 0, `${turn.seconds.sum} s`);
  });

  test('deferNext waits for the next turn, also when it is asked for inside a task', async () => {
    const turn = new EventLoopTurn();
    const order: string[] = [];
    const slice = task(() => {
      order.push(`slice ${order.length}`);
      if (order.length < 3) turn.deferNext(slice);
    });
    turn.defer(slice);
    await nextTurn();
    assert.deepEqual(order, ['slice 0']);
    await nextTurn();
    assert.deepEqual(order, ['slice 0', 'slice 1']);
    await nextTurn();
    assert.deepEqual(order, ['slice 0', 'slice 1', 'slice 2']);
  });

  test('a task that defers itself for ever leaves the event loop to others, and writes still happen', async context => {
    const turn = new EventLoopTurn();
    let runs = 0;
    let writes = 0;
    const endless: Task = task(() => {
      runs++;
      turn.defer(endless);
      if (runs % 100 === 0) turn.deferLast(write);
    });
    const write = task(() => writes++);
    context.after(() => {
      endless.run = () => {};
    });
    turn.defer(endless);
    await nextTurn();
    assert.equal(runs, TURN_TASKS_MAX);
    assert.ok(writes >= 1, `${writes} writes`);
    endless.run = () => {};
    await nextTurn();
    assert.equal(runs, TURN_TASKS_MAX);
  });

  test('the time is read once a turn and afresh in the next', async context => {
    context.mock.timers.enable({ apis: ['Date'], now: 1000 });
    const turn = new EventLoopTurn();
    assert.equal(turn.nowMs, 1000);
    context.mock.timers.setTime(2000);
    assert.equal(turn.nowMs, 1000);
    await nextTurn();
    assert.equal(turn.nowMs, 2000);
    await nextTurn();
  });

  test('a task that throws does not take the tasks behind it along', async () => {
    const turn = new EventLoopTurn();
    const order: string[] = [];
    const failures: unknown[] = [];
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', error => failures.push(error.message));
    turn.defer(
      task(() => {
        throw new Error('on purpose');
      }),
    );
    turn.defer(task(() => order.push('behind')));
    await nextTurn();
    await nextTurn();
    for (const listener of listeners) process.on('uncaughtException', listener);
    assert.deepEqual(failures, ['on purpose']);
    assert.deepEqual(order, ['behind']);
  });

  test('after calls once, can be cancelled, and waits longer than one timer can', context => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const turn = new EventLoopTurn();
    let calls = 0;
    turn.after(1000, () => calls++);
    const cancelled = turn.after(1000, () => calls++);
    cancelled.cancel();
    context.mock.timers.tick(1000);
    assert.equal(calls, 1);
    const month = 30 * 24 * 3600 * 1000;
    turn.after(month, () => calls++);
    context.mock.timers.tick(2 ** 31 - 1);
    context.mock.timers.tick(month - 2 ** 31);
    assert.equal(calls, 1);
    context.mock.timers.tick(1);
    assert.equal(calls, 2);
  });
});
