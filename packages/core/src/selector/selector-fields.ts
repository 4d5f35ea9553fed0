import type { Expression } from './expression.ts';
import { parseSelector } from './parse-selector.ts';
import { SelectorError } from './selector-error.ts';

/** The fields that a selector asks for, in the order in which it names them, each once; none when it is no selector. */
export function selectorFields(text: string): readonly string[] {
  const fields = new Set<string>();
  try {
    collect(parseSelector(text), fields);
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
  }
  return [...fields];
}

function collect(expression: Expression, into: Set<string>): void {
  switch (expression.kind) {
    case 'literal':
      return;
    case 'field':
      into.add(expression.name);
      return;
    case 'negative':
    case 'not':
      return collect(expression.of, into);
    case 'arithmetic':
    case 'comparison':
      collect(expression.left, into);
      return collect(expression.right, into);
    case 'between':
      collect(expression.value, into);
      collect(expression.low, into);
      return collect(expression.high, into);
    case 'in':
    case 'like':
    case 'is-null':
      return collect(expression.value, into);
    case 'and':
    case 'or':
      for (const each of expression.of) collect(each, into);
  }
}
