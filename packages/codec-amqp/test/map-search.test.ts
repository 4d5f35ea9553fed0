import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  AmqpDecodeError,
  AmqpMap,
  AmqpSymbol,
  type AmqpValue,
  encodeValue,
  findInMap,
  readScalar,
  skipValue,
  Typed,
  toPlain,
  uuidText,
} from '../src/index.ts';
import { anyMap, anyText, anyValue, written } from './arbitraries.ts';
import { bytes, refused } from './expect.ts';

/** What `readScalar` shall answer. */
function scalarOf(value: AmqpValue): unknown {
  if (value instanceof Typed) {
    if (value.type.startsWith('decimal')) return undefined;
    return value.type === 'uuid' ? uuidText(value.value as Uint8Array) : toPlain(value);
  }
  return typeof value === 'string' || typeof value === 'boolean' || value instanceof AmqpSymbol ? toPlain(value) : undefined;
}

test('[1, 1.6] a single value is read as its plain self, all others as nothing', () => {
  fc.assert(
    fc.property(anyValue, value => {
      const output = written(writer => encodeValue(writer, value));
      assert.deepEqual(readScalar(output, 0, output.length), scalarOf(value));
    }),
    { numRuns: 2000 },
  );
});

test('a long beyond the safe integers stays exact', () => {
  const output = written(writer => encodeValue(writer, new Typed('long', -(2n ** 62n) - 1n)));
  assert.equal(readScalar(output, 0, output.length), -(2n ** 62n) - 1n);
});

test('the key of a map is found where decoding finds it, be it a string or a symbol', () => {
  fc.assert(
    fc.property(anyMap, anyText, (map, other) => {
      const output = written(writer => encodeValue(writer, map));
      const names = map.entries.flatMap(([key]) => (typeof key === 'string' ? [key] : key instanceof AmqpSymbol ? [key.value] : []));
      for (const name of [...names, other]) {
        const value = map.get(name);
        const at = findInMap(output, 0, output.length, name);
        if (value === undefined) assert.equal(at, -1);
        else
          assert.deepEqual(
            output.slice(at, skipValue(output, at, output.length)),
            written(writer => encodeValue(writer, value)),
          );
      }
    }),
    { numRuns: 500 },
  );
});

test('names that begin like another one, and names beyond ASCII, are told apart', () => {
  const map = new AmqpMap([
    ['color', 'a'],
    ['colo', 'b'],
    ['größe', 'c'],
    ['gr', 'd'],
  ]);
  const output = written(writer => encodeValue(writer, map));
  const found = ['color', 'colo', 'größe', 'gr', 'col', 'größ', 'colors'].map(name => {
    const at = findInMap(output, 0, output.length, name);
    return at < 0 ? undefined : readScalar(output, at, output.length);
  });
  assert.deepEqual(found, ['a', 'b', 'c', 'd', undefined, undefined, undefined]);
});

test('[1, 1.6.23] a search in bytes that are no map, or end too early, is refused', () => {
  refused(() => findInMap(bytes('45'), 0, 1, 'a'), 'amqp:decode-error');
  refused(() => findInMap(new Uint8Array(0), 0, 0, 'a'), 'amqp:decode-error');
  refused(() => findInMap(bytes('c1 01 02'), 0, 3, 'a'), 'amqp:decode-error');
  refused(() => findInMap(bytes('c1 04 02 a1 01 61'), 0, 6, 'a'), 'amqp:decode-error');
  refused(() => findInMap(bytes('d1 00 00 00 04 ff ff ff fe'), 0, 9, 'a'), 'amqp:decode-error');
});

test('a search and a reading of any bytes end, and throw nothing but their own error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom('', 'a', 'ä'), (input, name) => {
      for (const attempt of [() => findInMap(input, 0, input.length, name), () => readScalar(input, 0, input.length)]) {
        try {
          attempt();
        } catch (error) {
          assert.ok(error instanceof AmqpDecodeError, String(error));
        }
      }
    }),
    { numRuns: 3000 },
  );
});
