/**
 * The side-by-side comparison: our server and its peers on the same core, round by round, in one run. See README.md for what the figures mean.
 *
 *     npm run bench -- --only anycast --rounds 3 --seconds 5 --check
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Case, cases, type Measurement } from './cases.ts';
import { generate } from './generate.ts';
import { pinned, quietMachine } from './machine.ts';
import { PEERS, type PeerName, type RunningPeer, startPeer } from './peers.ts';
import { type Row, rowOf, type Sample, tableOf } from './report.ts';

const USAGE = `usage: npm run bench -- [options]
  --only REGEX     only the cases whose name matches
  --peers A,B      only these peers beside our own server (mosquitto, nats, rabbitmq, activemq)
  --rounds N       rounds of every case (3)
  --seconds N      measured seconds of a round (5)
  --json           one JSON document on stdout instead of the table
  --check          exit code 1 when a floor is missed
  --directory DIR  where the servers keep their data (a temporary folder)
  --list           the cases' names
`;

/** A run in which other processes took more than this share of a core is done again, so often at most. */
const NOISE_PERCENT = 25;
const TRIES = 2;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '.' },
    peers: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    directory: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}

const all = cases({ seconds: Number(values.seconds) });
if (values.list) {
  process.stdout.write(`${all.map(one => one.name).join('\n')}\n`);
  process.exit(0);
}
const pattern = new RegExp(values.only);
// A case that follows another needs what that one leaves behind.
const chosen = all.filter((one, i) => pattern.test(one.name) || (all[i + 1]?.follows && pattern.test(all[i + 1]!.name)));
if (chosen.length === 0) {
  process.stderr.write(`no case matches ${values.only}\n`);
  process.exit(2);
}

const allowed = values.peers?.split(',');
const skipped = new Map<PeerName, string>();
for (const [name, peer] of Object.entries(PEERS) as [PeerName, (typeof PEERS)[PeerName]][]) {
  const reason = name !== 'angarium' && allowed && !allowed.includes(name) ? 'not asked for' : peer.missing();
  if (reason !== undefined) skipped.set(name, reason);
}

const say = (words: string): boolean => process.stderr.write(`${words}\n`);
for (const [name, reason] of skipped) say(`${name} is skipped: ${reason}`);
if (skipped.has('angarium')) process.exit(2);
if (!pinned) say('server and generator share the cores: there is no taskset, or only one core');

const root = values.directory ?? mkdtempSync(join(tmpdir(), 'angarium-bench-'));
const running = new Map<PeerName, RunningPeer>();
const samples: Sample[] = [];

function words(one: Case, sample: Sample): string {
  const { measurement, value } = sample;
  const cpu = `server ${measurement.serverCpuPercent?.toFixed(0) ?? '-'} %, generator ${measurement.generatorCpuPercent?.toFixed(0) ?? '-'} %`;
  const errors = measurement.errors?.length ? ` (${measurement.errors[0]})` : '';
  return `${one.name}, round ${sample.round}: ${sample.peer} ${value === undefined ? '-' : Math.round(value)} ${one.unit}, ${cpu}${errors}`;
}

/** Runs one case once on one peer, again when the machine was noisy; the quietest try counts. */
async function measure(one: Case, peer: RunningPeer, round: number): Promise<void> {
  const load = one.loads[peer.name]!;
  let best: Measurement | undefined;
  // What changes a queue's content cannot be done again.
  const tries = /^(fill|drain|idle)$/.test(load.flags[0] ?? '') ? 1 : TRIES;
  for (let i = 0; i < tries; i++) {
    await quietMachine();
    const next = await generate(load, peer);
    if (best === undefined || (next.otherCpuPercent ?? 0) < (best.otherCpuPercent ?? 0)) best = next;
    if ((best.otherCpuPercent ?? 0) < NOISE_PERCENT || best.errors?.length) break;
  }
  const sample: Sample = { case: one.name, peer: peer.name, round, value: one.value(best!), measurement: best! };
  samples.push(sample);
  say(words(one, sample));
}

/** The case's run on this peer, which is started when it does not run; a peer that does not start is an error of the case, and not the end. */
async function measureOn(one: Case, name: PeerName, round: number): Promise<void> {
  try {
    const peer = running.get(name) ?? (await startPeer(name, root));
    running.set(name, peer);
    await measure(one, peer, round);
  } catch (error) {
    const sample: Sample = { case: one.name, peer: name, round, value: undefined, measurement: { errors: [(error as Error).message] } };
    samples.push(sample);
    say(words(one, sample));
  }
}

async function stopAll(): Promise<void> {
  for (const [name, peer] of running) {
    running.delete(name);
    await peer.stop();
  }
}

/** A case with those that follow it. */
function chains(list: readonly Case[]): Case[][] {
  const found: Case[][] = [];
  for (const one of list) {
    if (one.follows) found.at(-1)!.push(one);
    else found.push([one]);
  }
  return found;
}

const peersOf = (one: Case): PeerName[] => (Object.keys(one.loads) as PeerName[]).filter(name => !skipped.has(name));

async function runAll(): Promise<void> {
  const ordered = chains(chosen);
  for (const chain of ordered.filter(([first]) => !first!.fresh)) {
    for (let round = 1; round <= Number(values.rounds); round++) {
      for (const name of peersOf(chain[0]!)) for (const one of chain) await measureOn(one, name, round);
    }
  }
  // Memory is looked at last, on servers that have done nothing before.
  await stopAll();
  for (const chain of ordered.filter(([first]) => first!.fresh)) {
    for (const name of peersOf(chain[0]!)) for (const one of chain) await measureOn(one, name, 1);
    await stopAll();
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stopAll().finally(() => process.exit(130)));
try {
  await runAll();
} finally {
  await stopAll();
  if (values.directory === undefined) rmSync(root, { recursive: true, force: true });
}

const rows: Row[] = chosen.map(one => rowOf(one, samples));
const missed = rows.filter(row => row.reached === false);
if (values.json) {
  const document = {
    pinned,
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    skipped: Object.fromEntries(skipped),
    rows,
    samples,
  };
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
} else {
  process.stdout.write(`\n${tableOf(rows)}`);
  for (const [name, reason] of skipped) process.stdout.write(`${name} was skipped: ${reason}\n`);
}
if (values.check && missed.length > 0) {
  say(`missed: ${missed.map(row => row.case).join('; ')}`);
  process.exitCode = 1;
}
