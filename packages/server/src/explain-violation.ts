import { closest } from '@angarium/transport';
import type { ErrorObject } from 'ajv';

/** The longest value that is repeated to the one who gave it. */
const SHOWN_LENGTH_MAX = 60;

/** What is wrong with a value, in words: what is expected, and what is there. `names` are those that an unknown name may have meant. */
export function explainViolation(error: ErrorObject, names: readonly string[]): string {
  const schema = (error.parentSchema ?? {}) as {
    expected?: string;
    anyOf?: { const?: unknown }[];
    minimum?: number;
    maximum?: number;
    type?: string;
    additionalProperties?: unknown;
  };
  switch (error.keyword) {
    case 'additionalProperties': {
      const unknown = String(error.params.additionalProperty);
      const meant = closest(unknown, names);
      return `"${unknown}" is not known${meant === undefined ? '' : `; is "${meant}" meant?`}`;
    }
    case 'required': {
      // A name that is written wrongly is missing first of all.
      const unknown = schema.additionalProperties === false && Object.keys(error.data as object).find(name => !names.includes(name));
      return `"${error.params.missingProperty}" is missing${unknown ? `, and ${shown(unknown)} is not known` : ''}`;
    }
    case 'anyOf':
      return `expected one of ${(schema.anyOf ?? []).map(option => String(option.const)).join(', ')}, found ${shown(error.data)}`;
    case 'enum':
      return `expected one of ${(error.params.allowedValues as unknown[]).map(String).join(', ')}, found ${shown(error.data)}`;
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
