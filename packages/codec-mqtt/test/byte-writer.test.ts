import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteWriter, putVariableInteger, VARIABLE_INTEGER_MAX, variableIntegerBytes } from '../src/index.ts';
import { hex, written } from './expect.ts';

/** The borders of table 1-1. */
const BORDERS: readonly [value: number, encoding: string][] = [
  [0, '00'],
  [127, '7f'],
  [128, '8001'],
  [16_383, 'ff7f'],
  [16_384, '808001'],
  [2_097_151, 'ffff7f'],
  [2_097_152, '80808001'],
  [268_435_455, 'ffffff7f'],
];

for (const [value, encoding] of BORDERS) {
  test(`[MQTT-1.5.5-1] the variable byte integer ${value} is ${encoding}`, () => {
    assert.equal(hex(written(writer => writer.variableInteger(value))), encoding);
    assert.equal(variableIntegerBytes(value), encoding.length / 2);
  });
}

test('[1.5.5] a number that is too large for a variable byte integer is our own mistake', () => {
  assert.throws(() => new ByteWriter().variableInteger(VARIABLE_INTEGER_MAX + 1), RangeError);
  assert.throws(() => putVariableInteger(new Uint8Array(8), 0, 2 ** 32 + 5), RangeError);
});

test('something sized has its size before it, whatever it is', () => {
  for (const size of [0, 1, 127, 128, 16_383, 16_384, 2_097_152]) {
    const content = new Uint8Array(size).fill(0x55);
    const output = written(writer => {
      writer.u8(0xaa);
      const start = writer.beginSized();
      writer.raw(content);
      writer.endSized(start);
      writer.u8(0xbb);
    });
    const expected = Buffer.concat([
      Buffer.from('aa', 'hex'),
      written(writer => writer.variableInteger(size)),
      content,
      Buffer.from('bb', 'hex'),
    ]);
    assert.ok(Buffer.compare(output, expected) === 0, String(size));
  }
});

test('numbers are written in network byte order, and the buffer grows', () => {
  fc.assert(
    fc.property(fc.nat(0xff), fc.nat(0xffff), fc.integer({ min: 0, max: 0xffff_ffff }), (byte, short, int) => {
      const expected = Buffer.alloc(7);
      expected.writeUInt8(byte, 0);
      expected.writeUInt16BE(short, 1);
      expected.writeUInt32BE(int, 3);
      assert.equal(
        hex(
          written(writer => {
            writer.u8(byte);
            writer.u16(short);
            writer.u32(int);
          }),
        ),
        hex(expected),
      );
    }),
  );
});

test('text is written as UTF-8, and lone surrogates as U+FFFD', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 100 }), fc.string({ maxLength: 200 })), text => {
      assert.equal(hex(written(writer => writer.utf8(text))), Buffer.from(text).toString('hex'));
    }),
  );
  assert.equal(hex(written(writer => writer.utf8('a\ud800b'))), '61efbfbd62');
});
