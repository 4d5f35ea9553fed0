import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectionStates, needsAttention } from '../../src/logic/connection-states.ts';
import { expiryOf } from '../../src/logic/expiry.ts';

test('a connection is as the worst of its links is', () => {
  const states = connectionStates([
    { connection: '1', state: 'flowing' },
    { connection: '1', state: 'stuck' },
    { connection: '1', state: 'delayed' },
    { connection: '2', state: 'idle' },
    { connection: '2', state: 'flowing' },
    { state: 'blocked' },
  ]);
  assert.deepEqual(
    [...states],
    [
      ['1', 'stuck'],
      ['2', 'flowing'],
    ],
  );
  assert.deepEqual((['stuck', 'blocked', 'delayed', 'flowing', 'idle', undefined] as const).map(needsAttention), [
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});

test('a certificate is warned of a month before it expires, and more so a week before', () => {
  const nowMs = Date.parse('2026-01-01T00:00:00Z');
  const at = (day: string) => expiryOf(`${day}T12:00:00Z`, nowMs);
  assert.deepEqual(at('2025-12-31'), { severity: 'danger', words: 'has expired' });
  assert.deepEqual(at('2026-01-01'), { severity: 'danger', words: 'expires today' });
  assert.deepEqual(at('2026-01-02'), { severity: 'danger', words: 'expires tomorrow' });
  assert.deepEqual(at('2026-01-15'), { severity: 'warning', words: 'expires in 14 days' });
  assert.deepEqual(at('2026-03-01'), { severity: 'fine', words: 'expires in 59 days' });
});
