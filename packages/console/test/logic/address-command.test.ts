import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SPEC_FIELDS } from '@angarium/core';
import { Command } from 'commander';
import fc from 'fast-check';
import { addSpecFlags, specOfFlags } from '../../../cli/src/spec-flags.ts';
import { createCommand } from '../../src/logic/address-command.ts';
import { fieldsNotOf, SPEC_FIELDS as SHOWN_FIELDS } from '../../src/logic/spec-fields.ts';
import { wordsOf } from './shell-words.ts';

const count = fc.integer({ min: 1, max: 1e6 });
const name = fc.string({ minLength: 1 }).filter(text => !/^-|^\s|\s$|=/.test(text) && text.isWellFormed() && !text.includes('\0'));
/** Objects as JSON makes them. */
const plain = { noNullPrototype: true } as const;
const optional = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> => fc.option(value, { nil: undefined });
const spec = fc.record(
  {
    plan: name,
    messagesMax: count,
    bytesMax: count,
    messageSizeBytesMax: count,
    overflow: fc.constantFrom('block', 'reject', 'drop-oldest'),
    consumersMax: count,
    ttlDefaultMs: count,
    ttlMaxMs: count,
    redelivery: fc.record(
      {
        attemptsMax: count,
        delayMs: count,
        multiplier: fc.integer({ min: 1, max: 100 }),
        delayMaxMs: count,
        jitter: fc.constant(0.5),
      },
      plain,
    ),
    deadLetter: name,
    expiry: name,
    breaker: fc.record({ failures: count, pauseMs: count }, plain),
    consumers: fc.constantFrom('competing', 'single-active'),
    lastValueKey: name,
    nonDestructive: fc.constant(true),
    fairKey: name,
    duplicates: fc.record({ windowMs: count, idsMax: count }, plain),
    bindings: fc.array(name, { minLength: 1, maxLength: 3 }),
    diverts: fc.constant([
      { to: 'audit', selector: "colour = 'red'" },
      { to: 'b', move: true },
    ]),
    aliases: fc.array(name, { minLength: 1, maxLength: 3 }),
    retention: fc.record({ ageMs: count, bytesMax: count, messagesMax: count }, plain),
  },
  { requiredKeys: [], ...plain },
);

describe('the command that creates an address', () => {
  test('says all fields of its specification in options that the command line has', () => {
    fc.assert(
      fc.property(spec, optional(name), (declared, space = 'default') => {
        const words = wordsOf(createCommand('orders', declared, space));
        const command = addSpecFlags(new Command().exitOverride().argument('<name>').option('--space <name>'), 'address');
        command.parse(words.slice(3), { from: 'user' });
        assert.deepEqual(words.slice(0, 4), ['angarium', 'address', 'create', 'orders']);
        assert.deepEqual(specOfFlags(command.opts()), declared);
        assert.equal(command.opts().space ?? 'default', space);
      }),
    );
  });
});

describe('the fields of a form for an address', () => {
  test('are those that its type takes', () => {
    assert.deepEqual(SHOWN_FIELDS, SPEC_FIELDS);
    assert.ok(fieldsNotOf('queue').includes('retention') && !fieldsNotOf('queue').includes('deadLetter'));
  });
});
