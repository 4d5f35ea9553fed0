import { AmqpMap, AmqpSymbol, type AmqpValue, Described, Typed } from '@angarium/codec-amqp';
import { compileSelector, type MessageFilter, SelectorError } from '@angarium/core';
import { applicationPropertiesSelector, FilterError, propertiesSelector } from './property-filter.ts';

/** The most filters of one source. */
export const FILTERS_MAX = 16;

/** The filters that a receiver gets of those that it asked for. */
export interface SourceFilters {
  readonly filter: MessageFilter | undefined;
  /** Messages of the receiver's own connection are not wanted. */
  readonly noLocal: boolean;
  /** Those in force, as they were asked for; those that nobody here knows are missing (part 3, section 3.5.3). */
  readonly granted: AmqpMap;
}

type Kind = 'selector' | 'no-local' | 'properties' | 'application-properties';

/** Filters by their descriptors: those registered by Apache, and AMQP Filter Expressions, sections 4.2.4, 4.2.5 and 5. */
const KINDS: readonly { readonly name: string; readonly code: bigint; readonly kind: Kind }[] = [
  { name: 'apache.org:no-local-filter:list', code: 0x0000_468c_0000_0003n, kind: 'no-local' },
  { name: 'apache.org:selector-filter:string', code: 0x0000_468c_0000_0004n, kind: 'selector' },
  { name: 'amqp:sql-filter', code: 0x120n, kind: 'selector' },
  { name: 'amqp:properties-filter', code: 0x173n, kind: 'properties' },
  { name: 'amqp:application-properties-filter', code: 0x174n, kind: 'application-properties' },
];

/**
 * Reads a source's filter set (part 3, section 3.5.8): a message has to pass all of its filters. Each kind becomes a selector, so that a subscription can be
 * kept with its text. A mistake is answered as a `FilterError`.
 */
export function sourceFilters(asked: AmqpMap | undefined): SourceFilters | FilterError {
  const entries = asked?.entries ?? [];
  if (entries.length > FILTERS_MAX) return new FilterError(`A source has at most ${FILTERS_MAX} filters.`);
  const granted: AmqpMap['entries'] = [];
  const selectors: string[] = [];
  let noLocal = false;
  try {
    for (const [name, value] of entries) {
      const kind = kindOf(value);
      if (!(value instanceof Described) || kind === undefined) continue;
      granted.push([name, value]);
      if (kind === 'no-local') noLocal = true;
      else selectors.push(selectorOf(kind, value.value));
    }
    const wanted = selectors.filter(selector => selector.trim() !== '');
    return { filter: wanted.length === 0 ? undefined : compiled(wanted), noLocal, granted: new AmqpMap(granted) };
  } catch (error) {
    if (error instanceof FilterError) return error;
    throw error;
  }
}

function kindOf(value: AmqpValue): Kind | undefined {
  const descriptor = value instanceof Described ? value.descriptor : undefined;
  const known = KINDS.find(({ name, code }) => {
    if (descriptor instanceof AmqpSymbol) return descriptor.value === name;
    return descriptor instanceof Typed && descriptor.type === 'ulong' && descriptor.value === code;
  });
  return known?.kind;
}

function selectorOf(kind: Exclude<Kind, 'no-local'>, value: AmqpValue): string {
  if (kind === 'properties') return propertiesSelector(value);
  if (kind === 'application-properties') return applicationPropertiesSelector(value);
  if (typeof value !== 'string') throw new FilterError('The value of a selector filter is a string.');
  const selector = compileSelector(value);
  // Its own position counts, and not the one among others.
  if (selector instanceof SelectorError && value.trim() !== '') throw new FilterError(`The selector is not valid: ${selector.message}.`);
  return value;
}

function compiled(selectors: readonly string[]): MessageFilter {
  const filter = compileSelector(selectors.length === 1 ? selectors[0]! : selectors.map(selector => `(${selector})`).join(' AND '));
  if (filter instanceof SelectorError) throw new FilterError(`The filters cannot be combined: ${filter.message}.`);
  return filter;
}
