import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  AmqpArray,
  AmqpMap,
  AmqpSymbol,
  type AmqpValue,
  Described,
  decodeValue,
  encodeValue,
  fromPlain,
  skipValue,
  symbol,
  Typed,
  toPlain,
  ulong,
  VALUE_DEPTH_MAX,
  ZERO_WIDTH_ELEMENTS_MAX,
} from '../src/index.ts';
import { anyTyped, anyValue, TYPED_NAMES, written } from './arbitraries.ts';
import { bytes, hex, refused } from './expect.ts';

function decoded(input: Uint8Array): AmqpValue {
  const { value, end } = decodeValue(input, 0, input.length);
  assert.equal(end, input.length);
  assert.equal(skipValue(input, 0, input.length), input.length);
  return value;
}

test('every value survives encoding and decoding, and is skipped by its exact length', () => {
  fc.assert(
    fc.property(anyValue, fc.nat(5), (value, margin) => {
      const encoded = written(writer => encodeValue(writer, value));
      const framed = new Uint8Array(margin + encoded.length + margin).fill(0xff);
      framed.set(encoded, margin);
      const end = margin + encoded.length;
      assert.deepEqual(decodeValue(framed, margin, end), { value, end });
      assert.equal(skipValue(framed, margin, end), end);
    }),
    { numRuns: 1000 },
  );
});

for (const type of TYPED_NAMES) {
  test(`every ${type} survives encoding and decoding`, () => {
    fc.assert(fc.property(anyTyped(type), value => assert.deepEqual(decoded(written(writer => encodeValue(writer, value))), value)));
  });
}

test('no prefix of an encoded value is taken for a value', () => {
  fc.assert(
    fc.property(anyValue, value => {
      const encoded = written(writer => encodeValue(writer, value));
      for (let end = 0; end < Math.min(encoded.length, 300); end++) {
        refused(() => decodeValue(encoded, 0, end), 'amqp:decode-error');
        refused(() => skipValue(encoded, 0, end), 'amqp:decode-error');
      }
    }),
    { numRuns: 50 },
  );
});

const typed = (type: Typed['type'], value: Typed['value']): Typed => new Typed(type, value);

// Each encoding of part 1, section 1.6. Where there are several of one value, the last one is the smallest.
const ENCODINGS: [section: string, encodings: string[], value: AmqpValue][] = [
  ['1.6.1 null', ['40'], null],
  ['1.6.2 boolean', ['5601', '41'], true],
  ['1.6.2 boolean', ['5600', '42'], false],
  ['1.6.3 ubyte', ['50ff'], typed('ubyte', 255)],
  ['1.6.4 ushort', ['60fffe'], typed('ushort', 0xfffe)],
  ['1.6.5 uint', ['70fffefdfc'], typed('uint', 0xfffe_fdfc)],
  ['1.6.5 uint', ['70000000ff', '52ff'], typed('uint', 255)],
  ['1.6.5 uint', ['7000000000', '5200', '43'], typed('uint', 0)],
  ['1.6.6 ulong', ['80fffefdfcfbfaf9f8'], typed('ulong', 0xfffe_fdfc_fbfa_f9f8n)],
  ['1.6.6 ulong', ['8000000000000000ff', '53ff'], typed('ulong', 255n)],
  ['1.6.6 ulong', ['800000000000000000', '5300', '44'], typed('ulong', 0n)],
  ['1.6.7 byte', ['5180'], typed('byte', -128)],
  ['1.6.8 short', ['618000'], typed('short', -0x8000)],
  ['1.6.9 int', ['7180000000'], typed('int', -0x8000_0000)],
  ['1.6.9 int', ['71ffffff80', '5480'], typed('int', -128)],
  ['1.6.10 long', ['818000000000000000'], typed('long', -(1n << 63n))],
  ['1.6.10 long', ['81ffffffffffffff80', '5580'], typed('long', -128n)],
  ['1.6.11 float', ['72bfc00000'], typed('float', -1.5)],
  ['1.6.12 double', ['823ff8000000000000'], typed('double', 1.5)],
  ['1.6.13 decimal32', ['7401020304'], typed('decimal32', bytes('01020304'))],
  ['1.6.14 decimal64', ['840102030405060708'], typed('decimal64', bytes('0102030405060708'))],
  ['1.6.15 decimal128', ['9400112233445566778899aabbccddeeff'], typed('decimal128', bytes('00112233445566778899aabbccddeeff'))],
  ['1.6.16 char', ['730001f600'], typed('char', 0x1f600)],
  ['1.6.17 timestamp', ['830000012a05f20000'], typed('timestamp', 0x12a05f20000)],
  ['1.6.17 timestamp', ['837fffffffffffffff'], typed('timestamp', (1n << 63n) - 1n)],
  ['1.6.18 uuid', ['9800112233445566778899aabbccddeeff'], typed('uuid', bytes('00112233445566778899aabbccddeeff'))],
  ['1.6.19 binary', ['b000000003010203', 'a003010203'], bytes('010203')],
  ['1.6.20 string', ['b10000000548656c6c6f', 'a10548656c6c6f'], 'Hello'],
  ['1.6.20 string', ['a106e282acefbbbf'], '€\ufeff'],
  ['1.6.21 symbol', ['b30000000548656c6c6f', 'a30548656c6c6f'], symbol('Hello')],
  ['1.6.22 list', ['d00000000400000000', 'c00100', '45'], []],
  ['1.6.22 list', ['d0000000080000000240a10161', 'c0050240a10161'], [null, 'a']],
  ['1.6.23 map', ['d10000000400000000', 'c10100'], new AmqpMap()],
  ['1.6.23 map', ['d10000000800000002a1016142', 'c10502a1016142'], new AmqpMap([['a', false]])],
  ['1.6.24 array', ['f00000000700000002500102', 'e00402500102'], new AmqpArray('ubyte', [typed('ubyte', 1), typed('ubyte', 2)])],
  ['1.6.24 array', ['f00000000500000000a3', 'e00200a3'], new AmqpArray('symbol', [])],
  ['1.6.24 array of true', ['e0020241', 'e00402560101'], new AmqpArray('boolean', [true, true])],
];

