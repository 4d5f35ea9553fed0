import { type ConfigurationOption, configurationOptions } from '../../packages/server/src/configuration.ts';
import { GENERATED, markdownTable } from './markdown.ts';

/** docs/reference/configuration.md */
export function configurationPage(): string {
  const options = configurationOptions();
  return `${GENERATED}

# Configuration

\`angarium up\` needs none. Every option can be given as a flag, as a variable of the environment, or as a key of a YAML file that \`--config\`
(or \`ANGARIUM_CONFIG\`) names. A flag counts more than a variable, a variable more than the file, the file more than the default. What is not
known, or not of its type, is refused at start with the place of the mistake.

\`\`\`yaml
amqp: 0.0.0.0:5672
dataDir: /var/lib/angarium
users:
  - name: ada
    passwordHash: $argon2id$v=19$m=19456,t=2,p=1$… # angarium user hash-password
    scramSha256: SCRAM-SHA-256$65536:…
addresses:
  - { name: orders, type: queue, messagesMax: 100000 }
\`\`\`

## Options

${options
  .filter(option => option.flag !== undefined)
  .map(scalarOption)
  .join('\n\n')}

## In the file alone

${options
  .filter(option => option.flag === undefined)
  .map(objectOption)
  .join('\n\n')}
`;
}

function scalarOption(option: ConfigurationOption): string {
  const facts = [
    [
      'flag',
      option.kind === 'boolean' && option.default === true ? `\`--no-${option.flag}\`, \`--${option.flag}\`` : `\`--${option.flag}\``,
    ],
    ['variable', `\`${option.variable}\``],
    ['type', option.kind === 'list' ? 'list, with commas in flags and variables' : typeWords(option.schema as Schema)],
    ['default', `\`${JSON.stringify(option.default)}\``],
  ] as const;
  return `### ${option.name}\n\n${option.description}\n\n${facts.map(([name, value]) => `- ${name}: ${value}`).join('\n')}`;
}

function objectOption(option: ConfigurationOption): string {
  const { items, ...itself } = option.schema as Partial<ObjectSchema> & { readonly items?: ObjectSchema };
  const { properties = {}, required = [] } = items ?? itself;
  const rows = Object.entries(properties).map(([name, schema]) => [
    `\`${name}\``,
    typeWords(schema),
    required.includes(name) ? 'yes' : 'no',
    schema.description ?? 'What the address does with messages.',
  ]);
  return `### ${option.name}\n\n${items ? 'A list. ' : ''}${option.description}\n\n${markdownTable(['key', 'type', 'needed', 'meaning'], rows)}`;
}

interface ObjectSchema {
  readonly properties: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly expected?: string;
  readonly minimum?: number;
  readonly anyOf?: readonly { readonly const: string }[];
  readonly enum?: readonly string[];
}

function typeWords(schema: Schema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(option => `\`${option.const}\``).join(', ');
  if (schema.enum !== undefined) return schema.enum.map(value => `\`${value}\``).join(', ');
  if (schema.expected !== undefined) return schema.expected;
  if (schema.type === 'integer') return schema.minimum === undefined ? 'whole number' : `whole number, ${schema.minimum} or more`;
  if (schema.type === 'boolean') return '`true` or `false`';
  if (schema.type === 'array') return 'list';
  return 'text';
}
