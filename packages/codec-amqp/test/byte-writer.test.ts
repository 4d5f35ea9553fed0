import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteWriter } from '../src/index.ts';
import { anyText, written } from './arbitraries.ts';
import { hex } from './expect.ts';

test('numbers are written in network byte order, signed ones as two’s complement', () => {
  const output = written(writer => {
    writer.u8(0xfe);
    writer.u16(0x0102);
    writer.u32(0xfffe_fdfc);
    writer.u64(0x0102_0304_0506_0708n);
    writer.u64(-2n);
    writer.f32(-1.5);
    writer.f64(1.5);
  });
  assert.equal(hex(output), 'fe0102fffefdfc0102030405060708fffffffffffffffebfc000003ff8000000000000');
});

test('a buffer that has to grow at least doubles, and is made by the allocator that was given', () => {
  const sizes: number[] = [];
  const writer = new ByteWriter(4, size => {
    sizes.push(size);
    return new Uint8Array(size);
  });
  writer.raw(new Uint8Array([1, 2, 3, 4, 5]));
  writer.u32(6);
  writer.raw(new Uint8Array(100));
  assert.deepEqual(sizes, [4, 8, 16, 109]);
  assert.deepEqual([...writer.bytes.subarray(0, 9)], [1, 2, 3, 4, 5, 0, 0, 0, 6]);
});

test('text of any length and script is written as the platform’s encoder writes it', () => {
  fc.assert(
    fc.property(anyText, anyText, (first, second) => {
      const output = written(writer => {
        writer.utf8(first);
        writer.utf8(second);
      });
      assert.deepEqual(output, new TextEncoder().encode(first + second));
    }),
  );
});

test('a lone surrogate is written as U+FFFD', () => {
  assert.equal(hex(written(writer => writer.utf8('a\ud800b'))), '61efbfbd62');
});

test('text beyond ASCII is not written as ASCII', () => {
  assert.throws(() => new ByteWriter().ascii('é'), RangeError);
});

test('a part of other bytes is written by its start and end', () => {
  assert.equal(hex(written(writer => writer.raw(new Uint8Array([1, 2, 3, 4]), 1, 3))), '0203');
});
