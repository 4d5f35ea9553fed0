import { readDocumentFile } from '@angarium/server/document-file';
import { CommandError } from './exit-code.ts';
import type { SpecDocument } from './spec-flags.ts';

interface NamedDocument {
  readonly name: string;
  readonly spec: SpecDocument;
}

/** The documents of this kind in a file of YAML or JSON: `apiVersion`, `kind`, `metadata.name`, `spec`. `only` names the one that is wanted. */
export async function readDocuments(file: string, kind: string, only: string | undefined): Promise<NamedDocument[]> {
  let found: unknown[];
  try {
    found = await readDocumentFile(file);
  } catch (error) {
    throw new CommandError('usage', (error as Error).message, error);
  }
  const documents = found.map((document, at) =>
    named(document, `${file}, document ${at + 1}`, kind, found.length === 1 ? only : undefined),
  );
  const wanted = only === undefined ? documents : documents.filter(({ name }) => name === only);
  if (wanted.length === 0) throw new CommandError('usage', `${file} has no ${kind}${only === undefined ? '' : ` of the name ${only}`}.`);
  return wanted;
}

function named(document: unknown, where: string, kind: string, fallback: string | undefined): NamedDocument {
  const { kind: is = kind, metadata, spec } = (document ?? {}) as { kind?: unknown; metadata?: { name?: unknown }; spec?: unknown };
  if (is !== kind) throw new CommandError('usage', `${where}: its kind is ${String(is)}, and ${kind} is expected.`);
  const name = metadata?.name ?? fallback;
  if (typeof name !== 'string') throw new CommandError('usage', `${where}: metadata.name is missing.`);
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) throw new CommandError('usage', `${where}: spec is missing.`);
  return { name, spec: { ...spec } };
}
