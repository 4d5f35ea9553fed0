import type { ErrorObject } from 'ajv';

/** The longest value that is repeated to the one who gave it. */
const SHOWN_LENGTH_MAX = 60;
/** How many letters may be wrong in a name for it to be suggested. */
const TYPING_ERRORS_MAX = 2;

/** What is wrong with a value, in words: what is expected, and what is there. `names` are those that an unknown name may have meant. */
export function explainViolation(error: ErrorObject, names: readonly string[]): string {
  const schema = (error.parentSchema ?? {}) as {
    expected?: string;
    anyOf?: { const?: unknown }[];
    minimum?: number;
    maximum?: number;
    type?: string;
  };
  switch (error.keyword) {
    case 'additionalProperties': {
      const unknown = String(error.params.additionalProperty);
      const meant = closest(unknown, names);
      return `"${unknown}" is not known${meant === undefined ? '' : `; is "${meant}" meant?`}`;
    }
    case 'required':
      return `"${error.params.missingProperty}" is missing`;
    case 'anyOf':
      return `expected one of ${(schema.anyOf ?? []).map(option => String(option.const)).join(', ')}, found ${shown(error.data)}`;
    case 'pattern':
      return `expected ${schema.expected ?? `text like ${error.params.pattern}`}, found ${shown(error.data)}`;
    case 'type':
      return `expected ${article(String(error.params.type))}, found ${shown(error.data)}`;
    case 'minimum':
      return `expected ${schema.minimum} or more, found ${shown(error.data)}`;
    case 'maximum':
      return `expected ${schema.maximum} or less, found ${shown(error.data)}`;
    default:
      return `${error.message ?? 'is not valid'}, found ${shown(error.data)}`;
  }
}

/** The names that the violated schema knows. */
export function knownNames(error: ErrorObject): string[] {
  return Object.keys((error.parentSchema as { properties?: object } | undefined)?.properties ?? {});
}

/** Errors of the parts of a union say less than the error of the union. */
export function withoutUnionParts(errors: readonly ErrorObject[]): ErrorObject[] {
  return errors.filter(error => !error.schemaPath.includes('/anyOf/'));
}

/** The name that is meant, when it differs by a few letters only. */
export function closest(text: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map(name => ({ name, distance: distance(text.toLowerCase(), name.toLowerCase()) }))
    .sort((one, other) => one.distance - other.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= TYPING_ERRORS_MAX ? best.name : undefined;
}

function article(type: string): string {
  const names: Record<string, string> = {
    integer: 'a whole number',
    boolean: 'true or false',
    string: 'a text',
    array: 'a list',
    object: 'names with values',
  };
  return names[type] ?? type;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text;
}

/** Levenshtein's distance: letters to add, leave out or change. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const change = row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[other.length]!;
}
