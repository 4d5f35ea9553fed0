import { setTimeout as delay } from 'node:timers/promises';
import { ApiClient, type ConnectionDocument } from '../api-client.ts';
import { CommandError, EXIT_CODES } from '../exit-code.ts';
import { print, printJson } from '../output.ts';
import { resolveTarget, type Target, type TargetOptions } from '../target.ts';
import { type ActivityDocument, ActivityTable } from '../top/activity-table.ts';
import { fittedTable } from '../top/fitted-table.ts';
import { pressed } from '../top/keys.ts';
import { Screen } from '../top/screen.ts';
import { ADDRESS_COLUMNS, type Choice, type ConnectionLine, chosen, topScreen } from '../top/top-view.ts';
import type { LinkDocument } from './link.ts';

interface Options extends TargetOptions {
  readonly interval: number;
  readonly filter?: string;
  readonly once?: boolean;
  readonly json?: boolean;
}

/** Keys, as terminals send them: a control sequence of ECMA-48, or a character. */
const KEYS = /\p{Cc}\[[\d;]*[@-~]|./gsu;
/** Before a server that has gone is tried again, in milliseconds. */
const RETRY_MS = 1000;
/** The width of a table that no terminal limits. */
const PRINTED_WIDTH = 200;
/** The worst first: what a connection with several links shows. */
const STATES = ['stuck', 'blocked', 'delayed', 'flowing', 'idle'];

/** Shows what happens in an address space: live on a terminal, once, or as lines of JSON. */
export async function top(options: Options): Promise<void> {
  const target = await resolveTarget(options);
  const { once, json } = options;
  if (once || json || !process.stdout.isTTY || !process.stdin.isTTY) return await printed(target, options);
  await live(target, options);
}

function activityOf(api: ApiClient, { interval }: Options): AsyncGenerator<ActivityDocument> {
  const seconds = Math.min(60, Math.max(1, Math.round(interval / 1000)));
  return api.events<ActivityDocument>(`${api.documentPath('activity')}?interval=${seconds}s`);
}

/** The second word of the server is the first with rates. */
async function printed(target: Target, options: Options): Promise<void> {
  const { filter = '', once, json } = options;
  const table = new ActivityTable();
  let words = 0;
  for await (const document of activityOf(new ApiClient(target), options)) {
    table.take(document);
    if (++words < 2) continue;
    const rows = chosen(table.lines(), { view: 'addresses', sort: 0, filter, typing: false, skip: 0 });
    if (json) printJson({ atMs: table.atMs, totals: table.totals, addresses: rows, attention: table.attention });
    else printTable(table, rows);
    if (once || !json) return;
  }
  throw new CommandError('unreachable', 'The server has ended the stream: it may be stopping.');
}

function printTable(table: ActivityTable, rows: ReturnType<ActivityTable['lines']>): void {
  const { title, lines } = fittedTable(ADDRESS_COLUMNS, rows, PRINTED_WIDTH);
  print([title, ...lines].map(line => line.trimEnd()).join('\n'));
  for (const { severity, what, do: toDo } of table.attention) print(`${severity}: ${what} ${toDo}`);
}

async function live(target: Target, options: Options): Promise<void> {
  const api = new ApiClient(target);
  // What can be refused is refused before the screen is taken.
  await api.get(api.documentPath('activity'));
  const table = new ActivityTable();
  let connections: readonly ConnectionLine[] = [];
  let trouble: string | undefined;
  let choice: Choice = { view: 'addresses', sort: 0, filter: options.filter ?? '', typing: false, skip: 0 };
  const ended = Promise.withResolvers<void>();
  using screen = new Screen(process.stdout, process.env.NO_COLOR === undefined);
  using _restored = restoreAtExit(screen);
  const draw = (): void =>
    screen.draw(topScreen(choice, { where: `${target.space} at ${target.url}`, table, connections, trouble }, screen));
  using _keys = readKeys(key => {
    const next = pressed(key, choice);
    if (next === 'quit') return ended.resolve();
    const turns = next.view !== choice.view;
    choice = next;
    draw();
    if (turns) void lookAtConnections();
  });
  const lookAtConnections = async (): Promise<void> => {
    if (choice.view !== 'connections') return;
    connections = await connectionsOf(api, target.space).catch(() => connections);
    draw();
  };
  const resize = (): void => {
    screen.resized();
    draw();
  };
  process.stdout.on('resize', resize);
  const follow = async (): Promise<void> => {
    for (;;) {
      try {
        for await (const document of activityOf(api, options)) {
          trouble = undefined;
          table.take(document);
          draw();
          void lookAtConnections();
        }
        trouble = 'The server has ended the stream; it is asked again.';
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        trouble = error.message;
      }
      draw();
      await delay(RETRY_MS);
    }
  };
  await Promise.race([ended.promise, follow()]);
  screen[Symbol.dispose]();
  // The server’s next word, which may be a minute away, is not waited for.
  process.exit(EXIT_CODES.done.code);
}

/** The connections of the space, with the worst state of their links. */
async function connectionsOf(api: ApiClient, space: string): Promise<ConnectionLine[]> {
  const [connections, links] = await Promise.all([
    api.all<ConnectionDocument>('/connections'),
    api.get<{ items: readonly LinkDocument[] }>(api.documentPath('links')),
  ]);
  const states = new Map<string, string>();
  for (const { connection, state } of links.items) {
    const before = connection === undefined ? undefined : states.get(connection);
    if (connection !== undefined && (before === undefined || STATES.indexOf(state) < STATES.indexOf(before))) states.set(connection, state);
  }
  return connections
    .filter(({ status }) => status.addressSpace === space)
    .map(({ metadata, status }) => ({
      id: metadata.name,
      protocol: String(status.protocol),
      client: String(status.client),
      user: String(status.user ?? ''),
      peer: String(status.peer),
      subscriptions: Number(status.subscriptions),
      unsettled: Number(status.unsettled),
      unsentBytes: Number(status.unsentBytes),
      state: states.get(metadata.name) ?? '',
    }));
}

/** However the process ends, the terminal is as it was: what ends it otherwise than by `q` ends it still. */
function restoreAtExit(screen: Screen): Disposable {
  const restore = (): void => screen[Symbol.dispose]();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const stop = (signal: NodeJS.Signals): void => {
    restore();
    process.stdin.setRawMode?.(false);
    for (const each of signals) process.off(each, stop);
    process.kill(process.pid, signal);
  };
  process.once('exit', restore);
  for (const signal of signals) process.once(signal, stop);
  return {
    [Symbol.dispose]() {
      process.off('exit', restore);
      for (const signal of signals) process.off(signal, stop);
    },
  };
}

function readKeys(take: (key: string) => void): Disposable {
  const { stdin } = process;
  // What is typed fast, or pasted, comes together.
  const takeAll = (typed: string): void => typed.match(KEYS)?.forEach(take);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.on('data', takeAll);
  stdin.resume();
  return {
    [Symbol.dispose]() {
      stdin.off('data', takeAll);
      stdin.setRawMode(false);
      stdin.pause();
    },
  };
}
