import type { TObject, TSchema } from 'typebox';
import type { Kind } from '../../packages/server/src/resources/kind.ts';
import { KINDS } from '../../packages/server/src/resources/kinds.ts';
import { GENERATED, markdownTable } from './markdown.ts';

interface FieldSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly FieldSchema[];
  readonly items?: FieldSchema;
  readonly properties?: Readonly<Record<string, TSchema>>;
}

/** docs/reference/resources.md */
export function resourcesPage(): string {
  const rows = KINDS.map(({ kind, plural, scope, description }) => [
    `[${kind}](#${kind.toLowerCase()})`,
    scope === 'space' ? `\`addressspaces/SPACE/${plural}\`` : `\`${plural}\``,
    description,
  ]);
  return `${GENERATED}

# Declared documents

Everything configurable is a document of \`apiVersion: angarium.dev/v1\` with a \`kind\`, \`metadata\`, \`spec\` and \`status\`, which is the server's. Paths stand below
\`/apis/angarium.dev/v1/\`. What can be done with documents, the same for every kind: [documents](../resources.md).

${markdownTable(['kind', 'path', 'is'], rows)}
${KINDS.map(kindSection).join('')}`;
}

function kindSection(kind: Kind): string {
  const spec = kind.kind === 'Address' || kind.kind === 'AddressPlan' ? ADDRESS_FIELDS : fieldsTable('spec', kind.spec, kind.secrets);
  return `
## ${kind.kind}

${kind.description}

${spec}${fieldsTable('status', kind.status)}`;
}

const ADDRESS_FIELDS = '`spec`: [addresses](address.md) have the same fields.\n\n';

function fieldsTable(part: string, schema: TObject | undefined, secrets: readonly string[] = []): string {
  if (schema === undefined) return '';
  const rows = fieldRows(schema, '', secrets);
  return rows.length === 0 ? '' : `${markdownTable([`\`${part}\``, 'value', 'meaning'], rows)}\n`;
}

function fieldRows(schema: FieldSchema, prefix: string, secrets: readonly string[]): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const field = property as FieldSchema;
    const path = `${prefix}${name}`;
    const shown = secrets.includes(path) ? ' It is never shown.' : '';
    // What an address declares, and what holds of it, has a page of its own.
    const below =
      path === 'inForce' ? [] : fieldRows(field.items?.properties ? field.items : field, `${path}${field.items ? '[]' : ''}.`, secrets);
    return [[`\`${path}\``, valueWords(field), `${field.description ?? ''}${shown}`], ...below];
  });
}

function valueWords(field: FieldSchema): string {
  const { type, anyOf, minimum, maximum, properties, items } = field;
  if (field.const !== undefined) return `\`${String(field.const)}\``;
  if (anyOf)
    return anyOf.every(option => option.const !== undefined)
      ? anyOf.map(option => `\`${String(option.const)}\``).join(', ')
      : 'one of several forms';
  if (properties || type === 'object') return 'fields';
  if (items) return items.type === 'string' ? 'list of texts' : 'list';
  if (type === 'boolean') return '`true` or `false`';
  if (type !== 'integer' && type !== 'number') return type === 'array' ? 'list' : 'text';
  const number = type === 'integer' ? 'whole number' : 'number';
  if (minimum === undefined) return number;
  return maximum === undefined ? `${number}, ${minimum} or more` : `${number}, ${minimum} to ${maximum}`;
}