for (const [section, encodings, value] of ENCODINGS) {
  test(`[1, ${section}] ${encodings.join(' and ')} decode alike, and the last is written`, () => {
    for (const encoding of encodings) assert.deepEqual(decoded(bytes(encoding)), value, encoding);
    assert.equal(hex(written(writer => encodeValue(writer, value))), encodings.at(-1));
  });
}

test('[1, 1.2 figure 1.3] a described string has its descriptor before it', () => {
  const value = new Described(symbol('URL'), 'http://example.org/hello-world');
  const encoding = '00a30355524ca11e687474703a2f2f6578616d706c652e6f72672f68656c6c6f2d776f726c64';
  assert.deepEqual(decoded(bytes(encoding)), value);
  assert.equal(hex(written(writer => encodeValue(writer, value))), encoding);
});

test('[1, 1.5] the array of described lists, the composite types’ example, decodes', () => {
  // Two books of example:book:list, each with title, authors and isbn.
  const book = (title: string): AmqpValue[] => [title, new AmqpArray('string', ['Rob J. Godfrey', 'Rafael H. Schloming']), null];
  const array = new AmqpArray('list', [book('AMQP for & by Dummies'), book('Once more')], [symbol('example:book:list')]);
  assert.deepEqual(decoded(written(writer => encodeValue(writer, array))), array);
});

test('compound values of more than 255 bytes or elements are written with sizes of four bytes', () => {
  for (const value of [
    Array.from({ length: 300 }, () => null),
    ['x'.repeat(255)],
    new AmqpMap([['x'.repeat(300), ['y'.repeat(300)]]]),
    new AmqpArray('string', ['short', 'x'.repeat(256)]),
    new AmqpArray('list', [[], Array.from({ length: 256 }, () => true)]),
    new AmqpArray('array', [new AmqpArray('binary', [new Uint8Array(300)]), new AmqpArray('null', [null])]),
  ]) {
    assert.deepEqual(decoded(written(writer => encodeValue(writer, value))), value);
  }
});

test('a string of fewer than 256 characters and more than 255 bytes gets a size of four bytes', () => {
  const output = written(writer => encodeValue(writer, '€'.repeat(100)));
  assert.equal(hex(output.subarray(0, 8)), 'b10000012ce282ac');
  assert.equal(decoded(output), '€'.repeat(100));
});

/** Lists of one element in one another, around a null. */
function nested(depth: number): Uint8Array {
  const input = new Uint8Array(depth * 9 + 1).fill(0x40);
  const view = new DataView(input.buffer);
  for (let at = 0; at < depth * 9; at += 9) {
    input[at] = 0xd0;
    view.setUint32(at + 1, input.length - at - 5);
    view.setUint32(at + 5, 1);
  }
  return input;
}

test(`lists are nested ${VALUE_DEPTH_MAX} deep and no deeper`, () => {
  const deepest = nested(VALUE_DEPTH_MAX - 1);
  assert.doesNotThrow(() => decodeValue(deepest, 0, deepest.length));
  const deeper = nested(VALUE_DEPTH_MAX);
  refused(() => decodeValue(deeper, 0, deeper.length), 'amqp:decode-error', /nested deeper/);
  const veryDeep = nested(50_000);
  refused(() => decodeValue(veryDeep, 0, veryDeep.length), 'amqp:decode-error', /nested deeper/);
  assert.equal(skipValue(veryDeep, 0, veryDeep.length), veryDeep.length);
});

test('descriptors of descriptors are not followed without end', () => {
  const input = new Uint8Array(100_000);
  refused(() => decodeValue(input, 0, input.length), 'amqp:decode-error', /nested deeper/);
  refused(() => skipValue(input, 0, input.length), 'amqp:decode-error', /nested deeper/);
  const array = Uint8Array.of(0xf0, 0, 0x01, 0, 0, 0, 0, 0, 1, ...new Uint8Array(65_532));
  refused(() => decodeValue(array, 0, array.length), 'amqp:decode-error', /nested deeper/);
});

