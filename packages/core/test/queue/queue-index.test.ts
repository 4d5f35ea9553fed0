import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ENTRY_ACQUIRED, ENTRY_NONE, ENTRY_READY, QueueIndex } from '../../src/queue/queue-index.ts';

interface Entry {
  readonly durable: boolean;
  readonly expiresAtMs: number;
  position: number;
  sizeBytes: number;
  attempts: number;
  state: number;
  acquiredBefore: boolean;
}

const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      count: fc.integer({ min: 1, max: 700 }),
      durable: fc.boolean(),
      expires: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('skip' as const), count: fc.integer({ min: 1, max: 1500 }) }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('remove' as const), from: fc.nat(3000), count: fc.integer({ min: 1, max: 900 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('acquire' as const), at: fc.nat(3000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail' as const), at: fc.nat(3000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('move' as const), at: fc.nat(3000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('shrink' as const) }) },
);

test('the index is a map by sequence number with sums, whatever is put, moved and removed', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 20 }), operations => {
      const index = new QueueIndex();
      const model = new Map<number, Entry>();
      let tail = 0;
      const nextIn = (from: number) => {
        for (let sequence = from; sequence < tail; sequence++) if (model.has(sequence)) return sequence;
        return tail;
      };
      for (const each of operations) {
        switch (each.kind) {
          case 'put':
            for (let i = 0; i < each.count; i++) {
              const entry: Entry = {
                durable: each.durable,
                expiresAtMs: each.expires ? 5000 + i : 0,
                position: tail * 7,
                sizeBytes: i,
                attempts: 0,
                state: ENTRY_READY,
                acquiredBefore: false,
              };
              index.put(tail, entry.position, entry.sizeBytes, entry.durable, entry.expiresAtMs);
              model.set(tail++, entry);
            }
            break;
          case 'skip':
            tail += each.count;
            index.skip(tail - 1);
            break;
          case 'remove':
            for (let sequence = each.from; sequence < each.from + each.count; sequence++)
              if (model.delete(sequence)) index.remove(sequence);
            break;
          case 'acquire': {
            const sequence = nextIn(each.at);
            const entry = model.get(sequence);
            if (!entry) break;
            entry.state = entry.state === ENTRY_READY ? ENTRY_ACQUIRED : ENTRY_READY;
            entry.acquiredBefore = true;
            if (entry.state === ENTRY_READY) index.setState(sequence, ENTRY_READY);
            else index.acquire(sequence);
            break;
          }
          case 'fail': {
            const entry = model.get(each.at);
            if (entry) index.setAttempts(each.at, ++entry.attempts);
            break;
          }
          case 'move': {
            const entry = model.get(each.at);
            if (!entry) break;
            entry.position += 1_000_000;
            entry.sizeBytes += 3;
            index.moved(each.at, entry.position, entry.sizeBytes);
            break;
          }
          case 'shrink':
            index.shrink();
            break;
        }
      }
      assert.equal(index.tail, tail);
      assert.equal(index.live, model.size);
      assert.equal(
        index.liveBytes,
        [...model.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      );
      assert.equal(index.expiring, [...model.values()].filter(({ expiresAtMs }) => expiresAtMs > 0).length);
      const found: number[] = [];
      for (let sequence = index.next(0); sequence < index.tail; sequence = index.next(sequence + 1)) found.push(sequence);
      assert.deepEqual(found, [...model.keys()]);
      for (const [sequence, entry] of model) {
        assert.equal(index.position(sequence), entry.position);
        assert.equal(index.sizeBytes(sequence), entry.sizeBytes);
        assert.equal(index.durable(sequence), entry.durable);
        assert.equal(index.expiresAtMs(sequence), entry.expiresAtMs);
        assert.equal(index.attempts(sequence), entry.attempts);
        assert.equal(index.state(sequence), entry.state);
        assert.equal(index.acquiredBefore(sequence), entry.acquiredBefore);
      }
      for (const sequence of [0, 511, 512, tail - 1, tail, tail + 5000])
        if (!model.has(sequence)) assert.equal(index.state(sequence), ENTRY_NONE);
    }),
    { numRuns: 200 },
  );
});

test('old entries may follow newer ones, as a replay after compaction has them', () => {
  const index = new QueueIndex();
  for (const sequence of [3000, 1200, 2, 3001, 600]) index.put(sequence, sequence * 2, 1, true, 0);
  const found: number[] = [];
  for (let sequence = index.next(0); sequence < index.tail; sequence = index.next(sequence + 1)) found.push(sequence);
  assert.deepEqual(found, [2, 600, 1200, 3000, 3001]);
  assert.equal(index.position(600), 1200);
});

test('a long queue that was emptied holds one block, whatever was left empty by a restart', () => {
  const index = new QueueIndex();
  index.put(0, 1, 1, true, 0);
  index.remove(0);
  index.skip(100_000);
  for (let sequence = 100_001; sequence < 200_000; sequence++) {
    index.put(sequence, 1, 1, true, 0);
    index.remove(sequence);
  }
  assert.ok(index.tail - index.head <= 512, `the head is ${index.tail - index.head} behind the tail`);
});
