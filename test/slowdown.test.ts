import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Round, slowdownOf } from '../bench/slowdown.ts';

const MOST = 1.05;
const rounds = (...costs: readonly [reference: number, ours: number, again: number][]): Round[] =>
  costs.map(([reference, ours, again]) => ({ reference, ours, again }));

describe('what a plain message costs beside another version', () => {
  test('is too much when all pairs say so, and two servers of one version do not differ', () => {
    const { ratio, ratioOfLeast, over } = slowdownOf(rounds([100, 110, 100], [200, 221, 201], [100, 111, 99]), MOST);
    assert.deepEqual([ratio, ratioOfLeast, over], [1.105, 1.1, true]);
  });

  test('is not when two servers of one version differ as much', () => {
    assert.equal(slowdownOf(rounds([100, 110, 108], [100, 110, 109], [100, 110, 107]), MOST).over, false);
  });

  test('is not when pairs do not agree', () => {
    assert.equal(slowdownOf(rounds([100, 140, 100], [100, 90, 100], [100, 110, 100], [100, 112, 100]), MOST).over, false);
  });

  test('is not when ours was as quick once, undisturbed', () => {
    const { ratio, over } = slowdownOf(rounds([100, 101, 100], [110, 125, 110], [120, 136, 120], [110, 124, 110]), MOST);
    assert.deepEqual([ratio > 1.1, over], [true, false]);
  });

  test('is not when it is less than it may be', () => {
    assert.equal(slowdownOf(rounds([100, 104, 100], [100, 104, 100], [100, 104, 100]), MOST).over, false);
  });
});
