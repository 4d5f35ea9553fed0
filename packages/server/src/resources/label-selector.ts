export type Labels = Readonly<Record<string, string>>;
export type LabelSelector = (labels: Labels) => boolean;

/** Requirements of one selector, at the most. */
const REQUIREMENTS_MAX = 100;
const KEY = '[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?';
const VALUE = '(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)?';
const SET = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(\\s*(${VALUE}(?:\\s*,\\s*${VALUE})*)\\s*\\)$`);
const EQUALITY = new RegExp(`^(${KEY})\\s*(==|=|!=)\\s*(${VALUE})$`);
const PRESENCE = new RegExp(`^(!?)\\s*(${KEY})$`);

/**
 * Reads a selector of labels as Kubernetes has them: requirements between commas, `a=b`, `a!=b`, `a in (b, c)`, `a notin (b, c)`, `a` (is there), `!a`.
 * All of them have to hold; a label that is not there is unlike any value. The answer is undefined where the text is none.
 */
export function parseLabelSelector(text: string): LabelSelector | undefined {
  // Commas between parentheses are of a set.
  const parts = text.split(/,(?![^(]*\))/).map(part => part.trim());
  if (parts.length > REQUIREMENTS_MAX) return undefined;
  const requirements = parts.filter(part => part !== '' || parts.length > 1).map(requirement);
  if (requirements.some(each => each === undefined)) return undefined;
  return labels => requirements.every(holds => holds!(labels));
}

function requirement(text: string): LabelSelector | undefined {
  const set = SET.exec(text);
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const values = new Set(list.split(',').map(value => value.trim()));
    return labels => (operator === 'in') === (labels[key] !== undefined && values.has(labels[key]));
  }
  const equality = EQUALITY.exec(text);
  if (equality) {
    const [, key = '', operator, value] = equality;
    return labels => (operator !== '!=') === (labels[key] === value);
  }
  const presence = PRESENCE.exec(text);
  if (!presence) return undefined;
  const [, not, key = ''] = presence;
  return labels => (not === '') === (labels[key] !== undefined);
}

/** Reads a selector of fields, of which there is `metadata.name` alone: the name, or undefined where the text is none. */
export function parseFieldSelector(text: string): string | undefined {
  return /^metadata\.name\s*==?\s*(.+)$/.exec(text.trim())?.[1];
}
