import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogPressure } from '@angarium/core';
import { Health, type HealthOptions } from '../src/health.ts';

function failing(options: Partial<HealthOptions>): string[] {
  const health = new Health({
    phase: () => 'ready',
    lateMs: () => 0,
    log: () => ({ pressure: 'none' }),
    endpoints: () => new Map([['amqp', true]]),
    ...options,
  });
  return health
    .ready()
    .filter(({ passed }) => !passed)
    .map(({ words }) => words);
}

test('a server is ready when it has started, all its endpoints listen, and its log takes messages', () => {
  assert.deepEqual(failing({}), []);
  assert.deepEqual(failing({ phase: () => 'starting', log: () => undefined }), ['The server starts.', 'The durable log is being read.']);
  assert.deepEqual(
    failing({
      endpoints: () =>
        new Map([
          ['amqp', true],
          ['mqtts', false],
        ]),
    }),
    ['Nobody listens yet for mqtts.'],
  );
});

test('what is over in a moment makes no server unready, a disk that is full or fails does', () => {
  const under = (pressure: LogPressure): string[] => failing({ log: () => ({ pressure }) });
  assert.deepEqual(under('unsynced-bytes'), []);
  assert.deepEqual(under('disk-full'), ['The durable log takes no messages: the disk is full.']);
  assert.deepEqual(under('write-failed'), ['The durable log takes no messages: writing to the disk fails.']);
});

test('a late event loop is said, and is no reason to start the server anew', () => {
  const health = new Health({ phase: () => 'ready', lateMs: () => 1234.5, log: () => undefined, endpoints: () => new Map() });
  const [check] = health.live();
  assert.equal(check!.passed, true);
  assert.match(check!.words, /late by 1235 ms at most/);
});
