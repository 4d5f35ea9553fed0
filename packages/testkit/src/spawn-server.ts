import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { RunningServer } from '@angarium/server';
import { hostAndPort } from './host-and-port.ts';
import { COMMAND, commandEnvironment } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** From spawning to the ready line. */
const READY_TIMEOUT_MS = 30_000;

export interface SpawnOptions {
  /** Kept when the server is disposed of; a temporary folder without it. */
  readonly dataDir?: string;
  /** Further arguments of `angarium up`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A command that becomes the one that stands after it, as `sh -c '… exec "$@"' sh` does: with less than we have ourselves. */
  readonly within?: readonly string[];
}

/** A server in a process of its own: it can be killed, and started again on the same data. */
export interface SpawnedServer extends AsyncDisposable {
  readonly endpoints: RunningServer['endpoints'];
  readonly amqp: { readonly host: string; readonly port: number };
  readonly mqtt: { readonly host: string; readonly port: number };
  readonly http: string;
  readonly dataDir: string;
  readonly pid: number;
  /** What it wrote to standard error so far. */
  log(): string;
  /** Sends the signal and answers how the process ended: its exit code, or the signal. */
  kill(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
  /** Starts a server on the same data after this one has ended. */
  restart(): Promise<SpawnedServer>;
}

interface ReadyLine {
  readonly ready: boolean;
  readonly endpoints: RunningServer['endpoints'];
}

/** Spawns `angarium up` on free ports and waits for its ready line. A server that does not get there is an error with what it wrote. */
export async function spawnServer(options: SpawnOptions = {}): Promise<SpawnedServer> {
  await using started = new AsyncDisposableStack();
  const dataDir = options.dataDir ?? started.use(await temporaryFolder()).path;
  const [program = '', ...args] = [
    ...(options.within ?? []),
    process.execPath,
    COMMAND,
    'up',
    '--json',
    '--amqp',
    '127.0.0.1:0',
    '--http',
    '127.0.0.1:0',
    '--mqtt',
    '127.0.0.1:0',
    '--data-dir',
    dataDir,
    ...(options.args ?? []),
  ];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...commandEnvironment(), ...options.env } });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', text => (log += text));
  const kill = (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> => endOf(child, signal);
  started.defer(async () => void (await kill('SIGKILL')));
  const { endpoints } = await readyLine(child, () => log);
  const running = started.move();
  return {
    endpoints,
    amqp: hostAndPort(endpoints.amqp),
    mqtt: hostAndPort(endpoints.mqtt),
    http: endpoints.http ?? 'off',
    dataDir,
    pid: child.pid!,
    log: () => log,
    kill,
    restart: async () => {
      await kill('SIGKILL');
      return await spawnServer({ ...options, dataDir });
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function endOf(child: ChildProcess, signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
  return child.exitCode ?? child.signalCode!;
}

async function readyLine(child: ChildProcess, log: () => string): Promise<ReadyLine> {
  const lines = createInterface({ input: child.stdout! });
  const first = once(lines, 'line', { signal: AbortSignal.timeout(READY_TIMEOUT_MS) }) as Promise<[string]>;
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the server ended before it was ready (${code ?? signal}):\n${log()}`);
  });
  // Whichever comes second is of no interest.
  ended.catch(() => {});
  const [line] = await Promise.race([first, ended]);
  const ready = JSON.parse(line) as ReadyLine;
  if (!ready.ready) throw new Error(`the server did not say that it is ready, but: ${line}`);
  return ready;
}
