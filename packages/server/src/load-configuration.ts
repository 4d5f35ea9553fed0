import { readFile } from 'node:fs/promises';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import {
  CONFIGURATION,
  type Configuration,
  type ConfigurationOption,
  configurationOptions,
  defaultConfiguration,
} from './configuration.ts';
import { explainViolation, knownNames, withoutUnionParts } from './explain-violation.ts';
import { StartError } from './start-error.ts';

/** Most complaints of one message: with a file of another program, one each line would help nobody. */
const COMPLAINTS_MAX = 10;
/** The largest configuration file. */
const FILE_BYTES_MAX = 16 * 1024 * 1024;

export interface ConfigurationSources {
  /** By the option's name (`dataDir`); text as it was given, `true` or `false` for flags without a value. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Path of a YAML file. */
  readonly file?: string | undefined;
}

/** The configuration from all sources: a flag counts more than a variable, a variable more than the file, the file more than the default. */
export async function loadConfiguration(sources: ConfigurationSources): Promise<Configuration> {
  const options = configurationOptions();
  const complaints: string[] = [];
  const fromFile = sources.file === undefined ? {} : await readConfigurationFile(sources.file, complaints);
  const fromVariables: Record<string, unknown> = {};
  const fromFlags: Record<string, unknown> = {};
  for (const option of options) {
    const variable = option.variable === undefined ? undefined : sources.variables[option.variable];
    if (option.variable !== undefined && variable !== undefined && variable !== '') {
      fromVariables[option.name] = givenValue(option, variable, option.variable, complaints);
    }
    const flag = sources.flags[option.name];
    if (flag !== undefined) fromFlags[option.name] = givenValue(option, flag, `--${option.flag}`, complaints);
  }
  if (complaints.length > 0) throw new StartError('configuration', listed(complaints));
  return { ...defaultConfiguration(), ...fromFile, ...fromVariables, ...fromFlags };
}

/** One value from its text, checked against the schema of its option. */
function givenValue(option: ConfigurationOption, text: string | boolean, source: string, complaints: string[]): unknown {
  const value = typeof text === 'boolean' ? text : parseText(option.kind, text);
  const check = validators.get(option.name)!;
  if (!check(value)) {
    for (const error of withoutUnionParts(check.errors ?? [])) complaints.push(`${source}: ${explainViolation(error, [])}`);
  }
  return value;
}

function parseText(kind: ConfigurationOption['kind'], text: string): unknown {
  if (kind === 'integer' && /^\d+$/.test(text)) return Number(text);
  if (kind === 'boolean' && /^(true|1|yes)$/i.test(text)) return true;
  if (kind === 'boolean' && /^(false|0|no)$/i.test(text)) return false;
  if (kind === 'list')
    return text
      .split(',')
      .map(item => item.trim())
      .filter(item => item !== '');
  return text;
}

async function readConfigurationFile(file: string, complaints: string[]): Promise<Partial<Configuration>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new StartError('configuration', `The configuration file ${file} cannot be read: ${(error as Error).message}`, error);
  }
  if (text.length > FILE_BYTES_MAX)
    throw new StartError('configuration', `The configuration file ${file} is larger than ${FILE_BYTES_MAX} bytes.`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems = [...document.errors, ...document.warnings];
  for (const problem of problems) complaints.push(`${file}:${lines.linePos(problem.pos[0]).line}: ${problem.message}`);
  if (document.errors.length > 0) return {};
  const value: unknown = withTexts(document.toJS() ?? {});
  if (!wholeFile(value)) {
    const found: { line: number; words: string }[] = [];
    for (const error of withoutUnionParts(wholeFile.errors ?? [])) {
      const path = error.instancePath.split('/').slice(1);
      const line = lineOf(document, path, error, lines);
      const where = path.length === 0 ? '' : `${path.join('.')}: `;
      found.push({ line, words: `${where}${explainViolation(error, knownNames(error))}` });
    }
    found.sort((one, other) => one.line - other.line);
    for (const { line, words } of found) complaints.push(`${file}:${line}: ${words}`);
    return {};
  }
  return value as Partial<Configuration>;
}

/** A port alone is a number in YAML: it is meant as the text that it would be on the command line. */
function withTexts(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const texts = new Set(
    configurationOptions()
      .filter(option => option.kind === 'string')
      .map(option => option.name),
  );
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, texts.has(name) && typeof item === 'number' ? String(item) : item]),
  );
}

/** The line of what is wrong: the unknown name itself, or else the value. */
function lineOf(document: Document, path: readonly string[], error: ErrorObject, lines: LineCounter): number {
  const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  const unknown: unknown = error.keyword === 'additionalProperties' ? error.params.additionalProperty : undefined;
  if (isMap(node) && unknown !== undefined) {
    const pair = node.items.find(item => isScalar(item.key) && item.key.value === unknown);
    if (isNode(pair?.key) && pair.key.range) return lines.linePos(pair.key.range[0]).line;
  }
  return isNode(node) && node.range ? lines.linePos(node.range[0]).line : 1;
}

function listed(complaints: readonly string[]): string {
  const shown = complaints.slice(0, COMPLAINTS_MAX);
  const more = complaints.length - shown.length;
  return [
    'The configuration cannot be used:',
    ...shown.map(complaint => `  ${complaint}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ].join('\n');
}

const ajv = new Ajv({ allErrors: true, verbose: true, keywords: ['expected', 'placeholder', 'fileOnly'] });
// In a file every option may be left out.
const wholeFile = ajv.compile({ ...CONFIGURATION, required: [] });
const validators: ReadonlyMap<string, ValidateFunction> = new Map(
  Object.entries(CONFIGURATION.properties).map(([name, schema]) => [name, ajv.compile(schema)]),
);
