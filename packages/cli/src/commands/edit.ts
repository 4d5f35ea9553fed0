import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDocuments, yamlOf } from '@angarium/server/document-file';
import { ProblemError } from '../api-client.ts';
import { askYes } from '../confirm.ts';
import { CommandError } from '../exit-code.ts';
import { print, printJson, remark } from '../output.ts';
import { callingName, isWritten, type ResourceKind } from '../resources/kind-names.ts';
import { plainDocument } from '../resources/plain-document.ts';
import { ResourceClient, type ResourceDocument } from '../resources/resource-client.ts';
import { unifiedDiff } from '../resources/unified-diff.ts';
import type { TargetOptions } from '../target.ts';

const HEAD = '# What you save is put in place of what is there. An empty file, or one without a change, changes nothing.\n';

type Options = TargetOptions & { readonly json?: boolean };

/** Lets the user change a document in an editor; when somebody else was quicker, he is shown what, and may try again. */
export async function edit(kindName: string, name: string, options: Options): Promise<void> {
  const client = await ResourceClient.of(options);
  const kind = await client.kind(kindName);
  if (!isWritten(kind)) throw new CommandError('failed', `Documents of the kind ${kind.kind} are the server’s to write.`);
  const folder = await mkdtemp(join(tmpdir(), 'angarium-edit-'));
  const file = join(folder, 'document.yaml');
  const outcome = await editUntilTaken(client, kind, name, file).catch((error: unknown) => {
    if (error instanceof CommandError && error.reason !== 'usage') remark(`What you wrote is in ${file}`);
    throw error;
  });
  await rm(folder, { recursive: true, force: true });
  if (options.json) printJson(outcome ?? { unchanged: name });
  else print(`${callingName(kind, name)} ${outcome === undefined ? 'unchanged' : 'edited'}`);
}

/** The document as it is then; undefined when nothing was changed. */
async function editUntilTaken(
  client: ResourceClient,
  kind: ResourceKind,
  name: string,
  file: string,
): Promise<ResourceDocument | undefined> {
  let before = await client.get(kind, client.space, name);
  const first = writable(before);
  let text = first;
  let words = '';
  for (;;) {
    await writeFile(file, `${HEAD}${words}${text}`, { mode: 0o600 });
    await openEditor(file);
    text = withoutComments(await readFile(file, 'utf8'));
    if (text.trim() === '' || text === first) return undefined;
    try {
      const document = documentOf(text, file);
      const metadata = { ...(document.metadata as object | undefined), resourceVersion: before.metadata.resourceVersion };
      return await client.put(kind, client.space, name, { ...document, metadata });
    } catch (error) {
      // What is not YAML, or not a document of this kind, can be mended; who may not write at all need not try.
      if (!(error instanceof CommandError) || error.reason === 'denied' || error.reason === 'unreachable') throw error;
      let shown = error.message;
      if (error instanceof ProblemError && error.code === 'conflict') {
        const now = await client.get(kind, client.space, name);
        const change = unifiedDiff(writable(before), writable(now), callingName(kind, name));
        shown = `Somebody else has changed it meanwhile:\n${change}\nSaving puts yours in place of that.`;
        before = now;
      }
      remark(shown);
      if (!process.stdin.isTTY) throw new CommandError('failed', 'It was not written: edit it again.', error);
      if (!(await askYes('Edit it again?'))) throw new CommandError('failed', 'It was not written.', error);
      words = `${shown.replaceAll(/^/gm, '# ')}\n`;
    }
  }
}

function writable(document: ResourceDocument): string {
  return yamlOf(plainDocument(document, { applied: true }));
}

/** The lines that are for the user alone are at the beginning. */
function withoutComments(text: string): string {
  return text.replace(/^(#.*\n)+/, '');
}

function documentOf(text: string, file: string): Readonly<Record<string, unknown>> {
  let found: readonly { readonly value: unknown }[];
  try {
    found = parseDocuments(text, file);
  } catch (error) {
    throw new CommandError('failed', (error as Error).message, error);
  }
  const value = found[0]?.value;
  if (found.length !== 1 || typeof value !== 'object' || value === null)
    throw new CommandError('failed', 'One document is expected: apiVersion, kind, metadata, spec.');
  return value as Readonly<Record<string, unknown>>;
}

/** The editor is a command line of its own, such as `code --wait`. */
async function openEditor(file: string): Promise<void> {
  const editor = process.env.VISUAL || process.env.EDITOR || 'vi';
  const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (code !== 0) throw new CommandError('failed', `The editor "${editor}" ended with ${code ?? signal}: nothing was changed.`);
}
