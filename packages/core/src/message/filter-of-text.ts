import { compileSelector } from '../selector/compile-selector.ts';
import { SelectorError } from '../selector/selector-error.ts';
import type { MessageFilter } from './message-filter.ts';

/** The filter of this text, which was that of a filter before. */
export function filterOfText(text: string): MessageFilter {
  const filter = compileSelector(text);
  // It was compiled when it was written: a version that does not know it any more would deliver what nobody asked for.
  if (filter instanceof SelectorError) return { text, matches: () => false };
  return filter;
}
