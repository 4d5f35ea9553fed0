import { fieldTitle } from './json-schema.ts';
import { shortBytes } from './units.ts';

const TIMES = [
  { ms: 86_400_000, unit: 'd' },
  { ms: 3_600_000, unit: 'h' },
  { ms: 60_000, unit: 'min' },
  { ms: 1_000, unit: 's' },
];

/** A value of a specification in one line, with its unit, which the field's name says. */
export function settingWords(field: string, value: unknown): string {
  if (typeof value === 'number') {
    if (field.endsWith('Ms')) return timeWords(value);
    return /bytes/i.test(field) ? shortBytes(value) : value.toLocaleString('en');
  }
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map(each => settingWords(field, each)).join(', ');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([name, inner]) => `${settingTitle(name).toLowerCase()} ${settingWords(name, inner)}`)
      .join(', ');
  return String(value);
}

/** What people call a field whose value stands with its unit. */
export function settingTitle(field: string): string {
  return fieldTitle(field.replace(/Ms$/, ''));
}

/** In the largest unit that says it exactly. */
function timeWords(ms: number): string {
  const time = TIMES.find(each => ms >= each.ms && ms % each.ms === 0);
  return time ? `${ms / time.ms} ${time.unit}` : `${ms} ms`;
}
