import type { FieldValue, MessageFields, MessageFilter } from '../message/message-filter.ts';
import { calculate, compare, compareNumbers, convertedNumber, not, strictNumber, type ToNumber, type Truth } from './comparison.ts';
import type { Comparison, Expression, Literal } from './expression.ts';
import { parseSelector } from './parse-selector.ts';
import { SelectorError } from './selector-error.ts';

type Condition = (fields: MessageFields) => Truth;
type Value = (fields: MessageFields) => FieldValue;

/** Before a selector: texts that are written as numbers are compared with numbers as such. Other brokers know it by this name. */
const CONVERTING = 'convert_string_expressions:';

/**
 * The filter that a selector of JMS describes (JMS 3.1, section 3.8.1): a condition of SQL-92 over a message's headers and properties. It holds for a
 * message for which the condition is true, and neither false nor unknown.
 *
 *     color = 'blue' AND weight BETWEEN 2 AND 5 AND (JMSType LIKE 'order.%' OR urgent)
 */
export function compileSelector(text: string): MessageFilter | SelectorError {
  const converting = text.trimStart().startsWith(CONVERTING);
  const offset = converting ? text.indexOf(CONVERTING) + CONVERTING.length : 0;
  try {
    const compiler = new SelectorCompiler(converting ? convertedNumber : strictNumber);
    // Blanks in place of the prefix keep the positions of what follows.
    return new Selector(text, compiler.condition(parseSelector(' '.repeat(offset) + text.slice(offset))));
  } catch (error) {
    if (error instanceof SelectorError) return error;
    throw error;
  }
}

class Selector implements MessageFilter {
  readonly text: string;
  readonly #condition: Condition;

  constructor(text: string, condition: Condition) {
    this.text = text;
    this.#condition = condition;
  }

  matches(fields: MessageFields): boolean {
    return this.#condition(fields) === true;
  }
}

/** Makes a closure of each node of the tree; comparisons of a field with a literal, which most selectors are made of, have closures of their own. */
class SelectorCompiler {
  readonly #toNumber: ToNumber;

  constructor(toNumber: ToNumber) {
    this.#toNumber = toNumber;
  }

  condition(expression: Expression): Condition {
    switch (expression.kind) {
      case 'comparison':
        return this.#comparison(expression.operator, expression.left, expression.right);
      case 'between':
        return this.#between(this.#value(expression.value), this.#value(expression.low), this.#value(expression.high));
      case 'in':
        return withValue(this.#value(expression.value), value => expression.values.has(value as Literal));
      case 'like': {
        const { pattern } = expression;
        return withValue(this.#value(expression.value), value => typeof value === 'string' && pattern.matches(value));
      }
      case 'is-null': {
        const value = this.#value(expression.value);
        return fields => value(fields) === undefined;
      }
      case 'not': {
        const of = this.condition(expression.of);
        return fields => not(of(fields));
      }
      case 'and':
        return decidedBy(
          false,
          expression.of.map(each => this.condition(each)),
        );
      case 'or':
        return decidedBy(
          true,
          expression.of.map(each => this.condition(each)),
        );
      default: {
        const value = this.#value(expression);
        return fields => {
          const truth = value(fields);
          return typeof truth === 'boolean' ? truth : undefined;
        };
      }
    }
  }

  #value(expression: Expression): Value {
    switch (expression.kind) {
      case 'literal': {
        const { value } = expression;
        return () => value;
      }
      case 'field': {
        const { name } = expression;
        return fields => fields.get(name);
      }
      case 'negative': {
        const of = this.#number(expression.of);
        return fields => {
          const number = of(fields);
          return number === undefined ? undefined : -number;
        };
      }
      case 'arithmetic': {
        const { operator } = expression;
        const left = this.#number(expression.left);
        const right = this.#number(expression.right);
        return fields => {
          const leftNumber = left(fields);
          const rightNumber = right(fields);
          return leftNumber === undefined || rightNumber === undefined ? undefined : calculate(operator, leftNumber, rightNumber);
        };
      }
      default:
        return this.condition(expression);
    }
  }

  #number(expression: Expression): (fields: MessageFields) => number | bigint | undefined {
    const value = this.#value(expression);
    const toNumber = this.#toNumber;
    return fields => toNumber(value(fields));
  }

  #comparison(operator: Comparison, left: Expression, right: Expression): Condition {
    if (left.kind === 'field' && right.kind === 'literal') {
      const special = this.#ofField(operator, left.name, right.value);
      if (special) return special;
    }
    const toNumber = this.#toNumber;
    const leftValue = this.#value(left);
    const rightValue = this.#value(right);
    return fields => compare(operator, leftValue(fields), rightValue(fields), toNumber);
  }

  #ofField(operator: Comparison, name: string, literal: Literal): Condition | undefined {
    const toNumber = this.#toNumber;
    if (typeof literal === 'string' && operator === '=' && toNumber === strictNumber)
      return fields => {
        const value = fields.get(name);
        return value === undefined ? undefined : value === literal;
      };
    if (typeof literal !== 'number') return undefined;
    return fields => {
      const value = fields.get(name);
      if (typeof value === 'number') return compareNumbers(operator, value, literal);
      return compare(operator, value, literal, toNumber);
    };
  }

  #between(value: Value, low: Value, high: Value): Condition {
    const toNumber = this.#toNumber;
    return fields => {
      const compared = value(fields);
      const above = compare('>=', compared, low(fields), toNumber);
      if (above === false) return false;
      const below = compare('<=', compared, high(fields), toNumber);
      return below === false ? false : above && below;
    };
  }
}

function withValue(value: Value, holds: (value: FieldValue) => boolean): Condition {
  return fields => {
    const found = value(fields);
    return found === undefined ? undefined : holds(found);
  };
}

/** AND, which one false decides, and OR, which one true does: otherwise one that is unknown makes it unknown. */
function decidedBy(deciding: boolean, conditions: readonly Condition[]): Condition {
  return fields => {
    let truth: Truth = !deciding;
    for (let index = 0; index < conditions.length; index++) {
      const each = conditions[index]!(fields);
      if (each === deciding) return deciding;
      if (each === undefined) truth = undefined;
    }
    return truth;
  };
}
