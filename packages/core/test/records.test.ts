import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ENCODING_MQTT, emptyMessage } from '../src/message.ts';
import {
  eachStoreTarget,
  getF64,
  getU32,
  putF64,
  putStore,
  putStoreTarget,
  putU32,
  readStored,
  storeExpiresAtMs,
  storeIsDurable,
  storeRecordSize,
  storeTargetsEnd,
} from '../src/records.ts';
import { textMessage, textOf } from './support/text-message.ts';

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
    fc.tuple(u32, u32, f64).map(([queue, attempts, sequence]) => ({ queue, attempts, sequence })),
    { maxLength: 5 },
  );
  const fields = fc.record({ durable: fc.boolean(), priority: fc.nat(9), format: u32, headerBytes: fc.nat(20) });
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), fields, f64, targets, fc.nat(9), (text, wanted, expiresAtMs, written, at) => {
      const message = textMessage(text, { ...wanted, encoding: ENCODING_MQTT });
      const bodyStart = message.start + message.headerSize;
      const size = storeRecordSize(written.length, 0, message.end - bodyStart);
      const bytes = new Uint8Array(at + size + 5).fill(0xa5);
      putStore(bytes, at, message, expiresAtMs, 12_345, written.length);
      for (const [index, { queue, attempts, sequence }] of written.entries()) putStoreTarget(bytes, at, index, queue, attempts, sequence);
      const bodyAt = storeTargetsEnd(at, written.length);
      bytes.set(message.bytes.subarray(bodyStart, message.end), bodyAt);
      assert.equal(bodyAt + message.end - bodyStart, at + size);
      const read = emptyMessage();
      readStored(read, bytes, at, at + size);
      assert.equal(textOf(read), textOf(message));
      assert.deepEqual(
        [read.durable, read.priority, read.format, read.encoding],
        [wanted.durable, wanted.priority, wanted.format, ENCODING_MQTT],
      );
      assert.equal(storeIsDurable(bytes, at), wanted.durable);
      assert.equal(storeExpiresAtMs(bytes, at), expiresAtMs);
      const found: typeof written = [];
      eachStoreTarget(bytes, at, (queue, attempts, sequence) => found.push({ queue, attempts, sequence }));
      assert.deepEqual(found, written);
    }),
  );
});
