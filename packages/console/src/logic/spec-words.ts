import { fieldTitle } from './json-schema.ts';

/** What a specification says, in one line: `messages max 1,000, overflow reject, redelivery (attempts max 5)`. */
export function specWords(spec: object): string {
  return Object.entries(spec)
    .map(([name, value]) => {
      const title = fieldTitle(name);
      // Words with a spelling of their own keep it.
      const said = title.slice(0, 2) === title.slice(0, 2).toUpperCase() ? title : title.charAt(0).toLowerCase() + title.slice(1);
      return `${said} ${valueWords(value)}`;
    })
    .join(', ');
}

function valueWords(value: unknown): string {
  if (Array.isArray(value)) return `(${value.map(valueWords).join(', ')})`;
  if (typeof value === 'object' && value !== null) return `(${specWords(value)})`;
  if (typeof value === 'number') return value.toLocaleString('en');
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}
