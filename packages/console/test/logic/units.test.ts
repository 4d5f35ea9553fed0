import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { counted, shortAge, shortBytes, shortNumber, shortRate } from '../../src/logic/units.ts';

describe('figures', () => {
  test('numbers are whole up to ten thousand, and have three digits and a letter beyond', () => {
    assert.deepEqual([0, 7, 9999, 10_000, 123_456, 4_560_000, 1e9, 2.5e12].map(shortNumber), [
      '0',
      '7',
      '9,999',
      '10k',
      '123k',
      '4.56M',
      '1G',
      '2.5T',
    ]);
  });

  test('rates have a digit behind the point while they are small, and are not 0 unless nothing moves', () => {
    assert.deepEqual([0, 0.01, 0.5, 3.06, 12.4, 99_999].map(shortRate), ['0', '<0.1', '0.5', '3.1', '12', '100k']);
  });

  test('bytes go by 1024', () => {
    assert.deepEqual([0, 1023, 1024, 1536, 5 * 1024 ** 3, 3 * 1024 ** 5].map(shortBytes), [
      '0 B',
      '1023 B',
      '1 KiB',
      '1.5 KiB',
      '5 GiB',
      '3072 TiB',
    ]);
  });

  test('an age has one unit, and is never below nothing', () => {
    assert.deepEqual([-3, 0, 59.9, 60, 7199, 7200, 200_000].map(shortAge), ['0 s', '0 s', '59 s', '1 m', '1 h', '2 h', '2 d']);
  });

  test('one is one, and more are many', () => {
    assert.deepEqual(
      [counted(1, 'address', 'addresses'), counted(2000, 'address', 'addresses'), counted(0, 'user')],
      ['1 address', '2,000 addresses', '0 users'],
    );
  });
});
