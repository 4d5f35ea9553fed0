import { confirm } from '../confirm.ts';
import { CommandError } from '../exit-code.ts';
import { remark } from '../output.ts';
import { callingName, DOCUMENTS, isWritten, kindNamed } from '../resources/kind-names.ts';
import { readManifests } from '../resources/manifest.ts';
import { type Found, type RemovalOptions, removeFound } from '../resources/removal.ts';
import { ResourceClient } from '../resources/resource-client.ts';
import type { TargetOptions } from '../target.ts';

interface DeleteOptions extends TargetOptions, Pick<RemovalOptions, 'dryRun' | 'json'> {
  readonly file?: readonly string[];
  readonly force?: boolean;
  readonly cascade?: boolean;
  readonly yes?: boolean;
}

export async function deleteDocuments(kindName: string | undefined, names: readonly string[], options: DeleteOptions): Promise<void> {
  if ((options.file === undefined) === (names.length === 0))
    throw new CommandError('usage', 'Say what to delete: a kind and names, such as angarium delete address orders, or files: -f FILE.');
  const client = await ResourceClient.of(options);
  const found = options.file === undefined ? await named(client, kindName!, names) : await written(client, options.file);
  const force = Boolean(options.force ?? options.cascade);
  if (force && !options.yes && !options.dryRun) {
    for (const { kind, document } of found) remark(`to be deleted, with all that is in it: ${callingName(kind, document.metadata.name)}`);
    await confirm('Delete this for good?');
  }
  await removeFound(client, found, { ...options, force });
}

async function named(client: ResourceClient, kindName: string, names: readonly string[]): Promise<Found[]> {
  const kind = await client.kind(kindName);
  const space = kind.namespaced ? client.space : '';
  return names.map(name => ({ kind, space, document: { apiVersion: kind.apiVersion, kind: kind.kind, metadata: { name } } }));
}

/** The documents of files, those first that others need last. One that is not there is left out, with a remark. */
async function written(client: ResourceClient, files: readonly string[]): Promise<Found[]> {
  const kinds = await client.kinds();
  const found: Found[] = [];
  for (const { apiVersion, kind: kindName, name, space: of, where } of await readManifests(files)) {
    const kind = kindNamed(kinds, kindName);
    if (apiVersion !== DOCUMENTS || kind === undefined || !isWritten(kind))
      throw new CommandError(
        'usage',
        `${where(['kind'])}: documents of ${apiVersion} and kind ${kindName} cannot be deleted by this name.`,
      );
    const space = kind.namespaced ? (of ?? client.space) : '';
    const document = await client.find(kind, space, name);
    if (document) found.push({ kind, space, document });
    else remark(`${where()}: ${callingName(kind, name)} is not there.`);
  }
  return found.sort((a, b) => kinds.indexOf(b.kind) - kinds.indexOf(a.kind));
}
