/**
 * What a plain message costs now, beside another version of this server: no feature may slow down those who do not use it. See README.md.
 *
 *     npm run bench:plain -- --against v0.1.0
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Case, cases, type Measurement } from './cases.ts';
import { generate } from './generate.ts';
import { pinned } from './machine.ts';
import { checkOut, commitOf, lastRelease } from './other-version.ts';
import { angariumOf, type RunningPeer } from './peers.ts';
import { type Round, type Slowdown, slowdownOf } from './slowdown.ts';

const USAGE = `usage: npm run bench:plain -- [options]
  --against REF  the version to compare with: a tag, branch or commit (the last release tag)
  --only REGEX   only the cases whose name matches
  --starts N     how often all servers are started anew (3)
  --rounds N     rounds of every case after each start (3)
  --seconds N    measured seconds of a run (2)
  --most RATIO   the most CPU time for a message, as a multiple of the other version's (1.05)
  --json         one JSON document on stdout instead of the table
`;

const TRIES = 2;
const PLAIN = ['durable queue, fill', 'durable queue, drain', 'anycast 1→1, unsettled', 'MQTT QoS 1 1→1, window 1000'];

const { values } = parseArgs({
  options: {
    against: { type: 'string' },
    only: { type: 'string', default: '.' },
    starts: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '2' },
    most: { type: 'string', default: '1.05' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const reference = values.against ?? lastRelease();
if (values.help || reference === undefined) {
  if (!values.help) process.stderr.write('There is no release tag yet: say --against, and a commit.\n\n');
  process.stderr.write(USAGE);
  process.exit(values.help ? 0 : 2);
}

const say = (words: string): boolean => process.stderr.write(`${words}\n`);
const most = Number(values.most);
const chosen = cases({ seconds: Number(values.seconds) }).filter(({ name }) => PLAIN.includes(name) && new RegExp(values.only).test(name));
/** Which server each round asks first takes turns, so that none always comes after the same one. */
const ROLES = ['reference', 'ours', 'again'] as const;
type Role = (typeof ROLES)[number];

const commit = commitOf(reference);
const root = mkdtempSync(join(tmpdir(), 'angarium-plain-'));
const other = checkOut(commit, join(root, 'version'));
const checkouts: Readonly<Record<Role, string>> = {
  reference: join(root, 'version'),
  ours: join(import.meta.dirname, '..'),
  again: join(root, 'version'),
};
let running = new Map<Role, RunningPeer>();
const rounds = new Map<string, Round[]>(chosen.map(({ name }) => [name, []]));

async function startAll(start: number): Promise<void> {
  for (const role of ROLES) {
    const directory = join(root, `${role}-${start}`);
    mkdirSync(directory);
    running.set(role, await angariumOf(checkouts[role]).start(directory));
  }
}

async function stopAll(): Promise<void> {
  const peers = [...running.values()];
  running = new Map();
  for (const peer of peers) await peer.stop();
}

/** Microseconds of the server's CPU time for a message. A run on a busy machine may say nothing, and is done once more. */
async function costOf(one: Case, peer: RunningPeer): Promise<number> {
  let measurement: Measurement = {};
  for (let i = 0; i < TRIES; i++) {
    measurement = await generate(one.loads.angarium!, peer);
    const rate = one.value(measurement);
    const percent = measurement.serverCpuPercent;
    if (!measurement.errors?.length && rate && percent) return (percent / 100 / rate) * 1e6;
  }
  throw new Error(`${one.name} was not measured: ${JSON.stringify(measurement)}`);
}

async function runRound(turn: number, counts: boolean): Promise<void> {
  const order = ROLES.map((_, i) => ROLES[(i + turn) % ROLES.length]!);
  for (const one of chosen) {
    const costs = {} as Record<Role, number>;
    for (const role of order) costs[role] = await costOf(one, running.get(role)!);
    if (!counts) continue;
    rounds.get(one.name)!.push(costs);
    const shown = ROLES.map(role => `${role} ${costs[role].toFixed(2)} µs`).join(', ');
    say(`${one.name}: ${shown}`);
  }
}

async function runAll(): Promise<void> {
  let turn = 0;
  for (let start = 1; start <= Number(values.starts); start++) {
    await startAll(start);
    // What is compiled on the way, and files that are made, are no part of the plain path.
    await runRound(turn, false);
    for (let round = 1; round <= Number(values.rounds); round++) await runRound(turn++, true);
    await stopAll();
  }
}

function cleanUp(): void {
  other.remove();
  rmSync(root, { recursive: true, force: true });
}

if (!pinned) say('servers and generator share the cores: there is no taskset, or only one core');
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(
    signal,
    () =>
      void stopAll().finally(() => {
        cleanUp();
        process.exit(130);
      }),
  );
try {
  await runAll();
} finally {
  await stopAll();
  cleanUp();
}

const results: [string, Slowdown][] = chosen.map(({ name }) => [name, slowdownOf(rounds.get(name)!, most)]);
if (values.json) {
  const document = { against: reference, commit, most, pinned, results: Object.fromEntries(results), rounds: Object.fromEntries(rounds) };
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
} else {
  process.stdout.write(`\nserver CPU time for a message, as a multiple of ${reference}'s (${commit}); at most ${most}\n\n`);
  const percent = (share: number): string => `± ${(100 * share).toFixed(1)} %`;
  const rows = results.map(([name, { ratio, ratioOfLeast, sameVersion, noise, over }]) =>
    [
      name.padEnd(30),
      ratio.toFixed(3),
      percent(noise).padEnd(8),
      ratioOfLeast.toFixed(3),
      sameVersion.toFixed(3),
      over ? 'SLOWER' : 'ok',
    ].join('  '),
  );
  const head = [' '.repeat(30), 'ratio', 'noise   ', 'least', 'same ', ''].join('  ');
  process.stdout.write(`${[head, ...rows].join('\n')}\n`);
}
if (results.some(([, { over }]) => over)) process.exitCode = 1;
