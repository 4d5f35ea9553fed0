import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NearNumbers } from '../../src/stream/near-numbers.ts';

test('numbers are what was put, near or far from the first', () => {
  const number = fc.oneof(fc.nat(1000), fc.integer({ min: 0, max: 2 ** 33 }), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(15), number), { minLength: 1 }), puts => {
      const row = new NearNumbers(16);
      const model = new Map<number, number>();
      for (const [at, value] of puts) {
        row.set(at, value);
        model.set(at, value);
      }
      for (const [at, value] of model) assert.equal(row.get(at), value);
    }),
  );
});
