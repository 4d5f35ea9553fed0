import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { CoreEvent, Turn } from '@angarium/core';
import {
  DELAY_FIRST_MS,
  DELAY_MAX_MS,
  DELAYED_OF_SOURCE_MAX,
  FailedAttempts,
  FREE_FAILURES,
  HALF_LIFE_MS,
  sourceOf,
} from '../../src/identity/failed-attempts.ts';

describe('failed attempts', () => {
  let nowMs = 0;
  let timers: { readonly dueMs: number; readonly run: () => void }[] = [];
  let events: CoreEvent[] = [];
  let attempts: FailedAttempts;
  const turn = {
    get nowMs() {
      return nowMs;
    },
    after: (delayMs: number, run: () => void) => {
      const timer = { dueMs: nowMs + delayMs, run };
      timers.push(timer);
      return { cancel: () => (timers = timers.filter(each => each !== timer)) };
    },
  } as unknown as Turn;
  const pass = (ms: number): void => {
    const untilMs = nowMs + ms;
    for (;;) {
      const next = timers.filter(({ dueMs }) => dueMs <= untilMs).sort((one, other) => one.dueMs - other.dueMs)[0];
      if (next === undefined) break;
      timers = timers.filter(each => each !== next);
      nowMs = next.dueMs;
      next.run();
    }
    nowMs = untilMs;
  };
  /** How long the answer to one more failure waits. */
  const delayOf = (source: string, user: string): number => {
    const sinceMs = nowMs;
    let answeredMs: number | undefined;
    attempts.failed(source, user, () => (answeredMs = nowMs));
    if (answeredMs === undefined) pass(DELAY_MAX_MS);
    assert.ok(answeredMs !== undefined, 'every attempt is answered');
    return answeredMs - sinceMs;
  };

  beforeEach(() => {
    nowMs = 1_000_000;
    timers = [];
    events = [];
    attempts = new FailedAttempts(turn, event => events.push(event));
  });

  test('the first ones are answered at once, further ones later and later, and one timer waits for all of them', () => {
    for (let i = 0; i < FREE_FAILURES; i++) assert.equal(delayOf('10.0.0.1', 'default/ada'), 0);
    const answered: number[] = [];
    for (let i = 0; i < 8; i++) attempts.failed('10.0.0.1', 'default/ada', () => answered.push(nowMs - 1_000_000));
    assert.equal(timers.length, 1);
    pass(DELAY_MAX_MS);
    assert.deepEqual(answered, [1, 2, 4, 8, 16, 32].map(times => times * DELAY_FIRST_MS).concat(DELAY_MAX_MS, DELAY_MAX_MS));
    assert.equal(events.filter(({ what }) => /somebody guesses/.test(what)).length, 2, 'once for the source, once for the user');
  });

  test('another source does not wait for what this one did; guesses at one name from many sources do', () => {
    for (let i = 0; i < 20; i++) delayOf('10.0.0.1', 'default/ada');
    assert.equal(delayOf('10.0.0.2', 'default/bob'), 0);
    assert.ok(delayOf('10.0.0.3', 'default/ada') > 0);
  });

  test('failures are forgotten as time goes by', () => {
    for (let i = 0; i < 15; i++) delayOf('10.0.0.1', 'default/ada');
    pass(10 * HALF_LIFE_MS);
    assert.equal(delayOf('10.0.0.1', 'default/ada'), 0);
  });

  test('a source with many answers that wait is not looked at until it has heard some', () => {
    for (let i = 0; i < FREE_FAILURES + DELAYED_OF_SOURCE_MAX; i++) attempts.failed('10.0.0.1', `default/${i}`, () => {});
    assert.equal(attempts.refuses('10.0.0.1'), true);
    assert.equal(attempts.refuses('10.0.0.2'), false);
    pass(DELAY_MAX_MS);
    assert.equal(attempts.refuses('10.0.0.1'), false);
  });

  test('what waits is answered when the server stops', () => {
    let answered = 0;
    for (let i = 0; i < FREE_FAILURES + 3; i++) attempts.failed('10.0.0.1', 'default/ada', () => answered++);
    attempts.close();
    assert.equal(answered, FREE_FAILURES + 3);
    assert.equal(timers.length, 0);
  });

  test('a source is a host, and of IPv6 the network of one customer', () => {
    assert.equal(sourceOf('10.1.2.3:5000'), '10.1.2.3');
    assert.equal(sourceOf('[2001:db8:1:2:3:4:5:6]:5000'), '[2001:db8:1:2::/64]');
    assert.equal(sourceOf('[2001:db8::1]:5000'), '[2001:db8:0:0::/64]');
    assert.equal(sourceOf('[::1]:5000'), '[0:0:0:0::/64]');
    assert.equal(sourceOf('unknown:0'), 'unknown');
  });
});
