import Type, { type TInteger } from 'typebox';

/** A head's limits as its package declares them: each with its default, and what it bounds. */
export type LimitTable = Readonly<Record<string, { readonly default: number; readonly description: string }>>;

/** `frameSizeBytesMax` of the head with the prefix `amqp` is the option `amqpFrameSizeBytesMax`. */
export type LimitOption<Prefix extends string, Name extends string> = `${Prefix}${Capitalize<Name>}`;

function limitOption<Prefix extends string, Name extends string>(prefix: Prefix, name: Name): LimitOption<Prefix, Name> {
  return `${prefix}${name.charAt(0).toUpperCase()}${name.slice(1)}` as LimitOption<Prefix, Name>;
}

/** An option for each limit of a head. `minimum` has the least of those that may be something else than 1. */
export function limitOptions<Prefix extends string, Table extends LimitTable>(
  prefix: Prefix,
  table: Table,
  minimum: Partial<Record<keyof Table, number>>,
): { readonly [Name in keyof Table & string as LimitOption<Prefix, Name>]: TInteger } {
  const options = Object.entries(table).map(([name, limit]) => [
    limitOption(prefix, name),
    Type.Integer({
      default: limit.default,
      minimum: minimum[name] ?? 1,
      placeholder: 'N',
      description: `${prefix.toUpperCase()}: ${limit.description}`,
    }),
  ]);
  return Object.fromEntries(options);
}

/** A head's limits as the configuration has them. */
export function limitsOf<Prefix extends string, Table extends LimitTable>(
  prefix: Prefix,
  table: Table,
  configuration: { readonly [Name in keyof Table & string as LimitOption<Prefix, Name>]: number },
): { readonly [Name in keyof Table]: number } {
  const values = configuration as Readonly<Record<string, number>>;
  return Object.fromEntries(Object.keys(table).map(name => [name, values[limitOption(prefix, name)]])) as { [Name in keyof Table]: number };
}
