/**
 * What one tenant feels of another that floods the server: round trips in a quiet address space, with and without the flood, in turns. See README.md.
 *
 *     npm run bench:fairness
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Load } from './cases.ts';
import { generate } from './generate.ts';
import { onCore, pinned, programPath, prompt, quietMachine, wait } from './machine.ts';
import { angariumOf, type RunningPeer } from './peers.ts';
import { median } from './report.ts';

const USAGE = `usage: npm run bench:fairness -- [options]
  --only REGEX   only the cases whose name matches
  --rounds N     quiet and flooded runs of every case, in turns (5)
  --seconds N    measured seconds of a run (3)
  --most RATIO   the most that the 99th percentile may grow (2)
  --json         one JSON document on stdout instead of the table
`;

/** Every message waits for its consumer, and the tenant who asks has one under way at a time: what it measures is what it waits for. */
const ASKS: Readonly<Record<string, readonly string[]>> = {
  'direct round trip': ['ping', '--capability', 'anycast', '--address', 'ask'],
  'durable round trip': ['ping', '--capability', 'queue', '--durable', '--address', 'store'],
};
const FLOOD_CONNECTIONS = '16';
const FLOODS: Readonly<Record<string, readonly string[]>> = {
  'settled messages, 16 senders': [
    'flow',
    '--capability',
    'anycast',
    '--settled',
    '--senders',
    FLOOD_CONNECTIONS,
    '--receivers',
    '4',
    '--address',
    'much',
  ],
  'durable messages, 16 senders': [
    'flow',
    '--capability',
    'queue',
    '--durable',
    '--senders',
    FLOOD_CONNECTIONS,
    '--receivers',
    '4',
    '--address',
    'many',
  ],
};
const QUIET_SPACE = 'quiet';
const FLOOD_SPACE = 'flood';
/** For as long as no run takes: the flood is ended before. */
const FLOOD_SECONDS = '600';
const FLOOD_BEGINS_MS = 1500;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '.' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    most: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stderr.write(USAGE);
  process.exit(0);
}

const say = (words: string): boolean => process.stderr.write(`${words}\n`);
const most = Number(values.most);

async function makeSpace(peer: RunningPeer, name: string): Promise<void> {
  const spaces = `http://127.0.0.1:${peer.ports.http}/apis/angarium.dev/v1/addressspaces`;
  const body = JSON.stringify({ kind: 'AddressSpace', metadata: { name }, spec: { autoCreate: true } });
  const answer = await fetch(spaces, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  if (answer.status !== 201) throw new Error(`the address space ${name} was not made: ${await answer.text()}`);
}

/** The flood has the generators' core where nobody else wants it. */
function flood(peer: RunningPeer, flags: readonly string[]): ChildProcess {
  const main = join(import.meta.dirname, '../packages/load-amqp/src/main.ts');
  const nice = programPath('nice');
  const generator = [
    process.execPath,
    main,
    ...flags,
    '--seconds',
    FLOOD_SECONDS,
    '--space',
    FLOOD_SPACE,
    '--port',
    String(peer.ports.amqp),
  ];
  const [program, ...rest] = onCore(1, nice === undefined ? generator : [nice, '-n', '19', ...generator]);
  return spawn(program!, rest, { stdio: 'ignore' });
}

interface Figures {
  readonly p50: number;
  readonly p99: number;
}

async function ask(peer: RunningPeer, flags: readonly string[]): Promise<Figures> {
  const load: Load = { generator: 'amqp', flags: [...flags, '--seconds', values.seconds, '--space', QUIET_SPACE] };
  const { errors, latencyUs } = await generate(load, peer, { prompt: true });
  if (latencyUs === undefined) throw new Error(`no round trip was measured: ${errors?.join('; ')}`);
  return latencyUs;
}

interface Row {
  readonly case: string;
  readonly p50: number;
  readonly p99: number;
  /** The spread of quiet runs among themselves: what a ratio of 1 looks like here. */
  readonly noise: number;
}

const directory = mkdtempSync(join(tmpdir(), 'angarium-fairness-'));
// As it is deployed: what writes its log is not to wait for the core of its loop.
const peer = await angariumOf(join(import.meta.dirname, '..'), 'every core').start(directory);
const rows: Row[] = [];
try {
  for (const space of [QUIET_SPACE, FLOOD_SPACE]) await makeSpace(peer, space);
  for (const [asked, askFlags] of Object.entries(ASKS))
    for (const [flooded, floodFlags] of Object.entries(FLOODS)) {
      const name = `${asked} beside ${flooded}`;
      if (!new RegExp(values.only).test(name)) continue;
      const quiet: Figures[] = [];
      const loud: Figures[] = [];
      for (let round = 0; round < Number(values.rounds); round++) {
        await quietMachine();
        quiet.push(await ask(peer, askFlags));
        const generator = flood(peer, floodFlags);
        const ended = once(generator, 'exit');
        await wait(FLOOD_BEGINS_MS);
        if (generator.exitCode !== null) throw new Error('the flood ended by itself');
        loud.push(await ask(peer, askFlags));
        generator.kill('SIGKILL');
        await ended;
        say(`${name}, round ${round + 1}: p99 ${quiet.at(-1)!.p99} µs quiet, ${loud.at(-1)!.p99} µs flooded`);
      }
      const of = (figures: readonly Figures[], key: keyof Figures): number => median(figures.map(figure => figure[key])) ?? Number.NaN;
      const p99s = quiet.map(({ p99 }) => p99).sort((one, other) => one - other);
      rows.push({
        case: name,
        p50: of(loud, 'p50') / of(quiet, 'p50'),
        p99: of(loud, 'p99') / of(quiet, 'p99'),
        noise: p99s.at(-1)! / p99s[0]!,
      });
    }
} finally {
  await peer.stop();
  rmSync(directory, { recursive: true, force: true });
}

if (values.json) process.stdout.write(`${JSON.stringify({ pinned, prompt, most, rows })}\n`);
else {
  const width = Math.max(...rows.map(row => row.case.length));
  process.stdout.write(`\n${'case'.padEnd(width)}   p50    p99  noise\n`);
  for (const row of rows)
    process.stdout.write(`${row.case.padEnd(width)}  ${row.p50.toFixed(2)}   ${row.p99.toFixed(2)}   ${row.noise.toFixed(2)}\n`);
  if (!pinned) process.stdout.write('The generators had no core of their own.\n');
  if (!prompt)
    process.stdout.write('The tenant who asks had to wait for its core too (chrt needs privileges): the figures are too high.\n');
}
const beyond = rows.filter(({ p99 }) => p99 > most);
for (const row of beyond) say(`${row.case}: the 99th percentile is ${row.p99.toFixed(2)} times the quiet one, and may be ${most}`);
process.exitCode = beyond.length > 0 ? 1 : 0;
