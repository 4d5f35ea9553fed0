import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Load, Measurement } from './cases.ts';
import { atOnce, onCore } from './machine.ts';
import type { GeneratorName, RunningPeer } from './peers.ts';

const GENERATOR_CORE = 1;
const GENERATOR_SECONDS_MAX = 420;

const generators = {
  amqp: join(import.meta.dirname, '../packages/load-amqp/src/main.ts'),
  http: join(import.meta.dirname, 'http-load.ts'),
  mqtt: join(import.meta.dirname, '../packages/load-mqtt/src/main.ts'),
  nats: join(import.meta.dirname, 'nats-load.ts'),
} as const satisfies Record<GeneratorName, string>;

/**
 * Puts a load on a peer, from a core of its own; what goes wrong stands in the measurement's errors. `prompt`: it is light, and has its core
 * as soon as it wants it.
 */
export function generate(load: Load, peer: Omit<RunningPeer, 'stop'>, { prompt = false } = {}): Promise<Measurement> {
  const connection = ['--port', String(peer.ports[load.generator]), '--pid', String(peer.pid), ...peer.login];
  const command = onCore(GENERATOR_CORE, [process.execPath, generators[load.generator], ...load.flags, ...connection]);
  const [program, ...rest] = prompt ? atOnce(command) : command;
  return new Promise(resolve => {
    execFile(program!, rest, { timeout: GENERATOR_SECONDS_MAX * 1000 }, (error, stdout, stderr) => {
      const line = stdout.trim().split('\n').at(-1) ?? '';
      if (line.startsWith('{')) resolve(JSON.parse(line));
      else resolve({ errors: [stderr.trim().slice(0, 300) || error?.message || 'the generator said nothing'] });
    });
  });
}
