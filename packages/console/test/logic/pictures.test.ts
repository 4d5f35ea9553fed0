import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { inOrder } from '../../src/logic/ordered-rows.ts';
import { rowWindow } from '../../src/logic/row-window.ts';
import { sparklinePath } from '../../src/logic/sparkline-path.ts';

describe('a sparkline', () => {
  test('goes from the left to the right, with 0 at the bottom and the largest at the top', () => {
    assert.equal(sparklinePath([0, 5, 10], 20, 8), 'M0 8L10 4L20 0');
  });

  test('is a line along the bottom when nothing moves, and nothing when there is nothing to join', () => {
    assert.equal(sparklinePath([0, 0], 10, 8), 'M0 8L10 8');
    assert.equal(sparklinePath([3], 10, 8), '');
  });
});

describe('the rows that are drawn', () => {
  test('are all that is seen, and few more, wherever somebody scrolls', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(500_000), fc.integer({ min: 1, max: 2000 }), (count, top, height) => {
        const { first, end } = rowWindow(count, 41, top, height);
        assert.ok(0 <= first && first <= end && end <= count);
        const seenFrom = Math.floor(top / 41);
        const seenTo = Math.min(count, Math.ceil((top + height) / 41));
        if (seenFrom < seenTo) assert.ok(first <= seenFrom && seenTo <= end);
        assert.ok(end - first <= height / 41 + 20);
      }),
    );
  });
});

describe('the order of rows', () => {
  const columns = [
    { key: 'name', order: (row: { name: string; n: number }) => row.name },
    { key: 'n', order: (row: { name: string; n: number }) => row.n },
    { key: 'none' },
  ];
  const rows = [
    { name: 'q10', n: 1 },
    { name: 'q9', n: 1 },
    { name: 'Q1', n: 5 },
  ];
  const names = (order: string) => inOrder(rows, columns, order).map(row => row.name);

  test('takes numbers in names as numbers', () => assert.deepEqual(names('name'), ['Q1', 'q9', 'q10']));
  test('keeps equal rows as they were, both ways', () => {
    assert.deepEqual(names('n'), ['q10', 'q9', 'Q1']);
    assert.deepEqual(names('-n'), ['Q1', 'q10', 'q9']);
  });
  test('is left alone by a column that is not there or has none', () => {
    assert.deepEqual(names('none'), ['q10', 'q9', 'Q1']);
    assert.deepEqual(names('-other'), ['q10', 'q9', 'Q1']);
  });
});
