import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LateMap } from '../src/late-map.ts';
import { LateSet } from '../src/late-set.ts';

const STEP = fc.record({ what: fc.constantFrom('set', 'delete', 'clear'), key: fc.integer({ min: 0, max: 5 }), value: fc.integer() });

test('a late map is as a map is, whatever is put in and taken out', () => {
  fc.assert(
    fc.property(fc.array(STEP), steps => {
      const late = new LateMap<number, number>();
      const map = new Map<number, number>();
      for (const { what, key, value } of steps) {
        if (what === 'delete') assert.equal(late.delete(key), map.delete(key));
        else if (what === 'clear') for (const each of [late, map]) each.clear();
        else for (const each of [late, map]) each.set(key, value);
        assert.equal(late.size, map.size);
        assert.equal(late.has(key), map.has(key));
        assert.equal(late.get(key), map.get(key));
        assert.deepEqual([...late], [...map]);
        assert.deepEqual([...late.keys()], [...map.keys()]);
        assert.deepEqual([...late.values()], [...map.values()]);
        const visited: [number, number][] = [];
        late.forEach((of, at) => {
          visited.push([at, of]);
        });
        assert.deepEqual(visited, [...map]);
      }
    }),
  );
});

test('a late set is as a set is, whatever is put in and taken out', () => {
  fc.assert(
    fc.property(fc.array(STEP), steps => {
      const late = new LateSet<number>();
      const set = new Set<number>();
      for (const { what, key } of steps) {
        if (what === 'set') for (const each of [late, set]) each.add(key);
        else assert.equal(late.delete(key), set.delete(key));
        assert.equal(late.size, set.size);
        assert.equal(late.has(key), set.has(key));
        assert.deepEqual([...late], [...set]);
      }
    }),
  );
});

test('what one empty map is given is in no other', () => {
  const [one, other] = [new LateMap<string, number>(), new LateMap<string, number>()];
  one.set('a', 1);
  assert.equal(other.size, 0);
  assert.deepEqual([...other], []);
});
