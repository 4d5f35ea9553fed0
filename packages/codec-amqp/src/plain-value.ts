import { AmqpArray, AmqpMap, AmqpSymbol, type AmqpValue, Described, int, long, symbol, Typed, timestamp, ulong } from './value.ts';

/**
 * The value as plain JavaScript, for logs and tests; types get lost. Numbers are numbers, or bigints beyond the safe integers;
 * symbols are strings; lists and arrays are arrays; a map is an object when all its keys are strings or symbols, and a Map otherwise.
 */
export function toPlain(value: AmqpValue): unknown {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  if (value instanceof Typed) return plainNumber(value);
  if (value instanceof AmqpSymbol) return value.value;
  if (value instanceof AmqpMap) return plainMap(value);
  if (value instanceof AmqpArray) return value.values.map(element => described(value.descriptors, toPlain(element)));
  if (value instanceof Described) return { descriptor: toPlain(value.descriptor), value: toPlain(value.value) };
  return value.map(toPlain);
}

function plainNumber({ type, value }: Typed): unknown {
  if (type === 'char') return String.fromCodePoint(value as number);
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function plainMap(map: AmqpMap): unknown {
  const entries = map.entries.map(([key, value]): [unknown, unknown] => [toPlain(key), toPlain(value)]);
  // Object.fromEntries makes own properties of all keys, '__proto__' included.
  return entries.every(([key]) => typeof key === 'string') ? Object.fromEntries(entries as [string, unknown][]) : new Map(entries);
}

function described(descriptors: readonly AmqpValue[], value: unknown): unknown {
  return descriptors.reduceRight<unknown>((inner, descriptor) => ({ descriptor: toPlain(descriptor), value: inner }), value);
}

/**
 * Plain JavaScript as a value: integers become int, long or (above 2^63) ulong, other numbers double, dates timestamp, arrays lists,
 * and objects maps with string keys. Values of this package's classes stay what they are. Throws a TypeError for anything else.
 */
export function fromPlain(value: unknown): AmqpValue {
  switch (typeof value) {
    case 'undefined':
      return null;
    case 'boolean':
    case 'string':
      return value;
    case 'number':
      if (!Number.isSafeInteger(value) || Object.is(value, -0)) return new Typed('double', value);
      return value === (value | 0) ? int(value) : long(value);
    case 'bigint':
      return value < 1n << 63n ? long(value) : ulong(value);
    case 'symbol':
      return symbol(value.description ?? '');
    case 'object':
      return value === null ? null : fromObject(value);
    default:
      throw new TypeError(`there is no AMQP value for a ${typeof value}`);
  }
}

function fromObject(value: object): AmqpValue {
  if (value instanceof Uint8Array || value instanceof Typed || value instanceof AmqpSymbol) return value;
  if (value instanceof AmqpMap || value instanceof AmqpArray || value instanceof Described) return value;
  if (value instanceof Date) return timestamp(value.getTime());
  if (Array.isArray(value)) return value.map(fromPlain);
  const entries: Iterable<[unknown, unknown]> = value instanceof Map ? value : Object.entries(value);
  return new AmqpMap([...entries].map(([key, entry]) => [fromPlain(key), fromPlain(entry)]));
}
