import { print } from './output.ts';

const TIME_UNITS: readonly (readonly [unit: string, milliseconds: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
];

/** Milliseconds from which on they are an instant since the epoch (one after 2001), and no length of time. */
const INSTANTS_FROM_MS = 1e12;

/** A time in the largest unit that it is a whole number of. */
export function shownDuration(milliseconds: number): string {
  const unit = TIME_UNITS.find(([, of]) => milliseconds > 0 && milliseconds % of === 0);
  return unit ? `${milliseconds / unit[1]}${unit[0]}` : `${milliseconds}ms`;
}

/** Prints names with their values, one a line; those within others have names such as `redelivery.delayMs`. */
export function printFacts(facts: Readonly<Record<string, unknown>>, indent = ''): void {
  const lines = linesOf(facts, '');
  const width = Math.max(...lines.map(([name]) => name.length));
  for (const [name, value] of lines) print(`${indent}${name.padEnd(width)}  ${value}`);
}

function linesOf(facts: Readonly<Record<string, unknown>>, prefix: string): [name: string, value: string][] {
  return Object.entries(facts).flatMap(([key, value]): [string, string][] => {
    if (value === undefined) return [];
    const name = `${prefix}${key}`;
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return linesOf(value as Readonly<Record<string, unknown>>, `${name}.`);
    return [[name, shownValue(key, value)]];
  });
}

function shownValue(key: string, value: unknown): string {
  if (Array.isArray(value)) return value.map(item => (typeof item === 'string' ? item : JSON.stringify(item))).join(', ');
  if (typeof value !== 'number') return String(value);
  if (!key.endsWith('Ms')) return value.toLocaleString('en');
  return value < INSTANTS_FROM_MS ? shownDuration(value) : new Date(value).toISOString();
}
