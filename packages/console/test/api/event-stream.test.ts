import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryDelayMs } from '../../src/api/event-stream.ts';
import { inTurn } from '../../src/api/in-turn.ts';
import { problemOf } from '../../src/api/problem.ts';
import { messagesPath, withQuery } from '../../src/api/request.ts';

test('a stream that broke off is tried again soon, then ever less often, and not by all at once', () => {
  assert.deepEqual(
    [0, 1, 2, 3].map(attempt => retryDelayMs(attempt, 0.5)),
    [500, 1000, 2000, 4000],
  );
  assert.equal(retryDelayMs(50, 0.5), 15_000);
  assert.ok(retryDelayMs(3, 0) < retryDelayMs(3, 1));
});

test('names go into paths as they are, and what is undefined is not asked for', () => {
  assert.equal(messagesPath('my space', 'a/b', ':purge'), '/apis/angarium.dev/v1/addressspaces/my%20space/addresses/a%2Fb/messages:purge');
  assert.equal(withQuery('/x', { limit: 5, continue: undefined, force: true }), '/x?limit=5&force=true');
  assert.equal(withQuery('/x'), '/x');
});

test('a problem document is told in its own words, and anything else by its status', () => {
  const known = problemOf(409, 'Conflict', '{"code":"conflict","title":"Somebody was first.","detail":"Read it again."}');
  assert.deepEqual([known.status, known.code, known.title, known.message], [409, 'conflict', 'Somebody was first.', 'Read it again.']);
  const proxy = problemOf(502, 'Bad Gateway', '<html>');
  assert.deepEqual([proxy.code, proxy.title], ['http-502', 'The server answered 502 Bad Gateway']);
});

test('what is done to many goes on when one is refused, and a few are done at a time', async () => {
  let under = 0;
  let most = 0;
  const names = Array.from({ length: 20 }, (_, at) => `a${at}`);
  const { done, refused } = await inTurn(names, async name => {
    most = Math.max(most, ++under);
    await Promise.resolve();
    under--;
    if (name === 'a3') throw new Error('no');
  });
  assert.deepEqual([done, refused.map(({ name }) => name)], [19, ['a3']]);
  assert.ok(most > 1 && most <= 4, String(most));
});
