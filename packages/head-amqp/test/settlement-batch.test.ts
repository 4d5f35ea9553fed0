import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ByteWriter, decodePerformative } from '@angarium/codec-amqp';
import { ACCEPTED, type Outcome, RELEASED } from '@angarium/core';
import fc from 'fast-check';
import { SettlementBatch } from '../src/settlement-batch.ts';

interface Written {
  readonly first: number;
  readonly last: number;
  readonly settled: boolean;
  readonly state: string | undefined;
}

function writtenBy(batch: SettlementBatch): Written[] {
  const writer = new ByteWriter();
  batch.write(writer, 3);
  const written: Written[] = [];
  for (let at = 0; at < writer.length; ) {
    const size = new DataView(writer.bytes.buffer).getUint32(at);
    const { performative } = decodePerformative(writer.bytes, at + 8, at + size);
    assert.ok(performative.kind === 'disposition' && performative.role === 'receiver');
    const { first, last = first, settled = false, state } = performative;
    written.push({ first, last, settled, state: state?.kind });
    at += size;
  }
  return written;
}

function idsOf({ first, last }: Written): number[] {
  const ids: number[] = [];
  for (let id = first; ; id = (id + 1) >>> 0) {
    ids.push(id);
    if (id === last) return ids;
  }
}

describe('SettlementBatch', () => {
  test('consecutive accepted deliveries are one range', () => {
    const batch = new SettlementBatch();
    for (let id = 10; id < 200; id++) batch.add(id, ACCEPTED, true);
    assert.deepEqual(writtenBy(batch), [{ first: 10, last: 199, settled: true, state: 'accepted' }]);
    assert.equal(batch.empty, true);
  });

  test('a range goes over the wrap-around of ids, in whatever order they came', () => {
    const batch = new SettlementBatch();
    for (const id of [1, 0xffff_ffff, 0, 0xffff_fffe]) batch.add(id, ACCEPTED, true);
    assert.deepEqual(writtenBy(batch), [{ first: 0xffff_fffe, last: 1, settled: true, state: 'accepted' }]);
  });

  test('a batch that was written begins anew', () => {
    const batch = new SettlementBatch();
    batch.add(5, ACCEPTED, true);
    batch.add(3, RELEASED, true);
    batch.add(4, ACCEPTED, false);
    writtenBy(batch);
    batch.add(9, ACCEPTED, true);
    assert.deepEqual(writtenBy(batch), [{ first: 9, last: 9, settled: true, state: 'accepted' }]);
  });

  test('each delivery is settled exactly once, with its own outcome, in as few ranges as can be', () => {
    const outcome = fc.constantFrom<Outcome>(ACCEPTED, ACCEPTED, ACCEPTED, RELEASED, { kind: 'rejected' });
    const delivery = fc.record({ distance: fc.nat(300), outcome, settled: fc.boolean() });
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1000, 0x7fff_ffff, 0xffff_ff00, 0xffff_ffff),
        fc.uniqueArray(delivery, { selector: ({ distance }) => distance, maxLength: 200 }),
        (origin, deliveries) => {
          const batch = new SettlementBatch();
          const expected = new Map<number, string>();
          for (const { distance, outcome, settled } of deliveries) {
            const id = (origin + distance) >>> 0;
            batch.add(id, outcome, settled);
            expected.set(id, `${outcome.kind} ${settled}`);
          }
          const written = writtenBy(batch);
          for (const range of written) {
            for (const id of idsOf(range)) {
              assert.equal(expected.get(id), `${range.state} ${range.settled}`);
              expected.delete(id);
            }
            const next = (range.last + 1) >>> 0;
            const neighbour = written.find(({ first, settled }) => first === next && settled === range.settled);
            assert.ok(range.state !== 'accepted' || neighbour?.state !== 'accepted', 'neighbours are one range');
          }
          assert.equal(expected.size, 0);
        },
      ),
    );
  });
});
