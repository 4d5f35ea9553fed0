import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { temporaryFolder, unusedPort } from '@angarium/testkit';

const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const LIBRARIES = '/usr/lib/rabbitmq/lib';
const START_TIMEOUT_MS = 60_000;

/** Why RabbitMQ with its AMQP 1.0 plugin cannot be started here; `false` when it can. */
export function rabbitMqMissing(): string | false {
  if (!existsSync(SERVER)) return 'rabbitmq-server is not installed';
  const plugins = readdirSync(LIBRARIES)
    .map(version => join(LIBRARIES, version, 'plugins'))
    .filter(existsSync)
    .flatMap(folder => readdirSync(folder));
  return plugins.some(plugin => plugin.startsWith('rabbitmq_amqp1_0')) ? false : 'the AMQP 1.0 plugin of rabbitmq-server is not installed';
}

export interface RabbitMq extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

/** Starts a RabbitMQ node of its own, with its own ports and folders. Its user is guest, with the password guest. */
export async function startRabbitMq(): Promise<RabbitMq> {
  await using started = new AsyncDisposableStack();
  const folder = started.use(await temporaryFolder()).path;
  const [port, distribution, mapper] = [await unusedPort(), await unusedPort(), await unusedPort()];
  const configuration = join(folder, 'rabbitmq.conf');
  const plugins = join(folder, 'plugins');
  await writeFile(configuration, `listeners.tcp.1 = 127.0.0.1:${port}\nlog.console = true\nlog.console.level = info\n`);
  await writeFile(plugins, '[rabbitmq_amqp1_0].\n');
  const child = spawn(SERVER, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      RABBITMQ_NODENAME: `oracle${process.pid}@localhost`,
      RABBITMQ_CONFIG_FILE: configuration,
      RABBITMQ_ENABLED_PLUGINS_FILE: plugins,
      RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
      RABBITMQ_LOG_BASE: join(folder, 'log'),
      RABBITMQ_DIST_PORT: String(distribution),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
      ERL_EPMD_ADDRESS: '127.0.0.1',
      ERL_EPMD_PORT: String(mapper),
    },
  });
  started.defer(async () => {
    await ended(child);
    // Erlang's port mapper is a daemon that outlives its node; this one is ours by its port.
    spawnSync('epmd', ['-port', String(mapper), '-kill'], { stdio: 'ignore' });
  });
  await complete(child);
  const running = started.move();
  return { host: '127.0.0.1', port, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

async function complete(child: ChildProcess): Promise<void> {
  const lines: string[] = [];
  const deadline = setTimeout(() => child.kill(), START_TIMEOUT_MS);
  try {
    for await (const line of createInterface({ input: child.stdout! })) {
      lines.push(line);
      if (line.includes('Server startup complete')) {
        // What it says later would fill the pipe.
        child.stdout!.resume();
        return;
      }
    }
  } finally {
    clearTimeout(deadline);
  }
  throw new Error(`RabbitMQ did not start:\n${lines.slice(-20).join('\n')}`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}
