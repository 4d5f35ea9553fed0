import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ENCODING_MQTT, emptyMessage } from '../../src/message/message.ts';
import {
  getF64,
  getU32,
  keyBytes,
  putDeliverAt,
  putF64,
  putKey,
  putStore,
  putStoreTarget,
  putU32,
  readStored,
  storeExpiresAtMs,
  storeIsDurable,
  storeKeys,
  storeRecordSize,
  storeTargetAttempts,
  storeTargetQueue,
  storeTargetSequence,
  storeTargets,
  storeTargetsEnd,
} from '../../src/store/records.ts';
import { textMessage, textOf } from '../support/text-message.ts';

const u32 = fc.nat(0xffff_ffff);
const f64 = fc.maxSafeNat();

test('numbers lie in a record as little-endian, at any offset', () => {
  fc.assert(
    fc.property(u32, f64, fc.nat(9), (integer, long, at) => {
      const bytes = new Uint8Array(32).fill(0xff);
      putU32(bytes, at, integer);
      putF64(bytes, at + 4, long);
      const view = new DataView(bytes.buffer);
      assert.equal(view.getUint32(at, true), integer);
      assert.equal(view.getFloat64(at + 4, true), long);
      assert.equal(getU32(bytes, at), integer);
      assert.equal(getF64(bytes, at + 4), long);
    }),
  );
});

test('a stored message is read as it was written, with all that its header said', () => {
  const targets = fc.array(
    fc
      .tuple(u32, u32, f64, fc.string({ unit: 'binary', maxLength: 20 }))
      .map(([queue, attempts, sequence, key]) => ({ queue, attempts, sequence, key })),
    { maxLength: 5 },
  );
  const fields = fc.record({
    durable: fc.boolean(),
    priority: fc.nat(9),
    format: u32,
    headerBytes: fc.nat(20),
    deliverAtMs: fc.oneof(fc.constant(0), f64),
    grouped: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.string({ maxLength: 200 }),
      fields,
      f64,
      targets,
      fc.boolean(),
      fc.nat(9),
      (text, wanted, expiresAtMs, written, keyed, at) => {
        const message = textMessage(text, { ...wanted, encoding: ENCODING_MQTT });
        const bodyStart = message.start + message.headerSize;
        const keysSize = keyed ? written.reduce((sum, { key }) => sum + keyBytes(key), 0) : 0;
        const size = storeRecordSize(written.length, keysSize, wanted.deliverAtMs > 0, 0, message.end - bodyStart);
        const bytes = new Uint8Array(at + size + 5).fill(0xa5);
        putStore(bytes, at, message, expiresAtMs, 12_345, written.length, keyed);
        for (const [index, { queue, attempts, sequence }] of written.entries()) putStoreTarget(bytes, at, index, queue, attempts, sequence);
        let bodyAt = storeTargetsEnd(at, written.length);
        if (keyed) for (const { key } of written) bodyAt = putKey(bytes, bodyAt, key);
        bodyAt = putDeliverAt(bytes, bodyAt, wanted.deliverAtMs);
        bytes.set(message.bytes.subarray(bodyStart, message.end), bodyAt);
        assert.equal(bodyAt + message.end - bodyStart, at + size);
        const read = emptyMessage();
        readStored(read, bytes, at, at + size);
        assert.equal(textOf(read), textOf(message));
        assert.deepEqual(
          [read.durable, read.priority, read.format, read.encoding, read.deliverAtMs, read.grouped],
          [wanted.durable, wanted.priority, wanted.format, ENCODING_MQTT, wanted.deliverAtMs, wanted.grouped],
        );
        assert.equal(storeIsDurable(bytes, at), wanted.durable);
        assert.equal(storeExpiresAtMs(bytes, at), expiresAtMs);
        const keys = storeKeys(bytes, at);
        const found = Array.from({ length: storeTargets(bytes, at) }, (_, index) => ({
          queue: storeTargetQueue(bytes, at, index),
          attempts: storeTargetAttempts(bytes, at, index),
          sequence: storeTargetSequence(bytes, at, index),
          key: keys?.[index] ?? '',
        }));
        assert.deepEqual(found, keyed ? written : written.map(target => ({ ...target, key: '' })));
      },
    ),
  );
});
