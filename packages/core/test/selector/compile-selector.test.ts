import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FieldValue } from '../../src/message/message-filter.ts';
import { fieldsOf, filterOf, type Truth, truthOf } from './truth.ts';

const MESSAGE: Readonly<Record<string, FieldValue>> = {
  color: 'blue',
  weight: 5,
  price: 2.5,
  big: 2n ** 60n,
  urgent: true,
  cold: false,
  quoted: "it's",
  numeric: '7',
  $_ü: 1,
  JMSPriority: 6,
  'properties.group-id': 'g',
};

function table(rows: readonly (readonly [text: string, truth: Truth])[]): void {
  for (const [text, truth] of rows)
    test(`${text.replaceAll(/\s+/g, ' ')} is ${truth}`, () => {
      assert.equal(truthOf(text, MESSAGE), truth);
    });
}

describe('[JMS 3.1, 3.8.1.1] literals', () => {
  table([
    ["color = 'blue'", 'true'],
    ["quoted = 'it''s'", 'true'],
    ['weight = 5 AND weight = 5L AND weight = +5', 'true'],
    ['weight = 0x5 AND weight = 05 AND weight = 5.0 AND weight = 5. AND weight = 0.5E1 AND weight = 5d AND weight = 50e-1f', 'true'],
    ['weight = 012', 'false'],
    ['-weight = -5', 'true'],
    ['price = 2.5 AND price = 25E-1 AND price > .5', 'true'],
    ['big = 1152921504606846976', 'true'],
    ['big = 1152921504606846977', 'false'],
    ['big < 9223372036854775807 AND big > -9223372036854775808', 'true'],
    ['-1 = 0xFFFFFFFFFFFFFFFF', 'true'],
    ['urgent = TRUE AND cold = false', 'true'],
  ]);
});

describe('[JMS 3.1, 3.8.1.1] names', () => {
  table([
    ['$_ü = 1', 'true'],
    ["Color = 'blue'", 'unknown'],
    ['JMSPriority >= 6', 'true'],
    ["properties.group_id = 'g' AND p.group_id = 'g'", 'true'],
    [`"properties.group-id" = 'g'`, 'true'],
    ["application_properties.color = 'blue' AND a.color = 'blue'", 'true'],
  ]);
});

describe('[JMS 3.1, 3.8.1.1] comparisons', () => {
  table([
    ['weight < 6', 'true'],
    ['weight <= 5', 'true'],
    ['weight > 5', 'false'],
    ['weight >= 5', 'true'],
    ['weight <> 5', 'false'],
    ['5 = weight', 'true'],
    ['price < weight', 'true'],
    ['big > weight', 'true'],
    ["color <> 'red'", 'true'],
    ["color = 'red'", 'false'],
    ['urgent <> FALSE', 'true'],
    // What is not alike is neither equal nor unequal, and there is no order of texts.
    ["weight = 'x'", 'false'],
    ["weight <> 'x'", 'false'],
    ['color = 5', 'false'],
    ['color < 5', 'false'],
    ['color > numeric', 'false'],
    ['numeric = 7', 'false'],
    ['urgent = 1', 'false'],
    ['(weight > 3) = urgent', 'true'],
  ]);
});

describe('[JMS 3.1, 3.8.1.2] nothing is unknown', () => {
  table([
    ['absent = 1', 'unknown'],
    ["absent = 'x'", 'unknown'],
    ['absent <> 1', 'unknown'],
    ['1 > absent', 'unknown'],
    ['absent + 1 = 1', 'unknown'],
    ['weight / 0 = 1', 'unknown'],
    ['color + 1 = 2', 'unknown'],
    ['-color = 1', 'unknown'],
    ['absent BETWEEN 1 AND 2', 'unknown'],
    ['weight BETWEEN 6 AND absent', 'false'],
    ['weight BETWEEN absent AND 4', 'false'],
    ['weight BETWEEN absent AND 6', 'unknown'],
    ["absent IN ('a')", 'unknown'],
    ["absent NOT IN ('a')", 'unknown'],
    ["absent LIKE 'a'", 'unknown'],
    ["absent NOT LIKE 'a'", 'unknown'],
    ['absent IS NULL', 'true'],
    ['absent IS NOT NULL', 'false'],
    ['color IS NULL', 'false'],
    ['color IS NOT NULL', 'true'],
    ['color', 'unknown'],
    ['absent', 'unknown'],
  ]);
});

