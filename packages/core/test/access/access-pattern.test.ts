import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type AccessPattern,
  compileAccessPattern,
  covers,
  exactly,
  meets,
  ofTopicFilter,
  refuseAccessPattern,
  widestAccessPattern,
} from '../../src/access/access-pattern.ts';

const SUBJECT = { user: 'ada', space: 'acme' };

/** The meaning of patterns, as a regular expression says it. */
function matches(pattern: string, name: string): boolean {
  if (/^[+#*]/.test(pattern) && name.startsWith('$')) return false;
  if (pattern === '*' || pattern === '#') return true;
  const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const levels = pattern.split('/');
  const last = levels.pop()!;
  const parts = levels.map(level => (level === '+' ? '[^/]*' : literal(level)));
  if (last === '#') return new RegExp(`^${parts.join('/')}(/.*)?$`, 's').test(name);
  if (last.endsWith('*')) return new RegExp(`^${[...parts, literal(last.slice(0, -1))].join('/')}`, 's').test(name);
  return new RegExp(`^${[...parts, last === '+' ? '[^/]*' : literal(last)].join('/')}$`, 's').test(name);
}

const word = fc.constantFrom('', 'a', 'b', 'ab', '$a', '$');
const name = fc.array(word, { minLength: 1, maxLength: 4 }).map(levels => levels.join('/'));
const levels = fc.array(fc.constantFrom('a', 'b', 'ab', '$a', '+', ''), { maxLength: 3 });
const filter = fc.tuple(levels, fc.constantFrom('a', '+', '#', 'ab', '$a')).map(([before, last]) => [...before, last].join('/'));
const rule = fc
  .tuple(levels, fc.constantFrom('a', '+', '#', 'ab', '$a', '*', 'a*', '$*'))
  .map(([before, last]) => [...before, last].join('/'));

/** All names of up to four levels, of the words that patterns above have, and one that none has. */
const NAMES: readonly string[] = (() => {
  const words = ['', 'a', 'b', 'ab', '$a', 'c'];
  let names = [...words];
  const all = [...names];
  for (let i = 0; i < 4; i++) {
    names = names.flatMap(one => words.map(next => `${one}/${next}`));
    all.push(...(i < 3 ? names : names.filter((_, at) => at % 7 === 0)));
  }
  return all;
})();

function compiled(pattern: string): AccessPattern {
  const found = compileAccessPattern(pattern, SUBJECT);
  assert.ok(found, pattern);
  return found;
}

test('a pattern has the names that its words say', () => {
  fc.assert(
    fc.property(rule, name, (pattern, one) => {
      assert.equal(covers(compiled(pattern), exactly(one)), matches(pattern, one));
      assert.equal(meets(compiled(pattern), exactly(one)), matches(pattern, one));
    }),
    { numRuns: 3000 },
  );
});

test('a pattern covers a filter when it has all of its names, and meets it when it has one', () => {
  fc.assert(
    fc.property(rule, filter, (pattern, of) => {
      // Both are all names; that the longer form is not said to cover the shorter one lets nobody in.
      fc.pre(!(pattern === '+/#' && of === '#'));
      const wanted = NAMES.filter(one => matches(of, one));
      const both = wanted.filter(one => matches(pattern, one));
      if (covers(compiled(pattern), ofTopicFilter(of))) assert.deepEqual(both, wanted);
      else assert.notEqual(both.length, wanted.length, `${pattern} has all of ${of}, and is not said to cover it`);
      assert.equal(meets(compiled(pattern), ofTopicFilter(of)), both.length > 0);
    }),
    { numRuns: 300 },
  );
});

test('a pattern that covers another has all of its names', () => {
  fc.assert(
    fc.property(rule, rule, (whole, part) => {
      if (!covers(compiled(whole), compiled(part))) return;
      for (const one of NAMES) if (matches(part, one)) assert.ok(matches(whole, one), `${whole} has not ${one}`);
    }),
    { numRuns: 300 },
  );
});

test('two patterns meet in the same way round and about', () => {
  fc.assert(
    fc.property(rule, rule, (one, other) => {
      const met = meets(compiled(one), compiled(other));
      assert.equal(meets(compiled(other), compiled(one)), met);
      if (!met) assert.ok(!NAMES.some(each => matches(one, each) && matches(other, each)), `${one} and ${other} meet`);
    }),
    { numRuns: 300 },
  );
});

test('what is put into a pattern is text of one level', () => {
  const of = (user: string): AccessPattern | undefined => compileAccessPattern('home/$' + '{user}/#', { user, space: 'acme' });
  assert.ok(covers(of('ada')!, exactly('home/ada/inbox')));
  assert.ok(!covers(of('ada')!, exactly('home/bob/inbox')));
  for (const user of ['', '+', '#', '*', 'a/b', 'ada/#', '$dynamic', 'a\nb', '$' + '{space}', '\ud800'])
    assert.equal(of(user), undefined, JSON.stringify(user));
});

test('a level with the name of somebody may be any level for those who may give the rule', () => {
  const widest = widestAccessPattern('home/$' + '{user}/#')!;
  assert.ok(covers(widest, exactly('home/anybody/inbox')));
  assert.ok(!covers(widest, exactly('other/anybody')));
  assert.ok(covers(widestAccessPattern('home/$' + '{user}-*')!, exactly('home/anybody/inbox')));
});

test('a pattern that says nothing clear is refused in words', () => {
  for (const wrong of ['', 'a/#/b', 'a#', 'a+b', 'a*b', '*a', 'a/*/b', '$' + '{group}/a', '$' + '{user', 'a\u0000', 'a'.repeat(1025)])
    assert.equal(typeof refuseAccessPattern(wrong), 'string', JSON.stringify(wrong));
  for (const right of ['*', '#', '+', 'a/b', 'a/+/#', 'orders*', 'a/b*', '$angarium/#', '$' + '{space}/$' + '{user}-*'])
    assert.equal(refuseAccessPattern(right), undefined, right);
});
