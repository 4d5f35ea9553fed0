import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseReadFrom } from '../../src/stream/read-from.ts';

test('a place in a stream is a word, an offset, a time, or how long ago', () => {
  const places: readonly [string, unknown][] = [
    ['first', 'first'],
    ['last', 'last'],
    ['next', 'next'],
    ['0', { offset: 0 }],
    ['123456789012345', { offset: 123456789012345 }],
    ['30s', { agoMs: 30_000 }],
    ['15m', { agoMs: 900_000 }],
    ['2h', { agoMs: 7_200_000 }],
    ['7d', { agoMs: 604_800_000 }],
    ['7D', { agoMs: 604_800_000 }],
    ['2026-01-02', { sinceMs: Date.UTC(2026, 0, 2) }],
    ['2026-01-02T03:04:05Z', { sinceMs: Date.UTC(2026, 0, 2, 3, 4, 5) }],
    ['2026-01-02T03:04:05.678+01:00', { sinceMs: Date.UTC(2026, 0, 2, 2, 4, 5, 678) }],
  ];
  for (const [text, place] of places) assert.deepEqual(parseReadFrom(text), place, text);
});

test('what means nothing is no place', () => {
  for (const text of ['', ' first', 'First', '-1', '1.5', '5x', 's', '1e3', '2026-13-01', '2026-01-02T25:00Z', '9999999999999999', 'now'])
    assert.equal(parseReadFrom(text), undefined, text);
});
