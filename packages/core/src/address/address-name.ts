import { Refusal } from '../delivery/refusal.ts';

/** The longest name of an address, in UTF-16 units. */
export const ADDRESS_NAME_LENGTH_MAX = 255;
/** Names that begin so are the server's own: made for dynamic termini, or answered by the server itself. Nobody declares them. */
export const RESERVED_PREFIX = '$';
export const DYNAMIC_PREFIX = '$dynamic/';

/**
 * The canonical syntax: 1 to 255 characters, levels between slashes, none of them empty; no white space at the ends, no control characters; no
 * wildcards (`*`, `#`, `+`), which belong to filters; not beginning with `$`, which is the server's. Upper and lower case differ.
 */
export function refuseAddressName(name: string): Refusal | undefined {
  const say = (what: string) =>
    new Refusal('address-name-invalid', `The address name ${JSON.stringify(name.slice(0, ADDRESS_NAME_LENGTH_MAX))} ${what}.`);
  if (name.length === 0) return say('is empty: name the address that you mean');
  if (name.length > ADDRESS_NAME_LENGTH_MAX) return say(`is longer than ${ADDRESS_NAME_LENGTH_MAX} characters`);
  if (name.startsWith(RESERVED_PREFIX)) return say(`begins with ${RESERVED_PREFIX}, which is kept for the server's own addresses`);
  if (name !== name.trim()) return say('begins or ends with white space');
  if (name.split('/').includes('')) return say('has an empty level: it begins or ends with a slash, or has two in a row');
  if (/[\p{Cc}\p{Cs}\ufffe\uffff]/u.test(name)) return say('has control characters');
  if (/[*#+]/.test(name)) return say('has a wildcard (*, # or +), which only filters may have');
  return undefined;
}

/** A pattern of topics: an address name in which a level may be `+`, for any one, and the last one `#`, for any further ones. */
export function refusePattern(pattern: string): Refusal | undefined {
  const levels = pattern.split('/').map(level => (level === '+' ? 'x' : level));
  if (levels.length > 1 && levels.at(-1) === '#') levels.pop();
  return refuseAddressName(levels.join('/'));
}

/** Whether the name is a pattern whose first level, which says the address, is no wildcard. */
export function isPattern(name: string): boolean {
  return /[+#]/.test(name) && !/^[+#]/.test(name) && refusePattern(name) === undefined;
}

/** A pattern of a binding: like those of consumers, and `#` alone, which every topic matches. */
export function refuseBinding(pattern: string): Refusal | undefined {
  return pattern === '#' ? undefined : refusePattern(pattern);
}