describe('[JMS 3.1, 3.8.1.2] the logic has three values', () => {
  const values: Record<Truth, string> = { true: 'urgent', false: 'cold', unknown: 'absent' };
  const order = ['false', 'unknown', 'true'] as const;
  for (const [a, left] of order.entries()) {
    table([[`NOT ${values[left]}`, order[2 - a]!]]);
    for (const [b, right] of order.entries())
      table([
        [`${values[left]} AND ${values[right]}`, order[Math.min(a, b)]!],
        [`${values[left]} OR ${values[right]}`, order[Math.max(a, b)]!],
      ]);
  }
});

describe('[JMS 3.1, 3.8.1.1] BETWEEN, IN and LIKE', () => {
  table([
    ['weight BETWEEN 5 AND 5', 'true'],
    ['weight NOT BETWEEN 1 AND 4', 'true'],
    ['weight + 1 BETWEEN 2 * 3 AND 7', 'true'],
    ['weight BETWEEN 1 AND 5 AND urgent', 'true'],
    ["color IN ('red', 'blue')", 'true'],
    ["color NOT IN ('red', 'green')", 'true'],
    ["color IN ('Blue')", 'false'],
    ['weight IN (-5, 5.0)', 'true'],
    ["weight IN ('5')", 'false'],
    ['big IN (1152921504606846976)', 'true'],
    ["color LIKE 'b%'", 'true'],
    ["color LIKE 'bl_e'", 'true'],
    ["color NOT LIKE 'bl_'", 'true'],
    ["weight LIKE '5'", 'false'],
    ["weight NOT LIKE '5'", 'true'],
  ]);
});

describe('[JMS 3.1, 3.8.1.1] precedence: arithmetic, comparison, NOT, AND, OR', () => {
  table([
    ['urgent OR urgent AND cold', 'true'],
    ['(urgent OR urgent) AND cold', 'false'],
    ['NOT cold AND cold', 'false'],
    ['NOT (cold AND cold)', 'true'],
    ['NOT weight = 6', 'true'],
    ['NOT NOT urgent', 'true'],
    ['2 + 3 * 4 = 14', 'true'],
    ['(2 + 3) * 4 = 20', 'true'],
    ['10 - 2 - 3 = weight', 'true'],
    ['100 / 10 / 2 = weight', 'true'],
    ['7 % 4 + 2 = weight', 'true'],
    ['- 2 * -3 = 6', 'true'],
    ['- -weight = +weight', 'true'],
    ['7 / 2 = 3.5', 'true'],
    ['not COLD oR CoLd Is NuLl aNd UrGeNt iS nOt NuLl', 'unknown'],
    ['  urgent\n\tAnd\r\nnot cold ', 'true'],
  ]);
});

describe('a selector that converts texts', () => {
  const prefix = 'convert_string_expressions:';
  for (const [text, matches] of [
    ['numeric = 7', true],
    ['numeric > 6.5 AND numeric + 1 = 8 AND numeric BETWEEN 7 AND 7', true],
    ["numeric = '7'", true],
    ['color = 7', false],
    ['color <> 7', false],
  ] as const)
    test(`${text} is ${matches}`, () => {
      assert.equal(filterOf(`${prefix}${text}`).matches(fieldsOf(MESSAGE)), matches);
    });
});

test('the text tells equal filters from others', () => {
  assert.equal(filterOf("color = 'blue'").text, "color = 'blue'");
});

test('a field is asked for once for each time that a selector names it, and not at all where that cannot change the outcome', () => {
  const asked: string[] = [];
  const filter = filterOf("color = 'red' AND weight > 1 OR urgent OR price > 1");
  const values = fieldsOf(MESSAGE);
  const get = (name: string): FieldValue => {
    asked.push(name);
    return values.get(name);
  };
  assert.equal(filter.matches({ get }), true);
  assert.deepEqual(asked, ['color', 'urgent']);
});
