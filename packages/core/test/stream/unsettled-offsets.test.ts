import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UnsettledOffsets } from '../../src/stream/unsettled-offsets.ts';

test('the first unsettled offset is the lowest that was pushed and not settled, whatever the order', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.record({ skip: fc.nat(3) }), fc.record({ pick: fc.nat() })), { maxLength: 500 }), steps => {
      const offsets = new UnsettledOffsets();
      const unsettled = new Set<number>();
      let next = 0;
      for (const step of steps) {
        if ('skip' in step) {
          next += step.skip;
          offsets.push(next);
          unsettled.add(next++);
        } else {
          const offset = [...unsettled][step.pick % Math.max(1, unsettled.size)] ?? step.pick;
          offsets.settle(offset);
          unsettled.delete(offset);
        }
        assert.equal(offsets.first, unsettled.size === 0 ? -1 : Math.min(...unsettled));
        assert.ok(offsets.span >= unsettled.size);
        if (unsettled.size === 0) assert.equal(offsets.span, 0, 'what is done needs no room');
      }
    }),
  );
});
