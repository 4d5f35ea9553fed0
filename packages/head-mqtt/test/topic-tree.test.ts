import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuseTopicFilter, refuseTopicName, TOPIC_FILTER_LEVELS_MAX, topicMatches } from '@angarium/codec-mqtt';
import { TopicTree } from '@angarium/core';
import fc from 'fast-check';

function matched<T>(tree: TopicTree<T>, name: string): T[] {
  const values: T[] = [];
  tree.match(name, value => values.push(value));
  return values.sort();
}

const level = fc.constantFrom('', 'a', 'b', '$a', '__proto__');
const anyName = fc.array(level, { minLength: 1, maxLength: 5 }).map(levels => levels.join('/') || '/');
const anyFilter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant('+')), { maxLength: 5 }), fc.boolean())
  .map(([levels, hash]) => (hash ? [...levels, '#'] : levels).join('/') || '/');

test('the tree finds what topicMatches finds, one filter after the other', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(anyFilter, fc.nat(20)), { maxLength: 40 }),
      fc.array(anyName, { minLength: 1, maxLength: 10 }),
      (pairs, names) => {
        const tree = new TopicTree<string>();
        const unique = new Map(pairs.map(([filter, number]) => [`${filter} ${number}`, filter]));
        for (const [value, filter] of unique) {
          assert.equal(tree.add(filter, value), true);
          assert.equal(tree.add(filter, value), false);
        }
        assert.equal(tree.size, unique.size);
        for (const name of names) {
          const expected = [...unique].filter(([, filter]) => topicMatches(filter, name)).map(([value]) => value);
          assert.deepEqual(matched(tree, name), expected.sort());
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('after any adding and removing the tree holds what a plain list holds, and at last no nodes', () => {
  const step = fc.tuple(fc.boolean(), anyFilter, fc.nat(30));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), anyName, (steps, name) => {
      const tree = new TopicTree<string>();
      const list = new Map<string, readonly [string, string]>();
      for (const [adding, filter, number] of steps) {
        const value = String(number).padStart(2, '0');
        const key = `${filter} ${value}`;
        if (adding) assert.equal(tree.add(filter, value), !list.has(key));
        else assert.equal(tree.remove(filter, value), list.has(key));
        if (adding) list.set(key, [filter, value]);
        else list.delete(key);
      }
      assert.equal(tree.size, list.size);
      const expected = [...list.values()].filter(([filter]) => topicMatches(filter, name)).map(([, value]) => value);
      assert.deepEqual(matched(tree, name), expected.sort());
      for (const [filter, value] of list.values()) assert.equal(tree.remove(filter, value), true);
      assert.equal(tree.size, 0);
      assert.equal(tree.nodes, 0);
    }),
    { numRuns: 300 },
  );
});

test('a filter with many values loses any of them, and keeps the others', () => {
  for (const filter of ['a/b', 'a/+', 'a/#']) {
    const tree = new TopicTree<number>();
    for (let value = 0; value < 1000; value++) tree.add(filter, value);
    for (let value = 0; value < 1000; value += 3) assert.equal(tree.remove(filter, value), true);
    for (let value = 0; value < 1000; value += 3) assert.equal(tree.remove(filter, value), false);
    const left = new Set(Array.from({ length: 1000 }, (_, value) => value).filter(value => value % 3 !== 0));
    assert.deepEqual(new Set(matched(tree, 'a/b')), left);
    assert.equal(tree.size, left.size);
  }
});

test('what is visited may be removed while it is, and nothing is visited twice or left out', () => {
  const tree = new TopicTree<number>();
  for (let value = 0; value < 40; value++) tree.add('a/+', value);
  const visited: number[] = [];
  tree.match('a/b', value => {
    visited.push(value);
    if (value % 2 === 0) tree.remove('a/+', value);
  });
  assert.deepEqual(
    visited.toSorted((a, b) => a - b),
    Array.from({ length: 40 }, (_, value) => value),
  );
  assert.equal(tree.size, 20);
});

test('a search within a search finds its own', () => {
  const tree = new TopicTree<string>();
  tree.add('a/+', 'outer');
  tree.add('b/#', 'inner');
  const visited: string[] = [];
  tree.match('a/x', outer => {
    visited.push(outer);
    tree.match('b/x', inner => visited.push(inner));
  });
  assert.deepEqual(visited, ['outer', 'inner']);
});

test('a value whose filters overlap is visited once for each', () => {
  const tree = new TopicTree<string>();
  for (const filter of ['a/b', 'a/+', '+/b', '#']) tree.add(filter, 'one');
  assert.deepEqual(matched(tree, 'a/b'), ['one', 'one', 'one', 'one']);
});

test('a filter that is too deep for a search is our own mistake', () => {
  const tree = new TopicTree<string>();
  assert.throws(
    () =>
      tree.add(
        Array(TOPIC_FILTER_LEVELS_MAX + 1)
          .fill('+')
          .join('/'),
        'a',
      ),
    RangeError,
  );
  assert.equal(tree.nodes, 0);
});

test('names of any depth are searched, and filters of the greatest depth found', () => {
  const tree = new TopicTree<string>();
  const deepest = Array(TOPIC_FILTER_LEVELS_MAX).fill('+').join('/');
  tree.add(deepest, 'deepest');
  tree.add('#', 'all');
  assert.deepEqual(matched(tree, deepest.replaceAll('+', 'a')), ['all', 'deepest']);
  assert.deepEqual(matched(tree, '/'.repeat(65_535)), ['all']);
});

test('a search never sees a node twice, however filters overlap', () => {
  const tree = new TopicTree<number>();
  // All ways to write twelve levels as a or +, and as many names with no match at the end.
  for (let bits = 0; bits < 4096; bits++) {
    const levels = Array.from({ length: 12 }, (_, index) => ((bits >> index) & 1 ? 'a' : '+'));
    tree.add([...levels, 'end', '+'].join('/'), bits);
  }
  assert.equal(matched(tree, 'a/'.repeat(12)).length, 0);
  assert.equal(matched(tree, `${'a/'.repeat(12)}end/x`).length, 4096);
});

test('any text is refused as a topic or can be added, found and removed', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('/', '+', '#', '$', 'a', 'share', '\0', '\ud800'), maxLength: 12 }), topic => {
      const tree = new TopicTree<string>();
      if (refuseTopicFilter(topic) === undefined) {
        assert.ok(tree.add(topic, topic));
        assert.ok(tree.remove(topic, topic));
        assert.equal(tree.nodes, 0);
      }
      tree.add('#', 'all');
      if (refuseTopicName(topic) === undefined) {
        let found = 0;
        tree.match(topic, () => found++);
        assert.equal(found, topic.startsWith('$') ? 0 : 1);
      }
    }),
    { numRuns: 2000 },
  );
});