test(`at most ${ZERO_WIDTH_ELEMENTS_MAX} elements of a value take no bytes, however few bytes announce them`, () => {
  const many = bytes('f0000000050000100040');
  assert.equal((decoded(many) as AmqpArray).values.length, ZERO_WIDTH_ELEMENTS_MAX);
  const tooMany = bytes('f0000000050000100140');
  refused(() => decodeValue(tooMany, 0, tooMany.length), 'amqp:decode-error', /take no bytes/);
  const allBits = bytes('f000000005ffffffff45');
  refused(() => decodeValue(allBits, 0, allBits.length), 'amqp:decode-error', /take no bytes/);
  // The limit is for all arrays of one value together.
  const repeated = written(writer => {
    writer.raw(bytes('d00000005400000014'));
    for (let index = 0; index < 20; index++) writer.raw(bytes('e002ff41'));
  });
  refused(() => decodeValue(repeated, 0, repeated.length), 'amqp:decode-error', /take no bytes/);
});

const MALFORMED: [name: string, input: string][] = [
  ['nothing', ''],
  ['an unknown format code', '4f'],
  ['an unknown format code in an empty array', 'e002004f'],
  ['a boolean of 2', '5602'],
  ['a string that is not UTF-8', 'a102c328'],
  ['a string with an encoded surrogate', 'a103eda080'],
  ['a symbol beyond ASCII', 'a30180'],
  ['a character beyond Unicode', '7300110000'],
  ['a surrogate as a character', '730000d800'],
  ['a string longer than the input', 'a1ff61'],
  ['a binary with a size of 4 GB', 'b0ffffffff00'],
  ['a list with more elements than bytes', 'd000000005ffffffff40'],
  ['a list longer than its elements', 'c0030140 40'],
  ['a list shorter than its elements', 'c0020240 40'],
  ['a list without room for its count', 'c00040'],
  ['a list of four bytes’ size without room for its count', 'd00000000240404040'],
  ['a list whose element reaches beyond it', 'c0030150'],
  ['a map with a key that has no value', 'c1020140'],
  ['an array with more elements than bytes', 'f000000007ffffffff700102'],
  ['an array longer than its elements', 'e0050150010203'],
  ['an array without a constructor', 'e00100'],
  ['a described value without a value', '0053'],
];

for (const [name, input] of MALFORMED) {
  test(`${name} is refused`, () => {
    const given = bytes(input);
    refused(() => decodeValue(given, 0, given.length), 'amqp:decode-error');
  });
}

test('the map answers the value of a key that is a string or a symbol', () => {
  const map = new AmqpMap([
    [ulong(1), 'number'],
    ['a', 'string'],
    [symbol('b'), 'symbol'],
    [symbol('a'), 'later'],
  ]);
  assert.equal(map.get('a'), 'string');
  assert.equal(map.get('b'), 'symbol');
  assert.equal(map.get('1'), undefined);
});

test('plain values become AMQP values and come back', () => {
  const plain = { none: null, yes: true, small: 5, large: 2 ** 40, half: 0.5, text: 'é', list: [1, 'a'], bytes: new Uint8Array([1]) };
  const value = fromPlain(plain) as AmqpMap;
  assert.deepEqual(value.get('small'), new Typed('int', 5));
  assert.deepEqual(value.get('large'), new Typed('long', 2n ** 40n));
  assert.deepEqual(value.get('half'), new Typed('double', 0.5));
  assert.deepEqual(toPlain(value), plain);
  assert.deepEqual(fromPlain(new Date(5)), new Typed('timestamp', 5));
  assert.deepEqual(fromPlain(2n ** 63n), new Typed('ulong', 2n ** 63n));
  assert.deepEqual(fromPlain(new Map([[1, undefined]])), new AmqpMap([[new Typed('int', 1), null]]));
  assert.deepEqual(fromPlain(Symbol.for('x')), new AmqpSymbol('x'));
  assert.throws(() => fromPlain(() => 1), TypeError);
});

test('values of all types have a plain form', () => {
  assert.deepEqual(toPlain(new Described(ulong(5), symbol('x'))), { descriptor: 5, value: 'x' });
  assert.deepEqual(toPlain(new AmqpArray('string', ['x'], [ulong(5)])), [{ descriptor: 5, value: 'x' }]);
  assert.deepEqual(toPlain(new AmqpMap([[ulong(5), ulong(2n ** 60n)]])), new Map([[5, 2n ** 60n]]));
  assert.deepEqual(toPlain(new Typed('char', 0x1f600)), '😀');
  assert.deepEqual(Object.keys(toPlain(new AmqpMap([['__proto__', 'x']])) as object), ['__proto__']);
  fc.assert(fc.property(anyValue, value => assert.doesNotThrow(() => toPlain(value))));
});
