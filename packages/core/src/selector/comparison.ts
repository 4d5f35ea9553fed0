import type { FieldValue } from '../message/message-filter.ts';
import type { Arithmetic, Comparison } from './expression.ts';

/** True, false, or unknown (undefined): the logic of SQL, where comparisons with nothing are unknown. */
export type Truth = boolean | undefined;

/** How a value becomes a number; undefined where it is none. */
export type ToNumber = (value: FieldValue) => number | bigint | undefined;

/** Texts are no numbers (JMS 3.1, section 3.8.1.1). */
export function strictNumber(value: FieldValue): number | bigint | undefined {
  return typeof value === 'number' || typeof value === 'bigint' ? value : undefined;
}

/** Texts that are written as numbers are numbers. */
export function convertedNumber(value: FieldValue): number | bigint | undefined {
  if (typeof value !== 'string') return strictNumber(value);
  const number = value.trim() === '' ? Number.NaN : Number(value);
  return Number.isNaN(number) ? undefined : number;
}

/** A comparison of two values; what cannot be compared is neither equal nor unequal, neither less nor more (JMS 3.1, section 3.8.1.1). */
export function compare(operator: Comparison, left: FieldValue, right: FieldValue, toNumber: ToNumber): Truth {
  if (left === undefined || right === undefined) return undefined;
  if (typeof left === typeof right && (typeof left === 'string' || typeof left === 'boolean')) {
    if (operator === '=') return left === right;
    return operator === '<>' && left !== right;
  }
  const leftNumber = toNumber(left);
  const rightNumber = toNumber(right);
  if (leftNumber === undefined || rightNumber === undefined) return false;
  return compareNumbers(operator, leftNumber, rightNumber);
}

/** Numbers and bigints compare by their mathematical values, exactly. */
export function compareNumbers(operator: Comparison, left: number | bigint, right: number | bigint): boolean {
  switch (operator) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    case '=':
      return left <= right && left >= right;
    case '<>':
      return left < right || left > right;
  }
}

/** Not a number is unknown: so is a division by zero. Numbers beyond 2^53 lose their last digits. */
export function calculate(operator: Arithmetic, left: number | bigint, right: number | bigint): number | undefined {
  const result = calculated(operator, Number(left), Number(right));
  return Number.isFinite(result) ? result : undefined;
}

function calculated(operator: Arithmetic, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
  }
}

export function not(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth;
}
