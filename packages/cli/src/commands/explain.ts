import { CommandError } from '../exit-code.ts';
import { print, printJson } from '../output.ts';
import { SHORT_NAMES } from '../resources/kind-names.ts';
import { type KindSchema, ResourceClient } from '../resources/resource-client.ts';
import { formatTable } from '../table.ts';
import type { TargetOptions } from '../target.ts';

/** What is read of a JSON schema. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly additionalProperties?: boolean | Schema;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
}

type Options = TargetOptions & { readonly json?: boolean };

/** What a kind of document says, or one of its fields; without a path: which kinds there are. */
export async function explain(path: string | undefined, options: Options): Promise<void> {
  const client = await ResourceClient.of(options);
  const schemas = await client.schemas();
  if (path === undefined) return listKinds(schemas, options);
  const [kindName, ...fields] = path.split('.') as [string, ...string[]];
  const { kind } = await client.kind(kindName);
  const schema = schemas.find(each => each.kind === kind)!;
  const found = fieldAt(schema, fields);
  if (found === undefined) throw new CommandError('usage', unknownField(kind, schema, fields));
  if (options.json) return printJson(fields.length === 0 ? schema : found);
  print(`${[kind, ...fields].join('.')}${fields.length === 0 ? '' : `  ${typeOf(found)}`}`);
  if (found.description !== undefined) print(`  ${found.description}`);
  if (fields.length > 0) return printFields(found);
  print(`  ${schema.scope === 'space' ? 'Of an address space.' : 'Of the server.'}`);
  for (const [title, part] of [
    ['spec', schema.spec],
    ['status', schema.status],
  ] as const)
    if (part) {
      print(`\n${title}`);
      printFields(part as Schema);
    }
}

function listKinds(schemas: readonly KindSchema[], options: Options): void {
  if (options.json) return printJson(schemas.map(({ kind, plural, scope, description }) => ({ kind, plural, scope, description })));
  const shortOf = new Map(Object.entries(SHORT_NAMES).map(([short, kind]) => [kind, short]));
  const rows = schemas.map(({ kind, plural, scope, description }) => [kind, plural, shortOf.get(kind) ?? '', scope, description]);
  print(formatTable(['kind', 'plural', 'short', 'of', 'what'], rows));
}

/** The schema of a field. `spec` may be left out; items of lists are meant by the list's name. */
function fieldAt({ description, spec, status }: KindSchema, fields: readonly string[]): Schema | undefined {
  const whole: Schema = { description, properties: { ...(spec && { spec }), ...(status && { status }) } };
  const from = fields.length === 0 || Object.hasOwn(whole.properties!, fields[0]!) ? whole : (spec as Schema | undefined);
  return fields.reduce<Schema | undefined>((schema, name) => schema && propertiesOf(schema)[name], from);
}

/** The fields of an object, of the items of a list, and of all parts of a union. */
function propertiesOf(schema: Schema): Readonly<Record<string, Schema>> {
  const parts = [...(schema.items ? [schema.items] : []), ...(schema.anyOf ?? [])].map(propertiesOf);
  return Object.assign({}, schema.properties, ...parts);
}

function unknownField(kind: string, schema: KindSchema, fields: readonly string[]): string {
  for (let length = fields.length - 1; length >= 0; length--) {
    const above = fieldAt(schema, fields.slice(0, length));
    if (above === undefined) continue;
    const names = Object.keys(length === 0 ? propertiesOf((schema.spec ?? {}) as Schema) : propertiesOf(above));
    return `${[kind, ...fields.slice(0, length)].join('.')} has no field ${fields[length]}. It has: ${names.join(', ')}.`;
  }
  return `${kind} has no field ${fields.join('.')}.`;
}

function printFields(schema: Schema): void {
  const fields = Object.entries(propertiesOf(schema));
  const width = Math.max(0, ...fields.map(([name]) => name.length));
  const types = fields.map(([, field]) => typeOf(field));
  const typeWidth = Math.min(24, Math.max(0, ...types.map(type => type.length)));
  for (const [at, [name, field]] of fields.entries()) {
    const needed = (schema.items ?? schema).required?.includes(name) ? ' Needed.' : '';
    print(`  ${name.padEnd(width)}  ${types[at]!.padEnd(typeWidth)}  ${field.description ?? ''}${needed}`.trimEnd());
  }
}

/** The type of a value in words: `one of a, b`, `list of text`, `1 to 10`. */
function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.join(' | ');
  if (schema.anyOf)
    return [...new Set(schema.anyOf.map(part => (part.const === undefined ? typeOf(part) : String(part.const))))].join(' | ');
  if (schema.items) return `list of ${typeOf(schema.items)}`;
  if (schema.properties) return 'object';
  if (schema.type === 'integer' || schema.type === 'number') return schema.type;
  return schema.type === 'string' ? 'text' : (schema.type ?? 'any');
}
