import { ProblemError } from '../api-client.ts';
import { CommandError } from '../exit-code.ts';
import { DOCUMENTS, kindNamed } from './kind-names.ts';
import { type Manifest, placedProblem } from './manifest.ts';
import { APPLIED, plainDocument } from './plain-document.ts';
import type { ResourceClient, ResourceDocument } from './resource-client.ts';
import { unifiedDiff } from './unified-diff.ts';

/** What has become of a document, or would. */
export interface AppliedItem {
  readonly outcome: 'created' | 'changed' | 'unchanged' | 'deleted';
  readonly document: ResourceDocument;
  /** How it differs from what was there; absent when nobody asked. */
  readonly diff?: string;
}

export interface Applied {
  readonly manifest: Manifest;
  /** One, but for some that are translated. */
  readonly items: readonly AppliedItem[];
  /** What of it means nothing here. */
  readonly warnings: readonly string[];
  /** It could not be asked whether it would be taken, since it needs this, which another of these documents makes. */
  readonly needs?: string;
}

interface Answer {
  readonly items: readonly AppliedItem[];
  readonly warnings: readonly string[];
}

export interface ApplyWish {
  readonly dryRun: boolean;
  readonly diff: boolean;
  /** Names of all documents of this run. */
  readonly names: ReadonlySet<string>;
}

/** Makes one document so; what goes wrong is answered, with the place of the document. */
export async function applyManifest(client: ResourceClient, manifest: Manifest, wish: ApplyWish): Promise<Applied | CommandError> {
  try {
    const document = await marked(client, manifest);
    const would = wish.dryRun || wish.diff ? await ask(client, document, true) : undefined;
    const diffs = would && wish.diff ? await Promise.all(would.items.map(item => diffOf(client, item))) : [];
    const { items, warnings } = wish.dryRun ? would! : await ask(client, document, false);
    return { manifest, warnings, items: items.map((item, at) => ({ ...item, ...(diffs[at] !== undefined && { diff: diffs[at] }) })) };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (!(error instanceof ProblemError)) return error;
    const needs = wish.dryRun ? neededOf(error.detail, wish.names) : undefined;
    if (needs === undefined) return placedProblem(manifest, error, `${manifest.kind.toLowerCase()}/${manifest.name}`);
    return unchecked(manifest, manifest.space ?? client.space, needs);
  }
}

/** What is missed, where this run would make it: nothing is made in a dry run. */
function neededOf(words: string, names: ReadonlySet<string>): string | undefined {
  if (!/\bthere is no\b/i.test(words)) return undefined;
  return words.match(/[\w/-]+(\.[\w/-]+)*/g)?.find(word => names.has(word));
}

function ask(client: ResourceClient, document: object, dryRun: boolean): Promise<Answer> {
  const query = new URLSearchParams({ space: client.space, ...(dryRun && { dryRun: 'All' }) });
  return client.api.post<Answer>(`/apply?${query}`, document);
}

/** What is sent: with the mark of what was applied, and with the finalizers that others have set where it names none. */
async function marked(client: ResourceClient, { document, apiVersion, kind, name, space, metadata }: Manifest): Promise<object> {
  const known = apiVersion === DOCUMENTS ? kindNamed(await client.kinds(), kind) : undefined;
  const before = known && metadata.finalizers === undefined ? await client.find(known, space ?? client.space, name) : undefined;
  const finalizers = before?.metadata.finalizers;
  const annotations = { ...(metadata.annotations as object | undefined), [APPLIED]: 'true' };
  return { ...document, metadata: { ...metadata, annotations, ...(finalizers && { finalizers }) } };
}

async function diffOf(client: ResourceClient, { document }: AppliedItem): Promise<string> {
  const { kind, metadata } = document;
  const before = await client.find(await client.kind(kind), metadata.addressSpace ?? '', metadata.name);
  const { yamlOf } = await import('@angarium/server/document-file');
  const text = (shown: ResourceDocument | undefined): string => (shown === undefined ? '' : yamlOf(plainDocument(shown)));
  return unifiedDiff(text(before), text(document), `${kind.toLowerCase()}/${metadata.name}`);
}

function unchecked(manifest: Manifest, space: string, needs: string): Applied {
  const { apiVersion, kind, name } = manifest;
  const document: ResourceDocument = { apiVersion, kind, metadata: { name, addressSpace: space } };
  return { manifest, warnings: [], items: [{ outcome: 'created', document }], needs };
}
