import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SequenceHeap } from '../../src/queue/sequence-heap.ts';

test('the smallest number comes out first, whatever the order they came in', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(100), { nil: 'pop' as const })), operations => {
      const heap = new SequenceHeap();
      const model: number[] = [];
      for (const operation of operations) {
        if (operation !== 'pop') {
          heap.push(operation);
          model.push(operation);
          model.sort((one, other) => one - other);
        } else if (model.length > 0) assert.equal(heap.pop(), model.shift());
        assert.equal(heap.size, model.length);
        if (model.length > 0) assert.equal(heap.peek(), model[0]);
      }
    }),
  );
});
