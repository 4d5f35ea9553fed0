import { readFile } from 'node:fs/promises';
import { LineCounter, parseAllDocuments } from 'yaml';

/** The largest file of documents. */
const FILE_BYTES_MAX = 16 * 1024 * 1024;

/** The documents of a file of YAML, which JSON is too; empty ones are left out. Throws an error that names the file, the line and what is wrong. */
export async function readDocumentFile(file: string): Promise<unknown[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(`The file ${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  if (text.length > FILE_BYTES_MAX) throw new Error(`The file ${file} is larger than ${FILE_BYTES_MAX} bytes.`);
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  if (!Array.isArray(documents)) return [];
  for (const { errors } of documents) {
    const [error] = errors;
    if (error) throw new Error(`${file}:${lines.linePos(error.pos[0]).line}: ${error.message}`, { cause: error });
  }
  return documents.map(document => document.toJS() as unknown).filter(document => document !== null);
}
