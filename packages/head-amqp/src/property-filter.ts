import { AmqpMap, AmqpSymbol, type AmqpValue, Typed, toPlain, uuidText } from '@angarium/codec-amqp';
import { PROPERTY_NAMES } from './amqp-fields.ts';
import { jmsCorrelationId, jmsMessageId } from './jms-id.ts';

/** The most fields of one filter: AMQP Filter Expressions, section 7.1, wants their number bounded. */
export const FILTER_FIELDS_MAX = 16;

/** Why a filter cannot be in force, in words for the one who sent it. */
export class FilterError extends Error {}

/**
 * A properties filter (AMQP Filter Expressions, section 4.2.4) as a selector: each field has to match the message's. Throws `FilterError`.
 */
export function propertiesSelector(map: AmqpValue): string {
  const conditions = entriesOf(map).map(([key, value]): string => {
    const name = key instanceof AmqpSymbol ? key.value : key;
    if (!PROPERTY_NAMES.some(known => known === name))
      throw new FilterError(`A properties filter names ${JSON.stringify(toPlain(key))}, which is no field of the properties.`);
    return value === null ? 'TRUE' : propertyCondition(name as string, value);
  });
  return conditions.join(' AND ');
}

/** The same of an application-properties filter (section 4.2.5), in which null matches any value that is there. */
export function applicationPropertiesSelector(map: AmqpValue): string {
  const conditions = entriesOf(map).map(([key, value]): string => {
    if (typeof key !== 'string') throw new FilterError('The keys of an application-properties filter are strings.');
    return value === null ? `${quotedName(key)} IS NOT NULL` : condition(quotedName(key), value);
  });
  return conditions.join(' AND ');
}

function entriesOf(map: AmqpValue): AmqpMap['entries'] {
  if (!(map instanceof AmqpMap) || map.entries.length === 0)
    throw new FilterError('The value of a property filter is a map with at least one field.');
  if (map.entries.length > FILTER_FIELDS_MAX) throw new FilterError(`A property filter has at most ${FILTER_FIELDS_MAX} fields.`);
  return map.entries;
}

/** Ids that are no strings are compared by the text that tells their types apart. */
function propertyCondition(name: string, value: AmqpValue): string {
  if (value instanceof Uint8Array || value instanceof Typed) {
    if (name === 'message-id') return `JMSMessageID = ${quotedText(jmsMessageId(value)!)}`;
    if (name === 'correlation-id') return `JMSCorrelationID = ${quotedText(jmsCorrelationId(value)!)}`;
    if (name === 'user-id' && value instanceof Uint8Array)
      return condition(quotedName(`properties.${name}`), Buffer.from(value).toString());
  }
  return condition(quotedName(`properties.${name}`), value);
}

/** A field and what it has to match. Strings may begin with a modifier (section 4.1.1): `&p:` a prefix, `&s:` a suffix, `&&` an & that is one. */
function condition(name: string, value: AmqpValue): string {
  if (value instanceof AmqpSymbol) return `${name} = ${quotedText(value.value)}`;
  if (typeof value === 'boolean') return `${name} = ${value ? 'TRUE' : 'FALSE'}`;
  if (typeof value === 'string') return textCondition(name, value);
  if (value instanceof Typed && value.type === 'uuid') return `${name} = ${quotedText(uuidText(value.value as Uint8Array))}`;
  const plain = value instanceof Typed && value.type !== 'char' ? toPlain(value) : undefined;
  if (typeof plain === 'bigint' || (typeof plain === 'number' && Number.isFinite(plain))) return `${name} = ${plain}`;
  throw new FilterError('A property filter compares with strings, symbols, numbers, booleans, instants and uuids.');
}

function textCondition(name: string, text: string): string {
  if (text.startsWith('&p:')) return `${name} LIKE ${quotedText(`${escaped(text.slice(3))}%`)} ESCAPE '\\'`;
  if (text.startsWith('&s:')) return `${name} LIKE ${quotedText(`%${escaped(text.slice(3))}`)} ESCAPE '\\'`;
  if (text.startsWith('&') && !text.startsWith('&&'))
    throw new FilterError(
      `${JSON.stringify(text.slice(0, 3))} is no modifier of a string: &p: is a prefix, &s: a suffix, && stands for &.`,
    );
  return `${name} = ${quotedText(text.startsWith('&&') ? text.slice(1) : text)}`;
}

function escaped(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

function quotedText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
