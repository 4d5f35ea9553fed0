import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALL_RIGHTS, Principal } from '@angarium/core';
import { followProven } from '../../src/identity/follow-proven.ts';

const RENEWED_WITHIN_MS = 10;

const proven = (forMs?: number): Principal =>
  new Principal({ user: 'ada', space: 'a', rights: ALL_RIGHTS, ...(forMs !== undefined && { expiresAtMs: Date.now() + forMs }) });

const ended = (principal: Principal): Promise<string> =>
  new Promise(resolve => {
    followProven(principal, { rightsChanged: () => {}, principalEnded: resolve }, RENEWED_WITHIN_MS);
  });

describe('who follows a principal for long', () => {
  test('hears of its end when what proved it runs out', async () => {
    const held = setInterval(() => {}, 1000);
    assert.match(await ended(proven(20)), /run out/);
    clearInterval(held);
  });

  test('hears of its end when it is ended before', async () => {
    const principal = proven(60_000);
    const why = ended(principal);
    principal.end('the user was deleted');
    assert.equal(await why, 'the user was deleted');
  });

  test('goes on when it is renewed in time', async () => {
    const held = setInterval(() => {}, 1000);
    const principal = proven(20);
    const why = ended(principal);
    const renewedUntilMs = Date.now() + 60;
    principal.renew([], renewedUntilMs);
    await why;
    clearInterval(held);
    assert.ok(Date.now() >= renewedUntilMs + RENEWED_WITHIN_MS);
  });

  test('hears nothing more when it is done', () => {
    const principal = proven(60_000);
    const heard: string[] = [];
    followProven(principal, { rightsChanged: () => heard.push('rights'), principalEnded: why => heard.push(why) })();
    principal.end('the user was deleted');
    assert.deepEqual(heard, []);
    assert.equal(principal.followers, 0);
  });
});
