import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { TokenBucket } from '../../src/limits/token-bucket.ts';

describe('a token bucket', () => {
  test('lets a burst through at once, and the rate after it', () => {
    const bucket = new TokenBucket(100, 0.1, 0);
    bucket.take(10, 0);
    assert.equal(bucket.debtMs(0), 0);
    bucket.take(1, 0);
    assert.equal(bucket.debtMs(0), 10);
    assert.equal(bucket.debtMs(10), 0);
  });

  test('what is taken in one go may overdraw it, and is paid off to the last', () => {
    const bucket = new TokenBucket(1000, 0.1, 0);
    bucket.take(5100, 0);
    assert.equal(bucket.debtMs(0), 5000);
    assert.equal(bucket.debtMs(4999), 1);
    assert.equal(bucket.debtMs(5000), 0);
  });

  test('a clock that is set back gives nothing and takes nothing', () => {
    const bucket = new TokenBucket(10, 1, 1000);
    bucket.take(10, 1000);
    assert.equal(bucket.debtMs(0), 0);
    bucket.take(1, 0);
    assert.equal(bucket.debtMs(100), 0);
  });

  test('over any time no more is let through than the rate, a burst, and the last that was taken', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.array(fc.tuple(fc.nat(50), fc.integer({ min: 1, max: 20 }))), (rate, steps) => {
        const bucket = new TokenBucket(rate, 0.1, 0);
        let nowMs = 0;
        let taken = 0;
        for (const [passesMs, amount] of steps) {
          nowMs += passesMs;
          if (bucket.debtMs(nowMs) > 0) continue;
          bucket.take(amount, nowMs);
          taken += amount;
        }
        assert.ok(taken <= (rate * nowMs) / 1000 + rate * 0.1 + 20);
      }),
    );
  });
});
