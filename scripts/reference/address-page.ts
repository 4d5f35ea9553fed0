import { ADDRESS_TYPES, ALIASES_MAX, BINDINGS_MAX, DIVERTS_MAX, PLANS_MAX } from '../../packages/core/src/index.ts';
import { type SpecFieldSchema, specFields } from '../../packages/server/src/address-schema.ts';
import { GENERATED, markdownTable } from './markdown.ts';

/** docs/reference/address.md */
export function addressPage(): string {
  const types = Object.entries(ADDRESS_TYPES).map(([type, meaning]) => [`\`${type}\``, meaning]);
  const fields = specFields().map(({ field, types: taken, schema }) => [
    `\`${field}\``,
    valueWords(schema),
    taken.length === 0 ? 'none yet' : taken.join(', '),
    schema.description ?? '',
  ]);
  return `${GENERATED}

# Addresses

What an address may declare: the \`spec\` of its document in the HTTP API, the entries of \`addresses\` in the configuration file, and the flags of
\`angarium address create\`. A field that the type does not take is refused, and so are fields that do not go together; the answer says what to do.

## Types

${markdownTable(['type', 'what happens to a message'], types)}

## Fields

${markdownTable(['field', 'value', 'types', 'meaning'], fields)}

An address has at most ${ALIASES_MAX} aliases, ${BINDINGS_MAX} bindings and ${DIVERTS_MAX} diverts; a space has at most ${PLANS_MAX} plans.

## Changing an address

All but \`type\` can be changed while the address is in use: \`PATCH\` takes a JSON merge patch (RFC 7396), and \`angarium address update\` the flags of
\`create\`. The change is in force at once, for the links and messages that are there; the answer comes when it is on disk.

## Plans

A plan (\`AddressPlan\`) is a named set of these fields without \`type\`, \`plan\` and \`aliases\`. An address that names it in \`plan\` has, of the fields
that its type takes, those that it does not declare itself; a field such as \`redelivery\` is taken as a whole. Changing a plan changes every address
that uses it, at once; it is refused when one of them could not be like that. \`status.inForce\` of an address shows what holds.
`;
}

function valueWords({ type, anyOf, minimum, maximum }: SpecFieldSchema): string {
  if (anyOf !== undefined) return anyOf.map(option => `\`${option.const}\``).join(', ');
  if (type === 'boolean') return '`true` or `false`';
  if (type === 'array') return 'list';
  if (type === 'object') return 'fields below';
  if (type !== 'integer' && type !== 'number') return 'text';
  const number = type === 'integer' ? 'whole number' : 'number';
  return maximum === undefined ? `${number}, ${minimum} or more` : `${number}, ${minimum} to ${maximum}`;
}
