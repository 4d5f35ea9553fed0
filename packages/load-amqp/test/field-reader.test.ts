import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as check, property, uint8Array } from 'fast-check';
import { FieldReader, ScanError } from '../src/field-reader.ts';
import { FrameWriter } from '../src/frame-writer.ts';

test('what the writer writes, the reader reads', () => {
  const writer = new FrameWriter(16);
  writer.begin(0, 0x12);
  writer.string('näme');
  writer.uint(0xfffffffe);
  writer.nothing();
  writer.boolean(true);
  writer.ubyte(200);
  writer.ushort(60_000);
  writer.binary(Buffer.alloc(300));
  writer.beginList(0x1d);
  writer.symbol('amqp:not-found');
  writer.endList();
  writer.end();
  const reader = new FieldReader();
  assert.equal(writer.bytes.readUInt32BE(0), writer.length);
  assert.equal(reader.open(writer.bytes, 8, writer.length), 0x12);
  assert.equal(reader.left, 8);
  assert.equal(reader.text(), 'näme');
  assert.equal(reader.uint(0), 0xfffffffe);
  assert.equal(reader.uint(7), 7);
  assert.equal(reader.boolean(false), true);
  assert.equal(reader.uint(0), 200);
  assert.equal(reader.uint(0), 60_000);
  reader.skip();
  const error = reader.nested()!;
  assert.equal(error.code, 0x1d);
  assert.equal(error.fields.text(), 'amqp:not-found');
  assert.equal(reader.left, 0);
  assert.equal(reader.uint(3), 3);
});

test('[AMQP-1.6.24] mechanisms come as one symbol or as an array of them', () => {
  const reader = new FieldReader();
  const list = (fields: number[]): Buffer => Buffer.of(0, 0x53, 0x40, 0xc0, fields.length + 1, 1, ...fields);
  const one = list([0xa3, 2, 0x68, 0x69]);
  reader.open(one, 0, one.length);
  assert.deepEqual(reader.texts(), ['hi']);
  const array = list([0xe0, 6, 2, 0xa3, 1, 0x61, 1, 0x62]);
  reader.open(array, 0, array.length);
  assert.deepEqual(reader.texts(), ['a', 'b']);
});

test('any bytes are read or refused as no AMQP, never past their end', () => {
  const reader = new FieldReader();
  const read = (bytes: Uint8Array): void => {
    try {
      if (reader.open(bytes, 0, bytes.length) < 0) return;
      reader.text();
      reader.uint(0);
      reader.boolean(false);
      reader.describedCode();
      reader.texts();
      reader.nested();
      for (let i = 0; i < 300; i++) reader.skip();
    } catch (error) {
      if (!(error instanceof ScanError)) throw error;
    }
    assert.ok(reader.at <= bytes.length);
  };
  check(property(uint8Array({ maxLength: 60 }), read), { numRuns: 3000 });
  const framed = property(uint8Array({ maxLength: 60 }), rest => read(Uint8Array.of(0, 0x53, 0x12, 0xc0, rest.length + 1, 9, ...rest)));
  check(framed, { numRuns: 5000 });
});
