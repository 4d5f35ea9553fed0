import { yamlOf } from '@angarium/server/document-file';
import { ProblemError } from '../api-client.ts';
import { CommandError } from '../exit-code.ts';
import { print, printJson, remark } from '../output.ts';
import { columnsOf } from '../resources/columns.ts';
import { callingName, type ResourceKind } from '../resources/kind-names.ts';
import type { Query, ResourceClient, ResourceDocument } from '../resources/resource-client.ts';
import type { GetOptions } from './get.ts';

/** Columns of a watch: what comes later, and how long it is, is not known yet. */
const COLUMN_WIDTH = 12;
const NAME_WIDTH = 24;
/** The server remembers no more of what has changed: it has to be begun anew. */
const GONE = 410;

type Tell = (type: string, document: ResourceDocument) => void;

/** Documents that are there, and then changes as they come, until the user or the time ends it. */
export async function watch(client: ResourceClient, kind: ResourceKind, name: string | undefined, options: GetOptions): Promise<void> {
  const { output, selector, allSpaces, timeout } = options;
  if (!kind.verbs.includes('watch'))
    throw new CommandError('usage', `Documents of the kind ${kind.kind} cannot be watched: they do not change.`);
  const everywhere = Boolean(allSpaces) && kind.namespaced;
  const tell = printerOf(kind, output, everywhere);
  const query = { labelSelector: selector, fieldSelector: name === undefined ? undefined : `metadata.name=${name}` };
  const endsAt = timeout === undefined ? undefined : performance.now() + timeout;
  if (!everywhere) return await watchPlace({ client, kind, space: client.space, query, tell, endsAt });
  await watchSpaces({ client, kind, query, tell, endsAt });
}

/** What is watched, and until when, in the time of `performance.now()`. */
interface Watched {
  readonly client: ResourceClient;
  readonly kind: ResourceKind;
  readonly space: string;
  readonly query: Query;
  readonly tell: Tell;
  readonly endsAt: number | undefined;
}

/** A watch in each address space that there is, and in each that comes. */
async function watchSpaces(watched: Omit<Watched, 'space'>): Promise<void> {
  const { client, endsAt } = watched;
  const watches = new Map<string, Promise<void>>();
  const begin = (space: string): void => {
    if (watches.has(space)) return;
    // One that has ended keeps the others from nothing.
    const watch = watchPlace({ ...watched, space }).catch((error: Error) => remark(`${space}: ${error.message}`));
    watches.set(
      space,
      watch.then(() => void watches.delete(space)),
    );
  };
  const tell: Tell = (type, { metadata }) => {
    if (type !== 'DELETED') begin(metadata.name);
  };
  await watchPlace({ client, kind: await client.kind('AddressSpace'), space: '', query: {}, tell, endsAt });
  await Promise.all(watches.values());
}

/** Watches until it is time to end, anew where the server remembers too little. */
async function watchPlace({ client, kind, space, query, tell, endsAt }: Watched): Promise<void> {
  for (;;) {
    const seconds = endsAt === undefined ? undefined : Math.ceil((endsAt - performance.now()) / 1000);
    if (seconds !== undefined && seconds <= 0) return;
    const asked = { ...query, timeoutSeconds: seconds === undefined ? undefined : String(seconds) };
    const why = await watchOnce(client, kind, space, asked, tell);
    if (why !== undefined) remark(`${why} What is there now follows.`);
    else if (seconds !== undefined) return;
    else throw new CommandError('unreachable', 'The server has ended the watch: it may be stopping. Watch again.');
  }
}

/** One watch to its end; a text says why it has to be begun anew. */
async function watchOnce(client: ResourceClient, kind: ResourceKind, space: string, query: Query, tell: Tell): Promise<string | undefined> {
  for await (const { type, object } of client.watch(kind, space, query)) {
    if (type === 'ERROR') {
      const { code = 0, message = 'The server has ended the watch.' } = object;
      if (code === GONE) return message;
      throw new ProblemError(code, 'watch-ended', message);
    }
    if (type !== 'BOOKMARK') tell(type, object);
  }
  return undefined;
}

function printerOf(kind: ResourceKind, output: GetOptions['output'], spaces: boolean): Tell {
  switch (output) {
    case 'json':
      return (type, object) => printJson({ type, object });
    case 'yaml':
      return (_type, document) => print(`${yamlOf(document).trimEnd()}\n---`);
    case 'name':
      return (type, { metadata }) => print(`${type.toLowerCase()} ${callingName(kind, metadata.name)}`);
    case 'table':
    case 'wide': {
      const { titles, row } = columnsOf(kind.kind, { wide: output === 'wide', spaces, hasPhase: true });
      const line = lineOf(['event', ...titles]);
      print(line(['event', ...titles].map(title => title.toUpperCase())));
      return (type, document) => print(line([type.toLowerCase(), ...row(document)]));
    }
  }
}

function lineOf(titles: readonly string[]): (cells: readonly (string | number)[]) => string {
  const widths = titles.map(title => (title === 'name' ? NAME_WIDTH : Math.max(title.length, COLUMN_WIDTH)));
  return cells =>
    cells
      .map((cell, at) => String(cell).padEnd(widths[at]!))
      .join('  ')
      .trimEnd();
}
