import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { jsonPatch, PATCH_OPERATIONS_MAX, PatchError } from '../../src/resources/json-patch.ts';

// The examples of RFC 6902, appendix A.
const EXAMPLES: readonly (readonly [string, unknown, readonly unknown[], unknown])[] = [
  ['A.1 adding an object member', { foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { baz: 'qux', foo: 'bar' }],
  ['A.2 adding an array element', { foo: ['bar', 'baz'] }, [{ op: 'add', path: '/foo/1', value: 'qux' }], { foo: ['bar', 'qux', 'baz'] }],
  ['A.3 removing an object member', { baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
  ['A.4 removing an array element', { foo: ['bar', 'qux', 'baz'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['bar', 'baz'] }],
  ['A.5 replacing a value', { baz: 'qux', foo: 'bar' }, [{ op: 'replace', path: '/baz', value: 'boo' }], { baz: 'boo', foo: 'bar' }],
  [
    'A.6 moving a value',
    { foo: { bar: 'baz', waldo: 'fred' }, qux: { corge: 'grault' } },
    [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }],
    { foo: { bar: 'baz' }, qux: { corge: 'grault', thud: 'fred' } },
  ],
  [
    'A.7 moving an array element',
    { foo: ['all', 'grass', 'cows', 'eat'] },
    [{ op: 'move', from: '/foo/1', path: '/foo/3' }],
    { foo: ['all', 'cows', 'eat', 'grass'] },
  ],
  [
    'A.8 testing a value: success',
    { baz: 'qux', foo: ['a', 2, 'c'] },
    [
      { op: 'test', path: '/baz', value: 'qux' },
      { op: 'test', path: '/foo/1', value: 2 },
    ],
    { baz: 'qux', foo: ['a', 2, 'c'] },
  ],
  [
    'A.10 adding a nested member object',
    { foo: 'bar' },
    [{ op: 'add', path: '/child', value: { grandchild: {} } }],
    { foo: 'bar', child: { grandchild: {} } },
  ],
  [
    'A.11 ignoring unrecognized elements',
    { foo: 'bar' },
    [{ op: 'add', path: '/baz', value: 'qux', xyz: 123 }],
    { foo: 'bar', baz: 'qux' },
  ],
  ['A.14 ~ escape ordering', { '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
  [
    'A.16 adding an array value',
    { foo: ['bar'] },
    [{ op: 'add', path: '/foo/-', value: ['abc', 'def'] }],
    { foo: ['bar', ['abc', 'def']] },
  ],
];

const REFUSED: readonly (readonly [string, unknown, RegExp])[] = [
  ['A.9 testing a value: error', [{ op: 'test', path: '/baz', value: 'bar' }], /operation 0: \/baz is not what is tested for/],
  ['A.12 adding to a nonexistent target', [{ op: 'add', path: '/no/bat', value: 'qux' }], /nothing at \/no\/bat/],
  ['A.15 comparing strings and numbers', [{ op: 'test', path: '/baz', value: 10 }], /not what is tested for/],
  ['an index beyond the end', [{ op: 'add', path: '/list/9', value: 1 }], /nothing at/],
  ['an index with a leading zero', [{ op: 'remove', path: '/list/00' }], /nothing at/],
  ['a place moved into itself', [{ op: 'move', from: '/child', path: '/child/x' }], /into itself/],
  ['what is inherited', [{ op: 'remove', path: '/__proto__' }], /nothing at/],
  ['an unknown operation', [{ op: 'increment', path: '/baz' }], /op is "increment"/],
  ['no list', { op: 'add' }, /list of operations/],
  ['a pointer without a slash', [{ op: 'remove', path: 'baz' }], /no pointer/],
];

describe('JSON patches', () => {
  for (const [name, document, operations, result] of EXAMPLES)
    test(`[RFC 6902, ${name.split(' ', 1)[0]}] ${name.slice(name.indexOf(' ') + 1)}`, () => {
      const before = structuredClone(document);
      assert.deepEqual(jsonPatch(document, operations), result);
      assert.deepEqual(document, before);
    });

  for (const [name, operations, words] of REFUSED)
    test(`refused: ${name}`, () => {
      const document = { baz: 'qux', list: [1], child: {} };
      assert.throws(() => jsonPatch(document, operations), words);
      assert.deepEqual(document, { baz: 'qux', list: [1], child: {} });
    });

  test('a name such as __proto__ is a member as any other', () => {
    const changed = jsonPatch({}, [{ op: 'add', path: '/__proto__', value: { admin: true } }]) as { admin?: boolean };
    assert.equal(changed.admin, undefined);
    assert.ok(Object.hasOwn(changed, '__proto__'));
  });

  test(`a patch has at most ${PATCH_OPERATIONS_MAX} operations`, () => {
    const operations = Array.from({ length: PATCH_OPERATIONS_MAX + 1 }, () => ({ op: 'test', path: '', value: {} }));
    assert.throws(() => jsonPatch({}, operations), PatchError);
  });

  test('whatever comes, it is applied or refused, and what was given stays', () => {
    const path = fc.oneof(fc.constantFrom('', '/a', '/a/0', '/a/-', '/b/c', '/~0', '/__proto__'), fc.string());
    const operation = fc.record(
      { op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'x'), path, from: path, value: fc.jsonValue() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 5 }), operations => {
        const document = { a: [1, { b: 2 }], b: { c: 'd' } };
        try {
          jsonPatch(document, operations);
        } catch (error) {
          assert.ok(error instanceof PatchError, String(error));
        }
        assert.deepEqual(document, { a: [1, { b: 2 }], b: { c: 'd' } });
      }),
    );
  });
});
