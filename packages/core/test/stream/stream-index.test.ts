import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StreamIndex } from '../../src/stream/stream-index.ts';

function filled(count: number, first = 0): StreamIndex {
  const index = new StreamIndex();
  for (let offset = first; offset < first + count; offset++) index.put(offset, 1000 + offset * 100, 90, 5000 + Math.floor(offset / 10));
  return index;
}

test('entries are found by offset, counted, and forgotten from the front', () => {
  const index = filled(5000);
  assert.deepEqual([index.head, index.tail, index.live, index.liveBytes], [0, 5000, 5000, 450_000]);
  assert.deepEqual([index.position(4321), index.sizeBytes(4321), index.storedAtMs(4321)], [433_100, 90, 5432]);
  index.dropBefore(3000);
  assert.deepEqual([index.head, index.live, index.has(2999), index.has(3000)], [3000, 2000, false, true]);
  index.dropBefore(5000);
  assert.deepEqual([index.head, index.tail, index.live, index.liveBytes], [5000, 5000, 0, 0]);
  index.put(5000, 1, 2, 3);
  assert.deepEqual([index.next(0), index.position(5000)], [5000, 1]);
});

test('the first offset since a time is found, also where a message was lost and the clock was set back', () => {
  const index = filled(3000);
  assert.deepEqual([index.firstSince(0), index.firstSince(5001), index.firstSince(5299), index.firstSince(5300)], [0, 10, 2990, 3000]);
  index.remove(10);
  assert.equal(index.next(10), 11);
  index.put(3000, 1, 90, 100);
  index.settle(5);
  assert.deepEqual([index.head, index.firstSince(5001), index.storedAtMs(3000)], [5, 11, 5299]);
});

test('a replay may find entries in any order, and twice', () => {
  const index = new StreamIndex();
  for (let offset = 9000; offset < 10_000; offset++) index.put(offset, offset, 50, 9);
  for (let offset = 6000; offset < 7000; offset++) index.put(offset, 20_000 + offset, 50, 6);
  index.put(6500, 1, 60, 6);
  index.settle(6100);
  assert.deepEqual([index.head, index.tail, index.live, index.liveBytes], [6100, 10_000, 1900, 1900 * 50 + 10]);
  assert.deepEqual([index.position(6500), index.next(7000), index.firstSince(9)], [1, 9000, 9000]);
});

test('a million messages take about twelve bytes each, however far their places lie from the start of the log', () => {
  globalThis.gc?.();
  const before = process.memoryUsage().arrayBuffers;
  const index = new StreamIndex();
  for (let offset = 0; offset < 1_000_000; offset++) index.put(offset, 2 ** 41 + offset * 300, 280, 1_790_000_000_000 + offset);
  const each = (process.memoryUsage().arrayBuffers - before) / 1_000_000;
  assert.ok(each > 11 && each < 14, `${each} bytes`);
  assert.equal(index.position(999_999), 2 ** 41 + 999_999 * 300);
});
