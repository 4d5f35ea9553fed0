import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DurableWaits } from '../../src/store/durable-waits.ts';

test('each waits until its position is on disk, and hears of it once, in order', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ pushed: fc.nat(1500), released: fc.nat(1500) }), { maxLength: 8 }), rounds => {
      const waits = new DurableWaits();
      const confirmed: number[] = [];
      const waiter = { confirmed: (token: number) => confirmed.push(token) };
      let next = 0;
      let durableEnd = 0;
      for (const { pushed, released } of rounds) {
        for (let i = 0; i < pushed; i++) waits.push(next, waiter, next++);
        durableEnd = Math.min(next, durableEnd + released);
        waits.release(durableEnd);
        assert.equal(confirmed.length, durableEnd);
        assert.equal(waits.size, next - durableEnd);
      }
      assert.deepEqual(
        confirmed,
        confirmed.map((_, at) => at),
      );
    }),
    { numRuns: 50 },
  );
});

test('whoever is told may wait for something new', () => {
  const waits = new DurableWaits();
  const confirmed: number[] = [];
  const waiter = {
    confirmed(token: number) {
      confirmed.push(token);
      if (token < 3000) waits.push(token + 1, waiter, token + 1);
    },
  };
  waits.push(0, waiter, 0);
  waits.release(1500);
  assert.equal(confirmed.length, 1500);
  waits.release(Number.POSITIVE_INFINITY);
  assert.equal(confirmed.length, 3001);
});
