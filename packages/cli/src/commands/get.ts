import { ProblemError } from '../api-client.ts';
import { CommandError } from '../exit-code.ts';
import { print, printJson, remark } from '../output.ts';
import { type Columns, columnsOf } from '../resources/columns.ts';
import { callingName, type ResourceKind } from '../resources/kind-names.ts';
import { ResourceClient, type ResourceDocument } from '../resources/resource-client.ts';
import { formatTable } from '../table.ts';
import type { TargetOptions } from '../target.ts';

interface GetOptions extends TargetOptions {
  readonly selector?: string;
  readonly output: 'table' | 'wide' | 'yaml' | 'json' | 'name';
  readonly allSpaces?: boolean;
  readonly watch?: boolean;
  readonly timeout?: number;
  readonly json?: boolean;
}

/** Columns of a watch: what comes later, and how long it is, is not known yet. */
const WATCH_COLUMN_WIDTH = 12;
const WATCH_NAME_WIDTH = 24;

export async function get(kindName: string, name: string | undefined, options: GetOptions): Promise<void> {
  if (name !== undefined && (options.allSpaces || options.selector !== undefined))
    throw new CommandError('usage', 'One document is asked for by its name: leave out --all-spaces and --selector.');
  if (options.timeout !== undefined && !options.watch) throw new CommandError('usage', '--timeout is for --watch: say --watch too.');
  const client = await ResourceClient.of(options);
  const kind = await client.kind(kindName);
  const output = options.json ? 'json' : options.output;
  if (options.watch) return await watch(client, kind, name, { ...options, output });
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

/** Documents that are there, and then changes as they come, until the user or the time ends it. */
async function watch(client: ResourceClient, kind: ResourceKind, name: string | undefined, options: GetOptions): Promise<void> {
  const { output, selector, allSpaces, timeout } = options;
  if (allSpaces && kind.namespaced) throw new CommandError('usage', 'A watch is of one address space: name it with --space.');
  if (!kind.verbs.includes('watch'))
    throw new CommandError('usage', `Documents of the kind ${kind.kind} cannot be watched: they do not change.`);
  const { yamlOf } = await import('@angarium/server/document-file');
  const endsAt = timeout === undefined ? undefined : performance.now() + timeout;
  const columns = columnsOf(kind.kind, { wide: output === 'wide', spaces: false, hasPhase: true });
  const titles = ['event', ...columns.titles];
  const widths = titles.map(title => (title === 'name' ? WATCH_NAME_WIDTH : Math.max(title.length, WATCH_COLUMN_WIDTH)));
  const line = (cells: readonly (string | number)[]): string =>
    cells
      .map((cell, at) => String(cell).padEnd(widths[at]!))
      .join('  ')
      .trimEnd();
  if (output === 'table' || output === 'wide') print(line(titles.map(title => title.toUpperCase())));
  const tell = (type: string, object: ResourceDocument): void => {
    if (output === 'json') printJson({ type, object });
    else if (output === 'yaml') print(`${yamlOf(object).trimEnd()}\n---`);
    else if (output === 'name') print(`${type.toLowerCase()} ${callingName(kind, object.metadata.name)}`);
    else print(line([type.toLowerCase(), ...columns.row(object)]));
  };
  for (;;) {
    const seconds = endsAt === undefined ? undefined : Math.ceil((endsAt - performance.now()) / 1000);
    if (seconds !== undefined && seconds <= 0) return;
    const query = {
      labelSelector: selector,
      fieldSelector: name === undefined ? undefined : `metadata.name=${name}`,
      timeoutSeconds: seconds === undefined ? undefined : String(seconds),
    };
    let ended: { readonly message?: string; readonly code?: number } | undefined;
    for await (const { type, object } of client.watch(kind, client.space, query)) {
      if (type === 'ERROR') ended = object;
      else if (type !== 'BOOKMARK') tell(type, object);
    }
    if (ended?.code !== undefined && ended.code !== 410)
      throw new ProblemError(ended.code, 'watch-ended', ended.message ?? 'The server has ended the watch.');
    if (ended === undefined && seconds === undefined)
      throw new CommandError('unreachable', 'The server has ended the watch: it may be stopping. Watch again.');
    if (ended === undefined) return;
    remark(`${ended.message} What is there now follows.`);
  }
}
