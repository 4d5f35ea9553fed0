import type { FieldValue, MessageFields, MessageFilter } from '../../src/message/message-filter.ts';
import { compileSelector } from '../../src/selector/compile-selector.ts';
import { SelectorError } from '../../src/selector/selector-error.ts';

export type Truth = 'true' | 'false' | 'unknown';

export function fieldsOf(values: Readonly<Record<string, FieldValue>>): MessageFields {
  return { get: name => (Object.hasOwn(values, name) ? values[name] : undefined) };
}

/** The filter of a selector that is one. */
export function filterOf(text: string): MessageFilter {
  const filter = compileSelector(text);
  if (filter instanceof SelectorError) throw filter;
  return filter;
}

/** What a condition comes to: a filter says only whether it is true, and so does that of its opposite. */
export function truthOf(text: string, values: Readonly<Record<string, FieldValue>>): Truth {
  const fields = fieldsOf(values);
  if (filterOf(text).matches(fields)) return 'true';
  return filterOf(`NOT (${text})`).matches(fields) ? 'false' : 'unknown';
}

export function errorOf(text: string): SelectorError {
  const error = compileSelector(text);
  if (error instanceof SelectorError) return error;
  throw new Error(`${text} is a selector`);
}
