import { parseDocument } from 'yaml';
import { toYaml } from './yaml.ts';

/** What people write of a document; the server fills in the rest. */
export interface WrittenDocument {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

export type ReadText = { readonly document: WrittenDocument } | { readonly wrong: string };

/** A document as YAML (or JSON, which is YAML), with its kind. */
export function writeText(kind: string, { metadata, spec }: WrittenDocument): string {
  return toYaml({ apiVersion: 'angarium.dev/v1', kind, metadata, spec });
}

/** What somebody has typed: a document of this kind, or what is wrong with it. What it says is the server's to check. */
export function readText(kind: string, text: string): ReadText {
  const parsed = parseDocument(text);
  const [error] = parsed.errors;
  if (error) return { wrong: `This is not YAML: ${error.message.split('\n', 1)[0]!.replace(/:$/, '.')}` };
  const value = parsed.toJS() as unknown;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { wrong: 'A document has apiVersion, kind, metadata and spec.' };
  const { kind: said, metadata, spec = {} } = value as Record<string, unknown>;
  if (said !== undefined && said !== kind) return { wrong: `The kind is ${String(said)}, and has to be ${kind}.` };
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) return { wrong: 'The spec has to be fields with values.' };
  const { name, labels, annotations } = (metadata ?? {}) as Partial<WrittenDocument['metadata']>;
  if (typeof name !== 'string' || name === '') return { wrong: 'metadata.name is missing.' };
  const described = {
    ...(labels !== undefined && { labels }),
    ...(annotations !== undefined && { annotations }),
  };
  return { document: { metadata: { name, ...described }, spec: spec as WrittenDocument['spec'] } };
}
