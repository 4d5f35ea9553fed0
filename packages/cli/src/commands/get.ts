import { CommandError } from '../exit-code.ts';
import { print, printJson } from '../output.ts';
import { type Columns, columnsOf } from '../resources/columns.ts';
import { callingName, type ResourceKind } from '../resources/kind-names.ts';
import { ResourceClient, type ResourceDocument } from '../resources/resource-client.ts';
import { formatTable } from '../table.ts';
import type { TargetOptions } from '../target.ts';

export interface GetOptions extends TargetOptions {
  readonly selector?: string;
  readonly output: 'table' | 'wide' | 'yaml' | 'json' | 'name';
  readonly allSpaces?: boolean;
  readonly watch?: boolean;
  readonly timeout?: number;
  readonly json?: boolean;
}

export async function get(kindName: string, name: string | undefined, options: GetOptions): Promise<void> {
  if (name !== undefined && (options.allSpaces || options.selector !== undefined))
    throw new CommandError('usage', 'One document is asked for by its name: leave out --all-spaces and --selector.');
  if (options.timeout !== undefined && !options.watch) throw new CommandError('usage', '--timeout is for --watch: say --watch too.');
  const client = await ResourceClient.of(options);
  const kind = await client.kind(kindName);
  const output = options.json ? 'json' : options.output;
  if (options.watch) return await (await import('./watch.ts')).watch(client, kind, name, { ...options, output });
  if (name !== undefined) return await show(kind, [await client.get(kind, client.space, name)], { ...options, output }, true);
  const spaces = options.allSpaces && kind.namespaced ? await client.spaces() : [client.space];
  const documents: ResourceDocument[] = [];
  for (const space of spaces) documents.push(...(await Array.fromAsync(client.list(kind, space, { labelSelector: options.selector }))));
  if (documents.length === 0 && (output === 'table' || output === 'wide')) return print(nothing(kind, client.space, options));
  await show(kind, documents, { ...options, output }, false);
}

function nothing({ kind, plural, namespaced, verbs }: ResourceKind, space: string, { selector, allSpaces }: GetOptions): string {
  const where = namespaced && !allSpaces ? ` in the address space ${space}` : '';
  const which = selector === undefined ? '' : ` with the labels ${selector}`;
  const next = verbs.includes('create') ? ` What one says: angarium explain ${kind.toLowerCase()}. Then: angarium apply -f FILE` : '';
  return `There are no ${plural}${which}${where}.${next}`;
}

async function show(kind: ResourceKind, documents: readonly ResourceDocument[], options: GetOptions, one: boolean): Promise<void> {
  switch (options.output) {
    case 'json':
      return printJson(one ? documents[0] : documents);
    case 'yaml': {
      const { yamlOf } = await import('@angarium/server/document-file');
      return print(documents.map(document => yamlOf(document).trimEnd()).join('\n---\n'));
    }
    case 'name':
      for (const { metadata } of documents) print(callingName(kind, metadata.name));
      return;
    case 'table':
    case 'wide': {
      const { titles, row } = tableOf(kind, documents, options);
      return print(formatTable(titles, documents.map(row)));
    }
  }
}

function tableOf({ kind, namespaced }: ResourceKind, documents: readonly ResourceDocument[], { output, allSpaces }: GetOptions): Columns {
  const hasPhase = documents.some(({ metadata, status }) => status?.phase !== undefined || metadata.deletionTimestamp !== undefined);
  return columnsOf(kind, { wide: output === 'wide', spaces: Boolean(allSpaces) && namespaced, hasPhase });
}
