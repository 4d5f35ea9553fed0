import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { mergePatchOf, whatIsSaid, withField } from '../../src/logic/document-change.ts';
import { readText, writeText } from '../../src/logic/document-text.ts';
import { fieldsOf, fieldTitle, shapeOf } from '../../src/logic/json-schema.ts';
import { specWords } from '../../src/logic/spec-words.ts';

type Fields = Record<string, unknown>;

/** A merge patch applied as RFC 7396, section 2 has it. */
function applied(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Fields = typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...(target as Fields) } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = applied(result[name], value);
  }
  return result;
}

const key = fc.constantFrom('a', 'b', 'c', 'd');
const fields = fc.letrec<{ fields: Fields; value: unknown }>(tie => ({
  fields: fc.dictionary(key, tie('value'), { noNullPrototype: true, maxKeys: 4 }),
  value: fc.oneof({ depthSize: 'small' }, fc.integer(), fc.string(), fc.boolean(), fc.array(fc.integer(), { maxLength: 3 }), tie('fields')),
})).fields;

describe('a change of a document', () => {
  test('[RFC 7396] is a merge patch that makes one of the other', () => {
    fc.assert(fc.property(fields, fields, (before, after) => assert.deepEqual(applied(before, mergePatchOf(before, after)), after)));
  });

  test('leaves alone what is not shown', () => {
    const stored = { credentials: { user: 'branch', password: 'secret' }, host: 'a' };
    const patch = mergePatchOf({ credentials: { user: 'branch' }, host: 'a' }, { credentials: { user: 'other' }, host: 'a' });
    assert.deepEqual(patch, { credentials: { user: 'other' } });
    assert.deepEqual(applied(stored, patch), { credentials: { user: 'other', password: 'secret' }, host: 'a' });
  });

  test('says nothing of fields that were left empty, and keeps their order', () => {
    assert.deepEqual(whatIsSaid({ a: '', b: undefined, c: ['x', ''], tls: {}, n: 0, no: false }), { c: ['x'], tls: {}, n: 0, no: false });
    assert.deepEqual(Object.keys(withField({ a: 1, b: 2 }, 'a', 3)), ['a', 'b']);
    assert.deepEqual(withField({ a: 1, b: 2 }, 'a', undefined), { b: 2 });
  });
});

describe('a document that is typed', () => {
  test('is read as it was written', () => {
    const spec = { rules: [{ actions: ['send'], addresses: ['news/#', 'yes'] }] };
    const document = { metadata: { name: 'readers', labels: { team: 'blue' } }, spec };
    assert.deepEqual(readText('Role', writeText('Role', document)), { document });
  });

  test('says what is wrong with it before the server does', () => {
    const wrong = (text: string): string => (readText('Role', text) as { wrong: string }).wrong;
    assert.match(wrong('a: [1'), /^This is not YAML/);
    assert.match(wrong('just text'), /apiVersion, kind, metadata and spec/);
    assert.match(wrong('kind: User\nmetadata: { name: a }'), /The kind is User/);
    assert.match(wrong('kind: Role'), /metadata\.name is missing/);
    assert.match(wrong('metadata: { name: a }\nspec: 1'), /spec/);
  });
});

describe('a form made from a schema', () => {
  test('asks for each value as it has to be', () => {
    const choice = { anyOf: [{ const: 'in' }, { const: 'out' }] };
    assert.deepEqual(shapeOf(choice), { shape: 'choice', values: ['in', 'out'] });
    assert.deepEqual(shapeOf({ type: 'array', items: choice }), { shape: 'choices', values: ['in', 'out'] });
    assert.equal(shapeOf({ type: 'array', items: { type: 'string' } }).shape, 'texts');
    assert.equal(shapeOf({ type: 'string', maxLength: 1_000_000 }).shape, 'long-text');
    assert.equal(shapeOf({ type: 'object', properties: {} }).shape, 'group');
    assert.equal(shapeOf({ type: 'array', items: { type: 'object', properties: {} } }).shape, 'list');
    assert.equal(shapeOf({ type: 'object' }).shape, 'other');
    assert.deepEqual(shapeOf({ type: 'integer', minimum: 1 }), { shape: 'number', minimum: 1, maximum: undefined, whole: true });
  });

  test('begins with what has to be there, and calls fields what people do', () => {
    const schema = { properties: { port: { type: 'integer' }, host: { type: 'string' } }, required: ['host'] };
    assert.deepEqual(
      fieldsOf(schema).map(([name]) => name),
      ['host', 'port'],
    );
    assert.deepEqual(['ttlMaxMs', 'messagesMax', 'tls', 'ca'].map(fieldTitle), ['TTL max (ms)', 'Messages max', 'TLS', 'CA']);
  });

  test('what it says fits into a line', () => {
    assert.equal(
      specWords({ messagesMax: 1000, ttlMaxMs: 5, redelivery: { attemptsMax: 5 }, nonDestructive: true, bindings: ['a', 'b'] }),
      'messages max 1,000, TTL max (ms) 5, redelivery (attempts max 5), non destructive yes, bindings (a, b)',
    );
  });
});
