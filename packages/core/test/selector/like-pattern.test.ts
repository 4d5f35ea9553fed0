import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LikePattern } from '../../src/selector/like-pattern.ts';
import { SELECTOR_LIKE_LENGTH_MAX } from '../../src/selector/limits.ts';

/** The same by a regular expression, which is right but may take for ever. */
function byExpression(pattern: string, escaping: string | undefined, text: string): boolean {
  let source = '';
  const units = [...pattern];
  for (let at = 0; at < units.length; at++) {
    const unit = units[at]!;
    const plain = unit === escaping ? units[++at]! : undefined;
    if (plain !== undefined) source += plain.replace(/[$()*+./?[\\\]^{|}-]/g, '\\$&');
    else if (unit === '%') source += '.*';
    else if (unit === '_') source += '.';
    else source += unit.replace(/[$()*+./?[\\\]^{|}-]/g, '\\$&');
  }
  return new RegExp(`^${source}$`, 'su').test(text);
}

test('[JMS 3.1, 3.8.1.1] the examples of the specification hold', () => {
  const phone = new LikePattern('12%3', undefined);
  assert.deepEqual(
    ['123', '12993', '1234'].map(text => phone.matches(text)),
    [true, true, false],
  );
  const word = new LikePattern('l_se', undefined);
  assert.deepEqual(
    ['lose', 'loose'].map(text => word.matches(text)),
    [true, false],
  );
  const underscored = new LikePattern('\\_%', '\\');
  assert.deepEqual(
    ['_foo', 'bar'].map(text => underscored.matches(text)),
    [true, false],
  );
});

test('patterns match what a regular expression matches, also characters of two UTF-16 units', () => {
  const character = fc.constantFrom('a', 'a', 'b', '%', '_', '!', '\n', '.', '\u{1f600}', '\u{1f601}');
  const anyPattern = fc.array(fc.oneof(character, fc.constantFrom('!%', '!_', '!!')), { maxLength: 8 }).map(parts => parts.join(''));
  const anyText = fc.array(character, { maxLength: 10 }).map(parts => parts.join(''));
  fc.assert(
    fc.property(anyPattern, anyText, fc.boolean(), (pattern, text, escaped) => {
      // A pattern does not end with its escape character: the parser refuses that.
      const escaping = escaped && !/(?<!!)(!!)*!$/.test(pattern) ? '!' : undefined;
      assert.equal(new LikePattern(pattern, escaping).matches(text), byExpression(pattern, escaping, text));
    }),
    { numRuns: 10_000 },
  );
});

test('a pattern made to go back and forth takes no more steps than the product of the lengths', () => {
  const pattern = '%a'.repeat(SELECTOR_LIKE_LENGTH_MAX / 2 - 1).concat('%b');
  const text = 'a'.repeat(200_000);
  const start = performance.now();
  assert.equal(new LikePattern(pattern, undefined).matches(text), false);
  assert.equal(new LikePattern(`%${'a'.repeat(255)}b%`, undefined).matches(text.slice(0, 100_000)), false);
  assert.ok(performance.now() - start < 10_000);
});
