import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { FieldValue } from '../../src/message/message-filter.ts';
import { type Truth, truthOf } from './truth.ts';

/**
 * A second way to evaluate selectors, to hold the first one against: random trees that know their text and their value. Null stands for nothing and
 * unknown; numbers are small, so that their arithmetic is exact.
 */
interface Node {
  readonly text: string;
  readonly value: string | number | boolean | null;
}

const FIELDS: Readonly<Record<string, FieldValue>> = { n: 3, m: -2, h: 0.5, s: 'ab', t: '%', yes: true, no: false };
const NOTHING = 'absent';

function leaf(text: string, value: Node['value']): Node {
  return { text, value };
}

const names = Object.keys(FIELDS);
const field = fc.constantFrom(...names, NOTHING).map(name => leaf(name, (FIELDS[name] as Node['value'] | undefined) ?? null));
const numberLeaf = fc.oneof(
  fc.integer({ min: -9, max: 9 }).map(value => leaf(String(value), value)),
  fc.constantFrom('n', 'm', 'h').map(name => leaf(name, FIELDS[name] as number)),
  fc.constant(leaf(NOTHING, null)),
);
const numberNode = (depth: number): fc.Arbitrary<Node> =>
  depth === 0
    ? numberLeaf
    : fc.oneof(
        numberLeaf,
        fc
          .tuple(numberNode(depth - 1), fc.constantFrom('+', '-', '*', '/'), numberNode(depth - 1))
          .map(([left, sign, right]) => leaf(`(${left.text} ${sign} ${right.text})`, arithmetic(sign, left.value, right.value))),
        numberNode(depth - 1).map(of => leaf(`(- ${of.text})`, of.value === null ? null : -(of.value as number))),
      );

function arithmetic(sign: string, left: Node['value'], right: Node['value']): number | null {
  if (typeof left !== 'number' || typeof right !== 'number') return null;
  const all: Record<string, number> = { '+': left + right, '-': left - right, '*': left * right, '/': left / right };
  return Number.isFinite(all[sign]) ? all[sign]! : null;
}

const anything = fc.oneof(
  numberNode(1),
  field,
  fc.constantFrom('ab', 'b', '').map(text => leaf(`'${text}'`, text)),
  fc.boolean().map(value => leaf(String(value).toUpperCase(), value)),
);

function compared(operator: string, left: Node['value'], right: Node['value']): boolean | null {
  if (left === null || right === null) return null;
  const sign = typeof left === typeof right ? (left < right ? -1 : left > right ? 1 : 0) : undefined;
  if (sign === undefined) return false;
  if (operator === '=') return sign === 0;
  if (operator === '<>') return sign !== 0;
  if (typeof left !== 'number') return false;
  return { '<': sign < 0, '<=': sign <= 0, '>': sign > 0, '>=': sign >= 0 }[operator]!;
}

const comparison = fc.oneof(
  fc.tuple(anything, fc.constantFrom('=', '<>'), anything),
  fc.tuple(fc.oneof(numberNode(1), field), fc.constantFrom('<', '<=', '>', '>='), fc.oneof(numberNode(1), field)),
);
const negated = fc.constantFrom('', 'NOT ');

function opposite(negation: string, value: boolean | null): boolean | null {
  return negation === '' || value === null ? value : !value;
}

const conditionLeaf: fc.Arbitrary<Node> = fc.oneof(
  comparison.map(([left, operator, right]) => leaf(`${left.text} ${operator} ${right.text}`, compared(operator, left.value, right.value))),
  fc.tuple(field, negated).map(([of, negation]) => leaf(`${of.text} IS ${negation}NULL`, opposite(negation, of.value === null))),
  fc
    .tuple(numberNode(1), negated, numberNode(1), numberNode(1))
    .map(([value, negation, low, high]) =>
      leaf(
        `${value.text} ${negation}BETWEEN ${low.text} AND ${high.text}`,
        opposite(negation, all([compared('>=', value.value, low.value), compared('<=', value.value, high.value)])),
      ),
    ),
  fc
    .tuple(field, negated, fc.array(fc.constantFrom('ab', 'b', '%'), { minLength: 1, maxLength: 3 }))
    .map(([of, negation, list]) =>
      leaf(
        `${of.text} ${negation}IN (${list.map(each => `'${each}'`).join(', ')})`,
        opposite(negation, of.value === null ? null : list.some(each => each === of.value)),
      ),
    ),
  fc.constantFrom('yes', 'no', NOTHING).map(name => leaf(name, (FIELDS[name] as boolean | undefined) ?? null)),
);

function all(values: readonly (boolean | null)[]): boolean | null {
  if (values.includes(false)) return false;
  return values.includes(null) ? null : true;
}

const conditionNode = (depth: number): fc.Arbitrary<Node> =>
  depth === 0
    ? conditionLeaf
    : fc.oneof(
        conditionLeaf,
        fc
          .array(conditionNode(depth - 1), { minLength: 2, maxLength: 3 })
          .map(of => leaf(`(${of.map(each => each.text).join(' AND ')})`, all(of.map(each => each.value as boolean | null)))),
        fc.array(conditionNode(depth - 1), { minLength: 2, maxLength: 3 }).map(of =>
          leaf(
            `(${of.map(each => each.text).join(' OR ')})`,
            // A OR B is NOT (NOT A AND NOT B).
            opposite('NOT ', all(of.map(each => opposite('NOT ', each.value as boolean | null)))),
          ),
        ),
        conditionNode(depth - 1).map(of => leaf(`NOT (${of.text})`, opposite('NOT ', of.value as boolean | null))),
      );

const TRUTHS: readonly [value: Node['value'], truth: Truth][] = [
  [true, 'true'],
  [false, 'false'],
  [null, 'unknown'],
];

test('[JMS 3.1, 3.8.1] selectors come to what their trees come to', () => {
  fc.assert(
    fc.property(conditionNode(3), node => {
      const expected = TRUTHS.find(([value]) => value === node.value)?.[1];
      assert.equal(truthOf(node.text, FIELDS), expected, node.text);
    }),
    { numRuns: 5000 },
  );
});

test('[JMS 3.1, 3.8.1.1] arithmetic without parentheses comes to what a script comes to', () => {
  const operand = fc.integer({ min: 1, max: 9 });
  const sign = fc.constantFrom('+', '-', '*');
  fc.assert(
    fc.property(operand, fc.array(fc.tuple(sign, operand), { maxLength: 8 }), (first, rest) => {
      const text = [first, ...rest.flat()].join(' ');
      let sum = 0;
      let product: number = first;
      for (const [operator, value] of rest) {
        if (operator === '*') product *= value;
        else {
          sum += product;
          product = operator === '+' ? value : -value;
        }
      }
      assert.equal(truthOf(`${text} = ${sum + product}`, {}), 'true', text);
    }),
    { numRuns: 1000 },
  );
});
