import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NO_SOURCE } from '@angarium/core';
import fc from 'fast-check';
import type { OutgoingLink } from '../src/outgoing-link.ts';
import { UnsettledWindow } from '../src/unsettled-window.ts';

/** The window only counts on a link: nothing else of it is needed. */
function link(): OutgoingLink {
  return { unsettled: 0 } as OutgoingLink;
}

type Step =
  | { readonly kind: 'add'; readonly link: number; readonly skip: number; readonly count: number }
  | { readonly kind: 'take'; readonly from: number; readonly width: number }
  | { readonly kind: 'take-all'; readonly link: number };

const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('add' as const), link: fc.nat(2), skip: fc.nat(3), count: fc.nat(200) }),
    fc.record({ kind: fc.constant('take' as const), from: fc.integer({ min: -300, max: 300 }), width: fc.nat(300) }),
    fc.record({ kind: fc.constant('take-all' as const), link: fc.nat(2) }),
  ),
  { maxLength: 40 },
);

describe('UnsettledWindow', () => {
  test('behaves like a map by delivery-id, also over the wrap-around of ids', () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 77, 0x7fff_ff80, 0xffff_ff80), steps, (origin, all: Step[]) => {
        const window = new UnsettledWindow();
        const links = [link(), link(), link()];
        const model = new Map<number, number>();
        let next = origin;
        for (const step of all) {
          switch (step.kind) {
            case 'add':
              next = (next + step.skip) >>> 0;
              for (let i = 0; i < step.count; i++) {
                window.add(next, links[step.link]!, NO_SOURCE, next % 1000);
                model.set(next, step.link);
                next = (next + 1) >>> 0;
              }
              break;
            case 'take': {
              const first = (next + step.from) >>> 0;
              const last = (first + step.width) >>> 0;
              const seen: number[] = [];
              window.each(first, last, (one, id) => {
                assert.equal(one, links[model.get(id)!]);
                seen.push(id);
              });
              const taken: number[] = [];
              window.take(first, last, (one, _source, token, id) => {
                assert.equal(one, links[model.get(id)!]);
                assert.equal(token, id % 1000);
                taken.push(id);
              });
              const expected = [...model.keys()].filter(id => (id - first) >>> 0 <= step.width);
              assert.deepEqual(
                taken.toSorted((a, b) => a - b),
                expected.toSorted((a, b) => a - b),
              );
              assert.deepEqual(seen, taken);
              for (const id of taken) model.delete(id);
              break;
            }
            case 'take-all': {
              const taken: number[] = [];
              window.takeAll(links[step.link], (_source, _token, id) => taken.push(id));
              const expected = [...model].filter(([, of]) => of === step.link).map(([id]) => id);
              assert.deepEqual(
                taken.toSorted((a, b) => a - b),
                expected.toSorted((a, b) => a - b),
              );
              for (const id of taken) model.delete(id);
              break;
            }
          }
          assert.equal(window.size, model.size);
          for (const [at, one] of links.entries()) assert.equal(window.oldestOf(one), [...model].find(([, of]) => of === at)?.[0]);
          for (const id of [next, (next - 1) >>> 0, (next - 150) >>> 0]) assert.equal(window.has(id), model.has(id));
          links.forEach((one, index) => {
            assert.equal(one.unsettled, [...model.values()].filter(of => of === index).length);
          });
        }
      }),
    );
  });

  test('one delivery that is never settled does not make the window grow, and is still found', () => {
    const window = new UnsettledWindow();
    const one = link();
    const first = 0xffff_0000;
    window.add(first, one, NO_SOURCE, 7);
    let id = first;
    for (let i = 0; i < 200_000; i++) {
      id = (id + 1) >>> 0;
      window.add(id, one, NO_SOURCE, 0);
      window.take(id, id, () => {});
    }
    assert.equal(window.size, 1);
    assert.equal(window.has(first), true);
    const seen: number[] = [];
    window.each(0, 0xffff_ffff, (_link, seenId) => seen.push(seenId));
    assert.deepEqual(seen, [first]);
    const taken: number[] = [];
    window.take(first, first, (_link, _source, token) => taken.push(token));
    assert.deepEqual(taken, [7]);
    assert.equal(window.size, 0);
  });

  test('a range as wide as all ids takes everything, at once', () => {
    const window = new UnsettledWindow();
    const one = link();
    for (let id = 0; id < 1000; id++) window.add(id, one, NO_SOURCE, id);
    let taken = 0;
    window.take(0, 0xffff_ffff, () => taken++);
    assert.equal(taken, 1000);
  });
});
