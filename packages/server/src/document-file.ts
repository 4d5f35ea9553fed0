import { readFile } from 'node:fs/promises';
import { isNode, isPair, isScalar, LineCounter, type Node, type Document as ParsedDocument, parseAllDocuments, stringify } from 'yaml';

/** The largest file of documents. */
const FILE_BYTES_MAX = 16 * 1024 * 1024;

/** A document, and where it is written. */
export interface WrittenDocument {
  readonly value: unknown;
  /** The line, from 1, of what this path leads to, or of the last part of it that is there. */
  readonly lineOf: (path: readonly (string | number)[]) => number;
}

/** The documents of a file of YAML, which JSON is too; empty ones are left out. Throws an error that names the file, the line and what is wrong. */
export async function readDocumentFile(file: string): Promise<unknown[]> {
  return (await readWrittenDocuments(file)).map(({ value }) => value);
}

/** The same with the lines of the documents. */
export async function readWrittenDocuments(file: string): Promise<WrittenDocument[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(`The file ${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  return parseDocuments(text, file);
}

/** The same of a text; `file` is what errors call it. */
export function parseDocuments(text: string, file: string): WrittenDocument[] {
  if (text.length > FILE_BYTES_MAX) throw new Error(`The file ${file} is larger than ${FILE_BYTES_MAX} bytes.`);
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  if (!Array.isArray(documents)) return [];
  for (const { errors } of documents) {
    const [error] = errors;
    if (error) throw new Error(`${file}:${lines.linePos(error.pos[0]).line}: ${error.message}`, { cause: error });
  }
  return documents
    .map(document => ({
      value: document.toJS() as unknown,
      lineOf: (path: readonly (string | number)[]) => lines.linePos(placeOf(document, path)).line,
    }))
    .filter(({ value }) => value !== null);
}

/** A value as a document of YAML. */
export function yamlOf(value: unknown): string {
  return stringify(value, { lineWidth: 0 });
}

/** The place in the text of the deepest part of the path: of its name, where it has one. */
function placeOf(document: ParsedDocument, path: readonly (string | number)[]): number {
  let node: unknown = document.contents;
  let place = startOf(node) ?? 0;
  for (const step of path) {
    const items: readonly unknown[] = (node as { items?: readonly unknown[] } | null)?.items ?? [];
    const item = typeof step === 'number' ? items[step] : items.find(pair => isPair(pair) && isScalar(pair.key) && pair.key.value === step);
    if (item === undefined) break;
    place = startOf(isPair(item) ? item.key : item) ?? place;
    node = isPair(item) ? item.value : item;
  }
  return place;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? (node as Node).range?.[0] : undefined;
}
