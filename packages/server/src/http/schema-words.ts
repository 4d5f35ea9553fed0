import { Ajv, type ErrorObject } from 'ajv';
import type { TSchema } from 'typebox';
import { explainViolation, knownNames, withoutUnionParts } from '../explain-violation.ts';

/** How requests and documents are checked: what a client sends is taken as it is or refused, nothing is cut away or turned into another type. */
export const SCHEMA_OPTIONS = {
  removeAdditional: false,
  coerceTypes: false,
  useDefaults: false,
  allErrors: false,
  // The words for what is wrong name what is there, and what could be meant.
  verbose: true,
  keywords: ['expected', 'placeholder', 'fileOnly'],
};

/** What is wrong first, with its place: `body/spec: "messageMax" is not known; is "messagesMax" meant?` */
export function schemaWords(errors: readonly ErrorObject[], where: string): string {
  const error = withoutUnionParts(errors)[0] ?? errors[0]!;
  return `${where}${error.instancePath}: ${explainViolation(error, knownNames(error))}.`;
}

const ajv = new Ajv(SCHEMA_OPTIONS);

/** A check of values against the schema; it answers what is wrong, or undefined. */
export function schemaCheck(schema: TSchema): (value: unknown, where: string) => string | undefined {
  const validate = ajv.compile(schema);
  return (value, where) => (validate(value) ? undefined : schemaWords(validate.errors ?? [], where));
}

/** A check for a route, made when it is first asked: there are many more routes than are ever called. */
export function lazyCheck(schema: TSchema, where: string): (value: unknown) => { readonly error?: Error; readonly value?: unknown } {
  let check: ReturnType<typeof schemaCheck> | undefined;
  return value => {
    check ??= schemaCheck(schema);
    const wrong = check(value, where);
    return wrong === undefined ? { value } : { error: Object.assign(new Error(wrong), { validation: [] }) };
  };
}
