/** As much of JSON Schema as the server's documents use (`GET …/schemas`). */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
}

/** How a field of a form asks for a value. */
export type FieldShape =
  | { readonly shape: 'text' | 'long-text' | 'texts' | 'yes-no' | 'other' }
  | { readonly shape: 'number'; readonly minimum: number | undefined; readonly maximum: number | undefined; readonly whole: boolean }
  | { readonly shape: 'choice' | 'choices'; readonly values: readonly string[] }
  | { readonly shape: 'group'; readonly schema: JsonSchema }
  | { readonly shape: 'list'; readonly schema: JsonSchema };

/** Texts that may be longer are certificates and the like. */
const LINE_LENGTH_MAX = 10_000;

/** `other`: a form has nothing for it, and YAML has to do. */
export function shapeOf(schema: JsonSchema): FieldShape {
  const values = valuesOf(schema);
  if (values) return { shape: 'choice', values };
  switch (schema.type) {
    case 'string':
      return { shape: (schema.maxLength ?? 0) > LINE_LENGTH_MAX ? 'long-text' : 'text' };
    case 'integer':
    case 'number':
      return { shape: 'number', minimum: schema.minimum, maximum: schema.maximum, whole: schema.type === 'integer' };
    case 'boolean':
      return { shape: 'yes-no' };
    case 'object':
      return schema.properties ? { shape: 'group', schema } : { shape: 'other' };
    case 'array':
      return shapeOfItems(schema.items);
    default:
      return { shape: 'other' };
  }
}

function shapeOfItems(items: JsonSchema | undefined): FieldShape {
  const item = items && shapeOf(items);
  if (item?.shape === 'choice') return { shape: 'choices', values: item.values };
  if (item?.shape === 'text') return { shape: 'texts' };
  return item?.shape === 'group' ? { shape: 'list', schema: item.schema } : { shape: 'other' };
}

/** The texts that it may be, where it is one of a few. */
function valuesOf({ anyOf, enum: values, const: only }: JsonSchema): readonly string[] | undefined {
  if (only !== undefined) return [String(only)];
  if (values) return values.map(String);
  const found = anyOf?.map(valuesOf);
  return found?.every(each => each !== undefined) ? found.flat() : undefined;
}

/** Words that have a spelling of their own. */
const SPELLINGS: Readonly<Record<string, string>> = { ttl: 'TTL', tls: 'TLS', ca: 'CA', ms: '(ms)', ids: 'IDs' };

/** What people call a field: `messageSizeBytesMax` is "Message size bytes max", `ttlMaxMs` "TTL max (ms)". */
export function fieldTitle(name: string): string {
  const words = name.split(/(?=[A-Z])/).map(word => SPELLINGS[word.toLowerCase()] ?? word.toLowerCase());
  const text = words.join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The fields of an object, those that have to be there first. */
export function fieldsOf({ properties = {}, required = [] }: JsonSchema): readonly (readonly [name: string, schema: JsonSchema])[] {
  const fields = Object.entries(properties);
  return [...fields.filter(([name]) => required.includes(name)), ...fields.filter(([name]) => !required.includes(name))];
}
