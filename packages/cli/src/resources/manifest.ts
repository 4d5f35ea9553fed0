import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseDocuments, readWrittenDocuments, type WrittenDocument } from '@angarium/server/document-file';
import type { ProblemError } from '../api-client.ts';
import { CommandError } from '../exit-code.ts';
import { DOCUMENTS } from './kind-names.ts';

/** Standard input, where a file could be named. */
const STREAM = '-';
const DOCUMENT_FILE = /\.(ya?ml|json)$/;
/** Most documents of one command. */
const DOCUMENTS_MAX = 100_000;

type Fields = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

/** A declared document that somebody has written, and where. */
export interface Manifest {
  readonly document: Fields;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** The address space that it names itself. */
  readonly space: string | undefined;
  readonly metadata: Fields;
  /** File and line of a field, or of what is there of its path. */
  readonly where: (path?: Path) => string;
}

/** The documents of files, of folders and all that is below them (by name), and of standard input. */
export async function readManifests(sources: readonly string[]): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (const source of sources)
    for (const file of await filesOf(source))
      for (const written of await documentsOf(file)) {
        manifests.push(...manifestsOf(written, file, []));
        if (manifests.length > DOCUMENTS_MAX) throw new CommandError('usage', `There are more than ${DOCUMENTS_MAX} documents.`);
      }
  if (manifests.length === 0)
    throw new CommandError('usage', `There are no documents in ${sources.join(', ')}. Folders are searched for .yaml, .yml and .json.`);
  return manifests;
}

async function filesOf(source: string): Promise<string[]> {
  if (source === STREAM) return [source];
  const found = await stat(source).catch((error: Error) => {
    throw new CommandError('usage', `The file ${source} cannot be read: ${error.message}`, error);
  });
  if (!found.isDirectory()) return [source];
  const entries = await readdir(source, { withFileTypes: true, recursive: true });
  return entries
    .filter(entry => !entry.isDirectory() && DOCUMENT_FILE.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
    .sort();
}

async function documentsOf(file: string): Promise<WrittenDocument[]> {
  try {
    return file === STREAM ? parseDocuments(await text(process.stdin), 'standard input') : await readWrittenDocuments(file);
  } catch (error) {
    throw new CommandError('usage', (error as Error).message, error);
  }
}

/** The documents of a text that came from somewhere. */
export function manifestsOfText(text: string, file: string): Manifest[] {
  try {
    return parseDocuments(text, file).flatMap(written => [...manifestsOf(written, file, [])]);
  } catch (error) {
    throw error instanceof CommandError ? error : new CommandError('usage', (error as Error).message, error);
  }
}

/** A document, or those of a list as `angarium get … -o json` prints it. */
function* manifestsOf({ value, lineOf }: WrittenDocument, file: string, at: Path): Generator<Manifest> {
  const of = file === STREAM ? 'standard input' : file;
  const where = (path: Path = []): string => `${of}:${lineOf([...at, ...path])}`;
  const wrong = (words: string, path: Path = []): CommandError => new CommandError('usage', `${where(path)}: ${words}`);
  const isList = !Array.isArray(value) && isFields(value) && /List$/.test(String(value.kind)) && Array.isArray(value.items);
  const items = Array.isArray(value) ? value : isList ? (value.items as unknown[]) : undefined;
  if (items) {
    for (const [index, item] of items.entries())
      yield* manifestsOf({ value: item, lineOf }, file, [...at, ...(isList ? ['items'] : []), index]);
    return;
  }
  if (!isFields(value)) throw wrong('a document is expected here: apiVersion, kind, metadata, spec.');
  const { apiVersion = DOCUMENTS, kind, metadata } = value;
  if (typeof apiVersion !== 'string') throw wrong('apiVersion is a text, such as angarium.dev/v1.', ['apiVersion']);
  if (typeof kind !== 'string') throw wrong('kind is missing: what the document is, such as Address.', ['kind']);
  if (!isFields(metadata) || typeof metadata.name !== 'string')
    throw wrong('metadata.name is missing: the name of the document.', ['metadata']);
  const { name, addressSpace } = metadata;
  if (addressSpace !== undefined && typeof addressSpace !== 'string')
    throw wrong('metadata.addressSpace is a text: the name of an address space.', ['metadata', 'addressSpace']);
  yield { document: { ...value, apiVersion }, apiVersion, kind, name: name as string, space: addressSpace, metadata, where };
}

/** What the server says against a document, with the file, the line and the field that it means. */
export function placedProblem({ document, where }: Manifest, { code, detail, reason }: ProblemError, name: string): CommandError {
  const [, pointer, words = detail] = /^(?:body|document)((?:\/[^/:]+)*): (.*)$/s.exec(detail) ?? [];
  const path = pointer === undefined ? fieldIn(detail, document) : pointer.split('/').slice(1).map(unescaped);
  const unknown = /^"([^"]+)" is not known/.exec(words)?.[1];
  const field = pointer === undefined || path.length === 0 ? '' : `${path.join('.')}: `;
  const line = where(unknown === undefined ? path : [...path, unknown]);
  return new CommandError(reason, `${line}: ${name}: ${field}${words.replace(/\?\.$/, '?')} (${code})`);
}

/** The field that words are about, such as `spec.plan names …`, or `lastValueKey means nothing to a topic`. */
function fieldIn(words: string, { spec }: Fields): readonly string[] {
  const whole = /\bspec((?:\.[A-Za-z]+)+)/.exec(words)?.[1];
  if (whole !== undefined) return ['spec', ...whole.slice(1).split('.')];
  const named = isFields(spec) ? words.match(/\w+/g)?.find(word => Object.hasOwn(spec, word)) : undefined;
  return named === undefined ? [] : ['spec', named];
}

/** A step of a JSON pointer (RFC 6901, section 4): numbers are places in lists. */
function unescaped(step: string): string | number {
  return /^\d+$/.test(step) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~');
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
