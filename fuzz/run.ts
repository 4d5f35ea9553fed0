import { parseArgs } from 'node:util';
import { HTTP_ATTACKS } from './attacks/http.ts';
import { ATTACKS as AMQP_ATTACKS } from './attacks/index.ts';
import { MQTT_ATTACKS } from './attacks/mqtt/index.ts';
import { Random, randomSeed } from './random.ts';
import { megabytes, Siege, type SiegeReport } from './siege.ts';

/**
 * Attacks a server of its own and says what came of it:
 *
 *     npm run fuzz -- [NAME …] [--seconds 600] [--seed 1] [--long]
 *
 * Without names, all attacks, again and again until the seconds are over. The exit code is 1 when something did not hold.
 */
const ATTACKS = [...AMQP_ATTACKS, ...MQTT_ATTACKS, ...HTTP_ATTACKS];
const SECONDS_DEFAULT = 60;
const LONG_FROM_SECONDS = 300;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string' }, seed: { type: 'string' }, long: { type: 'boolean' } },
});
const unknown = positionals.filter(name => !ATTACKS.some(attack => attack.name === name));
if (unknown.length > 0) {
  process.stderr.write(`There is no attack ${unknown.join(', ')}. There are: ${ATTACKS.map(({ name }) => name).join(', ')}\n`);
  process.exit(2);
}
const chosen = ATTACKS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const seconds = Number(values.seconds ?? SECONDS_DEFAULT);
const seed = values.seed === undefined ? randomSeed() : Number(values.seed);
const long = values.long ?? seconds >= LONG_FROM_SECONDS;
process.stdout.write(`seed ${seed}, ${seconds} s, ${long ? 'long' : 'short'} form\n`);

const startedMs = performance.now();
const over = (): boolean => performance.now() - startedMs > seconds * 1000;
let failed = 0;
for (let round = 0; round === 0 || !over(); round++) {
  const options = { random: new Random(seed + round), long, attackMs: (seconds * 1000) / chosen.length / (long ? 2 : 1) };
  let siege = await Siege.begin(options);
  for (const attack of chosen) {
    if (round > 0 && over()) break;
    const report = await siege.run(attack);
    process.stdout.write(line(report));
    if (report.failures.length === 0) continue;
    failed++;
    // What one attack has broken is not held against the next.
    await siege[Symbol.asyncDispose]();
    siege = await Siege.begin(options);
  }
  await siege[Symbol.asyncDispose]();
}
process.stdout.write(failed === 0 ? 'everything held\n' : `${failed} attacks found something (seed ${seed})\n`);
process.exitCode = failed === 0 ? 0 : 1;

function line({ attack, seconds: took, peers, peakBytes, afterBytes, neighbour, figures, failures }: SiegeReport): string {
  const { rounds, medianMs, p99Ms, maxMs } = neighbour;
  const latency = `${medianMs.toFixed(1)}/${p99Ms.toFixed(1)}/${maxMs.toFixed(1)} ms`;
  const head = `${failures.length === 0 ? 'held  ' : 'FAILED'} ${attack.padEnd(22)} ${took.toFixed(1).padStart(5)} s ${String(peers).padStart(6)} peers`;
  const memory = `memory ${megabytes(peakBytes)} → ${megabytes(afterBytes)} MB`;
  const text = `${head}  ${memory}  neighbour ${rounds} rounds, ${latency}  ${figures.join('; ')}\n`;
  return text + failures.map(failure => `       ${failure}\n`).join('');
}
