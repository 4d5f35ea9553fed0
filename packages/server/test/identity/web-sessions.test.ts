import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { Broker, type Principal, type PrincipalFollower } from '@angarium/core';
import type { Denial } from '@angarium/transport';
import { Principals } from '../../src/authorization/principals.ts';
import { EventLoopTurn } from '../../src/event-loop-turn.ts';
import type { Renewal, Renewed } from '../../src/identity/web-session.ts';
import {
  ENDINGS_REMEMBERED_MAX,
  RENEWAL_RETRY_MS,
  RENEWALS_OF_SPACE_MAX,
  SESSIONS_MAX,
  SESSIONS_OF_USER_MAX,
  SWEEP_INTERVAL_MS,
  WebSessions,
} from '../../src/identity/web-sessions.ts';

const MINUTE_MS = 60_000;

describe('sessions of browsers', () => {
  let nowMs: number;
  let sweep: (() => void) | undefined;
  let sweptAfterMs: number;
  let principals: Principals;
  let sessions: WebSessions;

  beforeEach(() => {
    nowMs = 1_000_000;
    sweep = undefined;
    const turn = Object.assign(new EventLoopTurn(), {
      after: (delayMs: number, run: () => void) => {
        sweptAfterMs = delayMs;
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
    assert.equal(sweptAfterMs, SWEEP_INTERVAL_MS);
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

  describe('that can be renewed', () => {
    /** What is asked for, and answered by the test. */
    class Asked implements Renewal {
      asked = 0;
      revoked = 0;
      answer: (renewed: Renewed | Denial) => void = () => {};
      renew(): Promise<Renewed | Denial> {
        this.asked++;
        return new Promise(resolve => {
          this.answer = resolve;
        });
      }
      revoke(): void {
        this.revoked++;
      }
    }
    const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
    const RUN_OUT: Denial = { kind: 'failure', why: 'nobody knows you any more: sign in again' };
    const LATER: Denial = { kind: 'failure', why: 'try again later', temporary: true };
    let asked: Asked;
    let id: string;

    beforeEach(() => {
      asked = new Asked();
      id = sessions.begin(admit('ada', 'default', nowMs + 20 * MINUTE_MS), asked);
    });
    /** The time has come that it is renewed at. */
    const due = (): void => {
      nowMs += 15 * MINUTE_MS;
      sweep!();
    };

    test('are asked for before they run out, once, and go on with what is open', async () => {
      assert.equal(sweptAfterMs, SWEEP_INTERVAL_MS, 'it is not due within a minute');
      const opened = new Opened();
      sessions.find(id)!.follow(opened);
      nowMs += 14.5 * MINUTE_MS;
      sweep!();
      assert.deepEqual([asked.asked, sweptAfterMs], [0, MINUTE_MS / 2]);
      nowMs += MINUTE_MS / 2;
      sweep!();
      sweep!();
      assert.equal(asked.asked, 1);
      const next = new Asked();
      asked.answer({ principal: admit('ada', 'default', nowMs + 10 * MINUTE_MS), renewal: next });
      await settled();
      nowMs += 9 * MINUTE_MS;
      assert.equal(sessions.find(id)?.expiresAtMs, nowMs + MINUTE_MS);
      sweep!();
      assert.equal(next.asked, 1);
      assert.equal(opened.ended, '');
    });

    test('last no longer than sessions do, and are not renewed for what is beyond', async () => {
      assert.equal(sessions.look(id)?.endsAtMs, nowMs + 120 * MINUTE_MS);
      due();
      asked.answer({ principal: admit('ada', 'default', nowMs + 600 * MINUTE_MS), renewal: new Asked() });
      await settled();
      const { endsAtMs, renewAtMs, principal } = sessions.look(id)!;
      assert.deepEqual([endsAtMs, principal.expiresAtMs, renewAtMs], [nowMs + 105 * MINUTE_MS, endsAtMs, Number.POSITIVE_INFINITY]);
    });

    test('end at once when that is refused, and it is remembered why', async () => {
      const opened = new Opened();
      sessions.find(id)!.follow(opened);
      due();
      asked.answer(RUN_OUT);
      await settled();
      assert.equal(sessions.find(id), undefined);
      assert.equal(opened.ended, RUN_OUT.why);
      assert.equal(sessions.whyEnded(id), RUN_OUT.why);
      for (let i = 0; i < ENDINGS_REMEMBERED_MAX; i++) sessions.end(sessions.begin(admit('eve')));
      assert.equal(sessions.whyEnded(id), undefined, 'for a while');
    });

    test('are asked for again when nobody answers, until they have run out', async () => {
      due();
      asked.answer(LATER);
      await settled();
      assert.equal(sweptAfterMs, RENEWAL_RETRY_MS);
      nowMs += RENEWAL_RETRY_MS;
      sweep!();
      assert.equal(asked.asked, 2);
      asked.answer(LATER);
      await settled();
      nowMs += 5 * MINUTE_MS;
      assert.equal(sessions.find(id), undefined);
    });

    test('end when the name is another one by then', async () => {
      due();
      asked.answer({ principal: admit('eve', 'default', nowMs + MINUTE_MS), renewal: undefined });
      await settled();
      assert.match(sessions.whyEnded(id)!, /another name/);
    });

    test('give back what nobody needs any more, also what comes too late', async () => {
      due();
      sessions.end(id);
      assert.equal(asked.revoked, 1);
      const late = new Asked();
      asked.answer({ principal: admit('ada', 'default', nowMs + MINUTE_MS), renewal: late });
      await settled();
      assert.equal(late.revoked, 1);
      assert.equal(sessions.size, 0);
    });

    test('are asked for so many at a time, and those of another address space beside them', async () => {
      const all = Array.from({ length: RENEWALS_OF_SPACE_MAX + 1 }, (_, at) => {
        const each = new Asked();
        sessions.begin(admit(`user ${at}`, 'crowded', nowMs + 20 * MINUTE_MS), each);
        return each;
      });
      const underWay = (): number => all.reduce((sum, each) => sum + each.asked, 0);
      due();
      assert.deepEqual([underWay(), asked.asked], [RENEWALS_OF_SPACE_MAX, 1]);
      all[0]!.answer(LATER);
      await settled();
      sweep!();
      assert.equal(underWay(), RENEWALS_OF_SPACE_MAX + 1);
    });
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
