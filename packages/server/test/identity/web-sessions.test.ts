import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { Broker, type Principal, type PrincipalFollower } from '@angarium/core';
import { Principals } from '../../src/authorization/principals.ts';
import { EventLoopTurn } from '../../src/event-loop-turn.ts';
import { SESSIONS_MAX, SESSIONS_OF_USER_MAX, SWEEP_INTERVAL_MS, WebSessions } from '../../src/identity/web-sessions.ts';

const MINUTE_MS = 60_000;

describe('sessions of browsers', () => {
  let nowMs: number;
  let sweep: (() => void) | undefined;
  let principals: Principals;
  let sessions: WebSessions;

  beforeEach(() => {
    nowMs = 1_000_000;
    sweep = undefined;
    const turn = Object.assign(new EventLoopTurn(), {
      after: (delayMs: number, run: () => void) => {
        assert.equal(delayMs, SWEEP_INTERVAL_MS);
        sweep = run;
        return { cancel: () => {} };
      },
    });
    Object.defineProperty(turn, 'nowMs', { get: () => nowMs });
    principals = new Principals(new Broker({ turn, report: () => {}, autoCreate: true, addressesMax: 1, randomName: () => 'none' }));
    sessions = new WebSessions(principals, turn, { idleMs: 30 * MINUTE_MS, lifetimeMs: 120 * MINUTE_MS });
  });

  const admit = (user: string, space = 'default', expiresAtMs?: number): Principal =>
    principals.admit({ space, user, ...(expiresAtMs !== undefined && { expiresAtMs }) });
  /** Something that somebody has opened, such as a stream of events. */
  class Opened implements PrincipalFollower {
    ended = '';
    rightsChanged(): void {}
    principalEnded(why: string): void {
      this.ended = why;
    }
  }

  test('an id is 256 bits that nobody knows but who has signed in, and two of one user are two', () => {
    const ada = admit('ada');
    const [first, second] = [sessions.begin(ada), sessions.begin(ada)];
    assert.equal(Buffer.from(first, 'base64url').length, 32);
    assert.notEqual(first, second);
    assert.equal(sessions.find(first)?.user, 'ada');
    assert.notEqual(sessions.find(first), sessions.find(second));
    for (const id of ['', 'x', first.slice(1), `${first}x`]) assert.equal(sessions.find(id), undefined);
    assert.doesNotMatch(JSON.stringify([...Object.values(sessions)]), new RegExp(first));
  });

  test('one that is used stays, one that is not ends, and all end when their time is over', () => {
    const [used, unused] = [sessions.begin(admit('ada')), sessions.begin(admit('ada'))];
    for (let minutes = 0; minutes < 100; minutes += 20) {
      nowMs += 20 * MINUTE_MS;
      assert.equal(sessions.find(used)?.user, 'ada');
    }
    assert.equal(sessions.find(unused), undefined);
    nowMs += 20 * MINUTE_MS;
    assert.equal(sessions.find(used), undefined);
    assert.equal(sessions.size, 0);
  });

  test('where something is open, the session is in use, and what is open ends with it', () => {
    const id = sessions.begin(admit('ada'));
    const opened = new Opened();
    const close = sessions.find(id)!.follow(opened);
    for (let minutes = 0; minutes < 60; minutes++) {
      nowMs += MINUTE_MS;
      sweep!();
    }
    close();
    nowMs += 29 * MINUTE_MS;
    sweep!();
    assert.equal(sessions.size, 1, 'it was in use half an hour ago');
    sessions.find(id)!.follow(opened);
    nowMs += 40 * MINUTE_MS;
    sweep!();
    assert.equal(sessions.size, 0);
    assert.match(opened.ended, /as long as it may/);
  });

  test('nobody has to come back to one that is over', () => {
    sessions.begin(admit('ada'));
    nowMs += 30 * MINUTE_MS;
    sweep!();
    assert.equal(sessions.size, 0);
  });

  test('it lasts no longer than what has proved who its user is', () => {
    const id = sessions.begin(admit('ada', 'default', nowMs + MINUTE_MS));
    assert.equal(sessions.find(id)?.expiresAtMs, nowMs + MINUTE_MS);
    nowMs += MINUTE_MS;
    assert.equal(sessions.find(id), undefined);
  });

  test('who signs out is out here, and stays in elsewhere', () => {
    const [here, elsewhere] = [sessions.begin(admit('ada')), sessions.begin(admit('ada'))];
    const opened = new Opened();
    sessions.find(here)!.follow(opened);
    sessions.end(here);
    assert.equal(sessions.find(here), undefined);
    assert.match(opened.ended, /signed out/);
    assert.equal(sessions.find(elsewhere)?.user, 'ada');
    assert.equal(admit('ada').endedWhy, undefined);
  });

  test('of a user with too many, the one that was used longest ago goes', () => {
    const ids = Array.from({ length: SESSIONS_OF_USER_MAX }, () => sessions.begin(admit('ada')));
    const other = sessions.begin(admit('eve'));
    sessions.find(ids[0]!);
    sessions.begin(admit('ada'));
    assert.equal(sessions.find(ids[0]!)?.user, 'ada');
    assert.equal(sessions.find(ids[1]!), undefined);
    assert.equal(sessions.find(other)?.user, 'eve');
    assert.equal(sessions.size, SESSIONS_OF_USER_MAX + 1);
  });

  test('an address space with very many sessions takes none from another', () => {
    const quiet = sessions.begin(admit('ada', 'quiet'));
    const loud = Array.from({ length: SESSIONS_MAX }, (_, i) => sessions.begin(admit(`user ${i}`, 'loud')));
    assert.equal(sessions.size, SESSIONS_MAX);
    assert.equal(sessions.find(quiet)?.user, 'ada');
    assert.equal(sessions.find(loud[0]!), undefined);
    assert.ok(sessions.find(loud.at(-1)!));
  });
});
