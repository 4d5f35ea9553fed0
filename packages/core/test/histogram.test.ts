import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram } from '../src/histogram.ts';

test('a value belongs to the first bound that it does not exceed, and to all larger ones', () => {
  const histogram = new Histogram([1, 2, 5]);
  for (const value of [0, 1, 1.5, 5, 6]) histogram.add(value);
  assert.deepEqual(histogram.cumulative, [2, 3, 4, 5]);
  assert.equal(histogram.sum, 13.5);
});
