import { AmqpMap, AmqpSymbol, type AmqpValue, Described, Typed } from '@angarium/codec-amqp';
import { type AddressType, compileSelector, type MessageFilter, type ReadFrom, SelectorError } from '@angarium/core';
import { applicationPropertiesSelector, FilterError, propertiesSelector } from './property-filter.ts';
import { readFromOf } from './stream-offset.ts';

/** The most filters of one source. */
export const FILTERS_MAX = 16;

/** The filters that a receiver gets of those that it asked for. */
export interface SourceFilters {
  readonly filter: MessageFilter | undefined;
  /** Messages of the receiver's own connection are not wanted. */
  readonly noLocal: boolean;
  /** Where in a stream the receiver begins. */
  readonly from: ReadFrom | undefined;
  /** Those in force, as they were asked for; those that nobody here knows are missing (part 3, section 3.5.3). */
  readonly granted: AmqpMap;
}

type Kind = 'selector' | 'no-local' | 'stream-offset' | 'properties' | 'application-properties';

/** Filters by their descriptors: those registered by Apache; AMQP Filter Expressions, sections 4.2.4, 4.2.5 and 5; RabbitMQ's for streams, and our own name for it. */
const KINDS: readonly { readonly name: string; readonly code?: bigint; readonly kind: Kind }[] = [
  { name: 'apache.org:no-local-filter:list', code: 0x0000_468c_0000_0003n, kind: 'no-local' },
  { name: 'apache.org:selector-filter:string', code: 0x0000_468c_0000_0004n, kind: 'selector' },
  { name: 'amqp:sql-filter', code: 0x120n, kind: 'selector' },
  { name: 'amqp:properties-filter', code: 0x173n, kind: 'properties' },
  { name: 'amqp:application-properties-filter', code: 0x174n, kind: 'application-properties' },
  { name: 'rabbitmq:stream-offset-spec', kind: 'stream-offset' },
  { name: 'angarium:stream-offset', kind: 'stream-offset' },
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
  let from: ReadFrom | undefined;
  try {
    for (const [name, value] of entries) {
      const kind = kindOf(value);
      if (!(value instanceof Described) || kind === undefined) continue;
      granted.push([name, value]);
      if (kind === 'no-local') noLocal = true;
      else if (kind === 'stream-offset') from = readFromOf(value.value);
      else selectors.push(selectorOf(kind, value.value));
    }
    const wanted = selectors.filter(selector => selector.trim() !== '');
    return { filter: wanted.length === 0 ? undefined : compiled(wanted), noLocal, from, granted: new AmqpMap(granted) };
  } catch (error) {
    if (error instanceof FilterError) return error;
    throw error;
  }
}

/** A filter set of just this filter, for a subscription that was made with it. */
export function selectorFilter({ text }: MessageFilter): AmqpMap {
  return new AmqpMap([[new AmqpSymbol('selector'), new Described(new AmqpSymbol('apache.org:selector-filter:string'), text)]]);
}

function kindOf(value: AmqpValue): Kind | undefined {
  const descriptor = value instanceof Described ? value.descriptor : undefined;
  const known = KINDS.find(({ name, code }) => {
    if (descriptor instanceof AmqpSymbol) return descriptor.value === name;
    return descriptor instanceof Typed && descriptor.type === 'ulong' && descriptor.value === code;
  });
  return known?.kind;
}

function selectorOf(kind: Exclude<Kind, 'no-local' | 'stream-offset'>, value: AmqpValue): string {
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

/** The filters that an address of this type serves of those that were granted: a peer that asked for another sees that it did not get it (part 3, section 3.5.3). */
export function filtersInForce({ granted }: SourceFilters, type: AddressType | undefined): AmqpMap | undefined {
  // Direct addresses hand their messages to whoever is there.
  if (type === 'anycast' || type === 'multicast') return undefined;
  const notServed: Kind = type === 'stream' ? 'no-local' : 'stream-offset';
  const entries = granted.entries.filter(([, value]) => kindOf(value) !== notServed);
  return entries.length > 0 ? new AmqpMap(entries) : undefined;
}
