import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { largestProcess, onCore, processTree, programPath, wait } from './machine.ts';

export type PeerName = 'angarium' | 'mosquitto' | 'nats' | 'node-http' | 'rabbitmq' | 'activemq';
/** What puts the load on a peer; each speaks one protocol. */
export type GeneratorName = 'amqp' | 'http' | 'mqtt' | 'nats';

/** A server that runs: `pid` is the process that does the work, `login` are the generator's flags for it. */
export interface RunningPeer {
  readonly name: PeerName;
  readonly pid: number;
  readonly ports: Readonly<Partial<Record<GeneratorName, number>>>;
  readonly login: readonly string[];
  stop(): Promise<void>;
}

export interface Peer {
  /** Why the peer cannot take part; undefined: it can. */
  missing(): string | undefined;
  start(directory: string): Promise<RunningPeer>;
}

const SERVER_CORE = 0;
const START_SECONDS = 60;
const STOP_SECONDS = 15;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createConnection(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Ends a server and everything that it started, and waits for that. */
async function end(child: ChildProcess, pid: number): Promise<void> {
  const all = processTree(child.pid!);
  for (const one of new Set([child.pid!, pid])) if (isAlive(one)) process.kill(one, 'SIGTERM');
  for (let i = 0; i < STOP_SECONDS * 10 && all.some(isAlive); i++) await wait(100);
  for (const one of all) if (isAlive(one)) process.kill(one, 'SIGKILL');
}

type Cores = 'one core' | 'every core';

function launch(
  command: readonly string[],
  directory: string,
  env: NodeJS.ProcessEnv,
  out: 'pipe' | 'log',
  cores: Cores = 'one core',
): ChildProcess {
  const log = openSync(join(directory, 'output.log'), 'a');
  const [program, ...rest] = cores === 'one core' ? onCore(SERVER_CORE, command) : command;
  const child = spawn(program!, rest, {
    cwd: directory,
    env: { ...process.env, ...env },
    stdio: ['ignore', out === 'log' ? log : 'pipe', log],
  });
  closeSync(log);
  return child;
}

async function untilOpen(name: string, child: ChildProcess, port: number, directory: string): Promise<void> {
  for (let i = 0; i < START_SECONDS * 10; i++) {
    if (child.exitCode !== null) break;
    if (await isOpen(port)) return;
    await wait(100);
  }
  child.kill('SIGKILL');
  throw new Error(`${name} did not start: ${readFileSync(join(directory, 'output.log'), 'utf8').trim().slice(-500)}`);
}

/** The server of this checkout, as a user starts it, with all of its defaults but what the flags say. */
export const angariumOf = (checkout: string, cores?: Cores, flags: readonly string[] = []): Peer => ({
  missing: () => (existsSync(join(checkout, 'packages/cli/src/main.ts')) ? undefined : 'the command line is not there yet'),
  async start(directory) {
    const main = join(checkout, 'packages/cli/src/main.ts');
    const listen = ['--amqp', '127.0.0.1:0', '--http', '127.0.0.1:0', '--mqtt', '127.0.0.1:0', '--data-dir', join(directory, 'data')];
    const child = launch([process.execPath, main, 'up', '--json', ...listen, ...flags], directory, {}, 'pipe', cores);
    const limit = setTimeout(() => child.kill('SIGKILL'), START_SECONDS * 1000);
    let ports: RunningPeer['ports'] | undefined;
    for await (const line of createInterface({ input: child.stdout! })) {
      const ready = line.startsWith('{') ? JSON.parse(line) : {};
      if (ready.ready !== true) continue;
      const port = (name: string): number => Number(new URL(ready.endpoints[name]).port);
      ports = { amqp: port('amqp'), http: port('http'), mqtt: port('mqtt') };
      break;
    }
    clearTimeout(limit);
    if (ports === undefined)
      throw new Error(`angarium did not start: ${readFileSync(join(directory, 'output.log'), 'utf8').trim().slice(-500)}`);
    child.stdout!.resume();
    const pid = child.pid!;
    return { name: 'angarium', pid, ports, login: [], stop: () => end(child, pid) };
  },
});
const angarium = angariumOf(join(import.meta.dirname, '..'));

/** What Node's own server does with a POST when there is nothing behind it. */
const nodeHttp: Peer = {
  missing: () => undefined,
  async start(directory) {
    const child = launch([process.execPath, join(import.meta.dirname, 'bare-http.ts')], directory, {}, 'pipe');
    const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
    const pid = child.pid!;
    return { name: 'node-http', pid, ports: { http: Number(line) }, login: [], stop: () => end(child, pid) };
  },
};

/** Core publish/subscribe alone: nothing is stored. */
const nats: Peer = {
  missing: () => (programPath('nats-server') ? undefined : 'nats-server is not installed'),
  async start(directory) {
    const port = await freePort();
    const child = launch([programPath('nats-server')!, '-a', '127.0.0.1', '-p', String(port)], directory, {}, 'log');
    await untilOpen('nats-server', child, port, directory);
    const pid = child.pid!;
    return { name: 'nats', pid, ports: { nats: port }, login: [], stop: () => end(child, pid) };
  },
};

/** Nothing on disk, and what a subscriber may have under way made as much as our own server's. */
const mosquitto: Peer = {
  missing: () => (programPath('mosquitto') ? undefined : 'mosquitto is not installed'),
  async start(directory) {
    const port = await freePort();
    const lines = [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous true',
      'persistence false',
      'max_inflight_messages 1000',
      'max_queued_messages 0',
      'set_tcp_nodelay true',
      'log_type error',
    ];
    const configuration = join(directory, 'mosquitto.conf');
    writeFileSync(configuration, `${lines.join('\n')}\n`);
    const child = launch([programPath('mosquitto')!, '-c', configuration], directory, {}, 'log');
    await untilOpen('mosquitto', child, port, directory);
    const pid = child.pid!;
    return { name: 'mosquitto', pid, ports: { mqtt: port }, login: [], stop: () => end(child, pid) };
  },
};

/** As shipped, with the AMQP 1.0 plugin: durable classic queues, publisher confirms. */
const rabbitmq: Peer = {
  missing() {
    if (!existsSync('/usr/lib/rabbitmq/bin/rabbitmq-server')) return 'rabbitmq-server is not installed';
    const versions = readdirSync('/usr/lib/rabbitmq/lib', { withFileTypes: true }).filter(one => one.name.startsWith('rabbitmq_server'));
    const plugins = versions.flatMap(one => readdirSync(join('/usr/lib/rabbitmq/lib', one.name, 'plugins')));
    return plugins.some(one => one.startsWith('rabbitmq_amqp1_0')) ? undefined : 'its AMQP 1.0 plugin is not installed';
  },
  async start(directory) {
    const [port, distribution, mapper] = [await freePort(), await freePort(), await freePort()];
    writeFileSync(join(directory, 'rabbitmq.conf'), `listeners.tcp.1 = 127.0.0.1:${port}\nlog.console = false\nlog.file.level = warning\n`);
    writeFileSync(join(directory, 'plugins'), '[rabbitmq_amqp1_0].\n');
    const env = {
      HOME: directory,
      RABBITMQ_NODENAME: `bench${process.pid}@localhost`,
      RABBITMQ_CONFIG_FILE: join(directory, 'rabbitmq.conf'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(directory, 'plugins'),
      RABBITMQ_MNESIA_BASE: join(directory, 'mnesia'),
      RABBITMQ_LOG_BASE: join(directory, 'log'),
      RABBITMQ_DIST_PORT: String(distribution),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
      ERL_EPMD_ADDRESS: '127.0.0.1',
      ERL_EPMD_PORT: String(mapper),
    };
    const child = launch(['/usr/lib/rabbitmq/bin/rabbitmq-server'], directory, env, 'log');
    await untilOpen('rabbitmq', child, port, directory);
    // The listener opens before the broker has finished starting.
    await wait(3000);
    const pid = largestProcess(child.pid!);
    const stop = async (): Promise<void> => {
      await end(child, pid);
      // Erlang's port mapper is a daemon that outlives its node; this one is ours by its port.
      spawnSync('epmd', ['-port', String(mapper), '-kill'], { stdio: 'ignore' });
    };
    return { name: 'rabbitmq', pid, ports: { amqp: port }, login: ['--user', 'guest', '--password', 'guest', '--durable-terminus'], stop };
  },
};

/** Debian's package comes without the AMQP transport, and without it there is nothing to compare here. */
const activemq: Peer = {
  missing() {
    if (!existsSync('/usr/share/activemq/bin/activemq.jar')) return 'activemq is not installed';
    const jars = ['/usr/share/java', '/usr/share/activemq/lib'].flatMap(folder => (existsSync(folder) ? readdirSync(folder) : []));
    const transport = jars.some(jar => /^activemq-amqp.*\.jar$/.test(jar));
    return transport ? 'its AMQP transport is not one that this harness knows how to start' : 'its package has no AMQP transport';
  },
  start: () => Promise.reject(new Error('activemq takes no part')),
};

export const PEERS: Readonly<Record<PeerName, Peer>> = { angarium, mosquitto, nats, 'node-http': nodeHttp, rabbitmq, activemq };

/** Starts a peer in an empty folder of its own. */
export async function startPeer(name: PeerName, root: string): Promise<RunningPeer> {
  const directory = join(root, name);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  return PEERS[name].start(directory);
}
