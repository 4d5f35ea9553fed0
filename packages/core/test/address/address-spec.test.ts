import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AddressSpec } from '../../src/address/address.ts';
import { ALIASES_MAX, BINDINGS_MAX, DIVERTS_MAX, refuseAddressSpec, SPEC_FIELDS, sameSpec } from '../../src/address/address-spec.ts';

function words(spec: AddressSpec): string {
  const refusal = refuseAddressSpec('a', spec);
  assert.equal(refusal?.code, 'address-spec-invalid', JSON.stringify(spec));
  return refusal.description;
}

function assertTaken(spec: AddressSpec): void {
  assert.equal(refuseAddressSpec('a', spec), undefined, JSON.stringify(spec));
}

const WHOLE: AddressSpec = {
  type: 'queue',
  plan: 'gold',
  messagesMax: 10,
  bytesMax: 1000,
  messageSizeBytesMax: 100,
  overflow: 'reject',
  consumersMax: 3,
  ttlDefaultMs: 1000,
  ttlMaxMs: 2000,
  redelivery: { attemptsMax: 3, delayMs: 100, multiplier: 2, delayMaxMs: 1000, jitter: 0.5 },
  deadLetter: 'dead',
  expiry: 'expired',
  breaker: { failures: 5, pauseMs: 1000 },
  consumers: 'competing',
  lastValueKey: 'key',
  fairKey: 'key',
  duplicates: { windowMs: 60_000 },
  bindings: ['#', 'a/+/b', 'c/#'],
  diverts: [{ to: 'other', move: true }],
  aliases: ['b', 'c/d'],
};

describe('the specification of an address', () => {
  test('a queue takes every field but what leaves messages where they are', () => {
    assertTaken(WHOLE);
    assertTaken({ type: 'queue', nonDestructive: true, lastValueKey: 'key', overflow: 'drop-oldest', messagesMax: 5 });
  });

  test('a field that the type does not take is refused by name, with the types that do', () => {
    assert.match(words({ type: 'topic', lastValueKey: 'key' }), /lastValueKey means nothing to a topic, it is for a queue: leave it out/);
    assert.match(words({ type: 'anycast', messagesMax: 5 }), /messagesMax means nothing to an anycast, it is for a queue or a topic/);
    assert.match(words({ type: 'queue', colour: 'red' } as unknown as AddressSpec), /there is no field colour/);
    for (const [field, types] of Object.entries(SPEC_FIELDS))
      if (!types.includes('multicast')) assert.match(words({ type: 'multicast', [field]: [] }), new RegExp(`${field} means nothing`));
  });

  test('what is undefined is absent', () => {
    assertTaken({ type: 'anycast', messagesMax: undefined } as unknown as AddressSpec);
  });

  for (const [what, spec, expected] of [
    ['an overload policy without a limit', { overflow: 'reject' }, /never full: set messagesMax or bytesMax/],
    ['a time to live that is longer than the longest', { ttlDefaultMs: 2, ttlMaxMs: 1 }, /ttlDefaultMs is longer than ttlMaxMs/],
    ['a longest delay below the first', { redelivery: { delayMs: 5, delayMaxMs: 4 } }, /delayMaxMs is shorter/],
    ['a multiplier of no delay', { redelivery: { multiplier: 2 } }, /set redelivery.delayMs/],
    ['dead letters to itself', { deadLetter: 'a' }, /deadLetter is the address itself/],
    ['expired messages to itself', { expiry: 'a' }, /expiry is the address itself/],
    ['dead letters to a name that no address may have', { deadLetter: 'a*' }, /deadLetter: .* wildcard/],
    [
      'redelivery of what nobody takes away',
      { nonDestructive: true, redelivery: { attemptsMax: 1 } },
      /redelivery would never do anything/,
    ],
    ['fair shares of one consumer', { consumers: 'single-active', fairKey: 'k' }, /one at a time/],
    ['two keys of a message', { fairKey: 'a', lastValueKey: 'b' }, /name the same/],
    ['a successor that is not let in', { consumers: 'single-active', consumersMax: 1 }, /nobody to take over/],
    ['its own name as an alias', { aliases: ['a'] }, /own name/],
    ['the same alias twice', { aliases: ['b', 'b'] }, /b twice/],
    ['an alias with a wildcard', { aliases: ['b#'] }, /aliases: .* wildcard/],
    ['too many aliases', { aliases: Array.from({ length: ALIASES_MAX + 1 }, (_, at) => `n${at}`) }, /more than 100/],
    ['a pattern in the middle of which everything is', { bindings: ['a/#/b'] }, /bindings: .* wildcard/],
    ['the same pattern twice', { bindings: ['#', '#'] }, /# twice/],
    ['too many patterns', { bindings: Array.from({ length: BINDINGS_MAX + 1 }, (_, at) => `n${at}`) }, /more than 1000/],
    ['a divert to nowhere', { diverts: [{ to: '' }] }, /diverts: .* empty/],
    ['too many diverts', { diverts: Array.from({ length: DIVERTS_MAX + 1 }, () => ({ to: 'b' })) }, /more than 100/],
  ] as const)
    test(`${what} is refused with what to do`, () => {
      assert.match(words({ type: 'queue', ...spec } as AddressSpec), expected);
    });

  test('two are the same when they say the same, in whatever order', () => {
    const shuffled = JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(WHOLE).reverse()))) as AddressSpec;
    assert.ok(sameSpec(WHOLE, shuffled));
    assert.ok(sameSpec({ type: 'queue' }, { type: 'queue', messagesMax: undefined }));
    for (const [field, value] of Object.entries(WHOLE)) {
      assert.ok(!sameSpec(WHOLE, { ...WHOLE, [field]: undefined }), `${field} is missing`);
      assert.ok(!sameSpec(WHOLE, { ...WHOLE, [field]: Array.isArray(value) ? [...value, 'x'] : 'x' }), `${field} differs`);
    }
    assert.ok(!sameSpec({ redelivery: { delayMs: 1 } }, { redelivery: { delayMs: 2 } }));
    assert.ok(!sameSpec(['a', 'b'], ['b', 'a']), 'the order of a list counts');
    assert.ok(!sameSpec([], {}));
    assert.ok(!sameSpec(null, {}));
  });
});
