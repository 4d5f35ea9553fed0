import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { TextSearch } from '../../src/message/text-search.ts';

describe('a text in bytes', () => {
  test('is found where Node’s own search finds it, and nowhere beyond the end', () => {
    // Few letters make many places where a text nearly stands.
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 2, maxLength: 6 });
    const bytes = fc.array(fc.constantFrom(0x61, 0x62, 0x63, 0xff), { maxLength: 80 }).map(all => Buffer.from(all));
    fc.assert(
      fc.property(letters, bytes, fc.nat(80), fc.nat(80), (text, all, first, second) => {
        const [start, end] = [Math.min(first, second, all.length), Math.min(Math.max(first, second), all.length)];
        const expected = all.subarray(start, end).indexOf(text, 'latin1');
        assert.equal(new TextSearch(text).in(all, start, end), expected < 0 ? -1 : start + expected);
      }),
    );
  });
});
