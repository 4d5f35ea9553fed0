import { Ajv, type AnySchema, type ErrorObject } from 'ajv';
import type { TSchema } from 'typebox';
import { explainViolation, knownNames, withoutUnionParts } from '../explain-violation.ts';
import type { HttpApp } from './http-app.ts';

/** A time of RFC 3339, section 5.6. */
const DATE_TIME =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])t([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;

/** How requests and documents are checked: what a client sends is taken as it is or refused, nothing is cut away or turned into another type. */
const SCHEMA_OPTIONS = {
  removeAdditional: false,
  coerceTypes: false,
  useDefaults: false,
  allErrors: false,
  // The words for what is wrong name what is there, and what could be meant.
  verbose: true,
  keywords: ['expected', 'placeholder', 'fileOnly'],
  formats: { 'date-time': DATE_TIME },
};

/** What is wrong first, with its place: `body/spec: "messageMax" is not known; is "messagesMax" meant?` */
export function schemaWords(errors: readonly ErrorObject[], where: string): string {
  const error = withoutUnionParts(errors)[0] ?? errors[0]!;
  return `${where}${error.instancePath}: ${explainViolation(error, knownNames(error))}.`;
}

const ajv = new Ajv(SCHEMA_OPTIONS);

/** A check of values against the schema; it answers what is wrong, or undefined. */
export function schemaCheck(schema: TSchema, compiler: Ajv = ajv): (value: unknown, where: string) => string | undefined {
  const validate = compiler.compile(schema);
  return (value, where) => (validate(value) ? undefined : schemaWords(validate.errors ?? [], where));
}

/**
 * Has the schemas of the routes compiled when they are first called: there are many more routes than are ever called, and to compile all
 * of them takes longer than all else that a server does when it starts. Answers are written as they are.
 */
export function compileLazily(app: HttpApp): void {
  let compiler: Ajv | undefined;
  const check = (schema: TSchema): ReturnType<typeof schemaCheck> => {
    // They are our own and trusted: to hold each of them against the schema of schemas takes longer than to compile it.
    compiler ??= new Ajv({ ...SCHEMA_OPTIONS, validateSchema: false, schemas: app.getSchemas() as Record<string, AnySchema> });
    return schemaCheck(schema, compiler);
  };
  app.setValidatorCompiler(({ schema, httpPart = '' }) => {
    let checked: ReturnType<typeof schemaCheck> | undefined;
    return (value: unknown) => {
      checked ??= check(schema as TSchema);
      const wrong = checked(value, httpPart);
      return wrong === undefined ? { value } : { error: Object.assign(new Error(wrong), { validation: [] }) };
    };
  });
  app.setSerializerCompiler(() => data => JSON.stringify(data));
}
