import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileSelector } from '../../src/selector/compile-selector.ts';
import { SelectorError } from '../../src/selector/selector-error.ts';
import { errorOf, fieldsOf, filterOf } from './truth.ts';

const MISTAKES: readonly [text: string, position: number, words: RegExp][] = [
  ['', 0, /is empty/],
  ['   ', 3, /is empty/],
  ['color =', 7, /should stand here, and not the end/],
  ["color = 'blue", 8, /text has no end/],
  ['color = "blue', 8, /name has no end/],
  ["color == 'blue'", 7, /should stand here, and not =/],
  ["color != 'blue'", 6, /write <>/],
  ['color = NULL', 8, /write IS NULL/],
  ["color = 'blue' weight = 5", 15, /AND or OR/],
  ["(color = 'blue'", 15, /\) should stand here, and not the end/],
  ["color = 'blue')", 14, /should end before \)/],
  ['5', 0, /condition is wanted here, and this is a number/],
  ["'x' AND urgent", 0, /condition is wanted here, and this is a text/],
  ['urgent AND weight + 1', 11, /this is a number/],
  ['NOT 5', 4, /this is a number/],
  ["color < 'blue'", 8, /number is wanted here, and this is a text/],
  ["'a' + 1 = 2", 0, /number is wanted here/],
  ['(urgent = true) > 5', 0, /this is a condition/],
  ["weight BETWEEN 'a' AND 'b'", 15, /number is wanted here/],
  ['weight BETWEEN 1 OR 2', 17, /AND should stand here, and not OR/],
  ['color IN ()', 10, /should stand here/],
  ['color IN (red)', 10, /texts and numbers only/],
  ["color IN 'red'", 9, /\( should stand here, and not the text 'red'/],
  ['color LIKE 5', 11, /text in single quotes/],
  ["color LIKE 'a' ESCAPE 'xy'", 22, /one character/],
  ["color LIKE 'ab!' ESCAPE '!'", 11, /ends with its escape character/],
  ['weight NOT 5', 11, /BETWEEN, IN or LIKE/],
  ['weight IS 5', 10, /NULL should stand here/],
  ['weight = 5kg', 10, /A number ends here/],
  ['weight = 09', 9, /octal/],
  ['weight = 9223372036854775808', 9, /range of a long/],
  ['weight = 9223372036854775809', 9, /range of a long/],
  ['weight = -9223372036854775809', 10, /range of a long/],
  ['weight = #5', 9, /"#" has no meaning here/],
  ['convert_string_expressions: weight = #5', 37, /"#" has no meaning here/],
];

for (const [text, position, words] of MISTAKES)
  test(`${JSON.stringify(text)}: ${words.source}`, () => {
    const error = errorOf(text);
    assert.match(error.message, words);
    assert.match(error.message, new RegExp(`\\(at character ${position + 1}\\)$`));
    assert.equal(error.position, position);
  });

test('a selector that is nested too deep, too long, or has too long a list or pattern is refused', () => {
  assert.match(errorOf(`${'('.repeat(65)}urgent${')'.repeat(65)}`).message, /at most 64 deep/);
  assert.match(errorOf(`${'('.repeat(4000)}`).message, /at most 64 deep/);
  assert.match(errorOf(`${'NOT '.repeat(65)}urgent`).message, /at most 64 deep/);
  assert.match(errorOf(`1 = ${'- '.repeat(65)}x`).message, /at most 64 deep/);
  assert.match(errorOf(`${'1+'.repeat(64)}1 = 65`).message, /at most 64 operands/);
  assert.match(errorOf(`urgent${' '.repeat(8192)}`).message, /at most 8192 characters/);
  assert.match(errorOf(`x IN (${'1,'.repeat(1024)}1)`).message, /at most 1024 values/);
  assert.match(errorOf(`x LIKE '${'%'.repeat(513)}'`).message, /at most 512 characters/);
});

test('a selector at each of these limits is taken', () => {
  const fields = fieldsOf({ urgent: true, x: 1 });
  for (const text of [
    `${'('.repeat(64)}urgent${')'.repeat(64)}`,
    `${'NOT '.repeat(64)}urgent`,
    `${'1+'.repeat(63)}1 = 64`,
    `x IN (${'2,'.repeat(1023)}1)`,
    `urgent${' '.repeat(8186)}`,
    `x NOT LIKE '${'%'.repeat(512)}'`,
    Array.from({ length: 700 }, () => 'urgent').join(' AND '),
  ])
    assert.equal(filterOf(text).matches(fields), true, text.slice(0, 30));
});

test('any text is a selector or gets an error that says where', () => {
  const word = fc.constantFrom(
    ...['AND', 'OR', 'NOT', 'BETWEEN', 'IN', 'LIKE', 'ESCAPE', 'IS', 'NULL', 'TRUE', '(', ')', ',', '=', '<', '+', '-', '*', '/'],
    ...["'", '"', "'a'", '"b"', 'x', 'y.z', '1', '2.5', '0x', '1e', 'ü', '\u{1f600}', '\ud800'],
  );
  const anyText = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.array(word, { maxLength: 12 }).map(words => words.join(' ')),
    fc.array(word, { maxLength: 12 }).map(words => words.join('')),
  );
  fc.assert(
    fc.property(anyText, text => {
      const compiled = compileSelector(text);
      if (compiled instanceof SelectorError) assert.ok(compiled.position >= 0 && compiled.position <= text.length, text);
      else assert.equal(typeof compiled.matches(fieldsOf({ x: 1, 'y.z': 'a', b: true })), 'boolean');
    }),
    { numRuns: 5000 },
  );
});
