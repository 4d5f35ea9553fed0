import type { MessageFilter } from './message-filter.ts';
import { compileSelector } from './selector/compile-selector.ts';
import { SelectorError } from './selector/selector-error.ts';

/** The filter that was kept as its text; undefined for one that this version does not understand. */
export function compileFilter(text: string): MessageFilter | undefined {
  const filter = compileSelector(text);
  return filter instanceof SelectorError ? undefined : filter;
}
