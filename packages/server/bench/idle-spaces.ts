/**
 * What an idle tenant costs: `node packages/server/bench/idle-spaces.ts [spaces] [addresses of each]`.
 *
 * Fills a data directory, then starts a server on it in a process of its own, and one on an empty directory beside it: the difference, by space.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningServer, startServer } from '../src/index.ts';

interface Figures {
  readonly startMs: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly externalBytes: number;
}

const [, script = '', first = '10000', second = '10', folder] = process.argv;

function start(dataDir: string): Promise<RunningServer> {
  return startServer({ dataDir, http: 'off', amqp: 'off', mqtt: 'off' });
}

/** In the process of its own: starts, forgets what starting needed, and prints. */
async function measure(dataDir: string): Promise<void> {
  const beganMs = performance.now();
  await using _server = await start(dataDir);
  const startMs = performance.now() - beganMs;
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  const figures: Figures = { startMs, rssBytes: rss, heapBytes: heapUsed, externalBytes: external };
  process.stdout.write(JSON.stringify(figures));
}

async function fill(dataDir: string, spaces: number, addresses: number): Promise<void> {
  await using server = await start(dataDir);
  const { broker } = server;
  const waiting: Promise<unknown>[] = [];
  for (let i = 0; i < spaces; i++) {
    const name = `tenant-${i}`;
    broker.resources.put('AddressSpace', '', name, {}, {}, () => {});
    const space = broker.spaces.get(name)!;
    for (let j = 0; j < addresses; j++)
      waiting.push(new Promise(resolve => space.declare(`address-${j}`, { type: j === 9 ? 'topic' : 'queue' }, resolve)));
  }
  await Promise.all(waiting);
}

function measured(dataDir: string): Figures {
  return JSON.parse(execFileSync(process.execPath, ['--expose-gc', script, 'measure', '0', dataDir], { encoding: 'utf8' })) as Figures;
}

if (folder !== undefined) await measure(folder);
else {
  const spaces = Number(first);
  const [full, empty] = [await mkdtemp(join(tmpdir(), 'angarium-spaces-')), await mkdtemp(join(tmpdir(), 'angarium-empty-'))];
  try {
    const beganMs = performance.now();
    await fill(full, spaces, Number(second));
    const filledMs = performance.now() - beganMs;
    const [with_, without] = [measured(full), measured(empty)];
    const perSpace = (field: 'rssBytes' | 'heapBytes' | 'externalBytes'): string =>
      `${((with_[field] - without[field]) / spaces / 1024).toFixed(1)} KiB`;
    console.log(`${spaces} spaces with ${second} addresses each`);
    console.log(
      `made in ${(filledMs / 1000).toFixed(1)} s; start ${(with_.startMs / 1000).toFixed(2)} s (empty: ${(without.startMs / 1000).toFixed(2)} s)`,
    );
    console.log(`a space: heap ${perSpace('heapBytes')}, outside the heap ${perSpace('externalBytes')}, resident ${perSpace('rssBytes')}`);
  } finally {
    await Promise.all([full, empty].map(path => rm(path, { recursive: true, force: true })));
  }
}
