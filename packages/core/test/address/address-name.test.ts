import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ADDRESS_NAME_LENGTH_MAX, refuseAddressName } from '../../src/address/address-name.ts';

describe('address names', () => {
  const good = ['a', 'orders', 'Orders', 'eu/orders/new', 'with space inside', 'ünïcödé', '訂單', 'a.b:c-d_e', 'x'.repeat(255), 'a/$b'];
  for (const name of good)
    test(`${JSON.stringify(name.slice(0, 20))} is a name`, () => {
      assert.equal(refuseAddressName(name), undefined);
    });

  const bad: [string, RegExp][] = [
    ['', /is empty/],
    ['x'.repeat(256), /longer than 255/],
    ['$dynamic/x', /begins with \$/],
    ['$management', /begins with \$/],
    [' a', /white space/],
    ['a ', /white space/],
    ['\u00a0a', /white space/],
    ['/a', /empty level/],
    ['a/', /empty level/],
    ['a//b', /empty level/],
    ['/', /empty level/],
    ['a\u0000b', /control/],
    ['a\nb', /control/],
    ['a\u0085b', /control/],
    ['a\ud800b', /control/],
    ['a\uffff', /control/],
    ['a/*', /wildcard/],
    ['#', /wildcard/],
    ['a+b', /wildcard/],
  ];
  for (const [name, why] of bad)
    test(`${JSON.stringify(name.slice(0, 20))} is refused: ${why.source}`, () => {
      const refusal = refuseAddressName(name);
      assert.equal(refusal?.code, 'address-name-invalid');
      assert.match(refusal.description, why);
    });

  test('any string is a name or is refused, with a description that is no longer than the name may be', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), name => {
        const refusal = refuseAddressName(name);
        if (refusal) assert.ok(refusal.description.length < 6 * ADDRESS_NAME_LENGTH_MAX + 200);
        else assert.ok(name.length > 0 && name.length <= ADDRESS_NAME_LENGTH_MAX && !name.startsWith('$'));
      }),
      { numRuns: 500 },
    );
  });
});
