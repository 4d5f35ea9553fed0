import { parseArgs } from 'node:util';
import { type CrashReport, runCrashes } from './crash/run-crashes.ts';
import { Random, randomSeed } from './random.ts';

/**
 * Kills a server under load again and again, and holds what became of each message against what was said of it:
 *
 *     npm run crash -- [--kills 200] [--life-ms 1000] [--seed 1]
 *
 * The exit code is 1 when a message was lost, came again after it was confirmed, came as new a second time, or out of order.
 */
const { values } = parseArgs({ options: { kills: { type: 'string' }, seed: { type: 'string' }, 'life-ms': { type: 'string' } } });
const kills = Number(values.kills ?? 200);
const seed = values.seed === undefined ? randomSeed() : Number(values.seed);
const PROGRESS_KILLS = 10;

process.stdout.write(`seed ${seed}, ${kills} kills\n`);
const report = await runCrashes({
  kills,
  random: new Random(seed),
  lifeMsMax: Number(values['life-ms'] ?? 1000),
  onKill: soFar => {
    if (soFar.kills % PROGRESS_KILLS === 0 || soFar.violations.length > 0) process.stdout.write(line(soFar));
  },
});
process.stdout.write(line(report));
for (const violation of report.violations) process.stdout.write(`  ${violation}\n`);
process.stdout.write(report.violations.length === 0 ? `nothing lost, nothing doubled\n` : `FAILED (seed ${seed})\n`);
process.exitCode = report.violations.length === 0 ? 0 : 1;

function line({ kills: done, sent, accepted, delivered, confirmed, redelivered, lost, restartsMs }: CrashReport): string {
  const sorted = restartsMs.toSorted((one, other) => one - other);
  const median = sorted[sorted.length >> 1]!.toFixed(0);
  return (
    `${done} kills: ${sent} sent, ${accepted} accepted, ${delivered} delivered, ${confirmed} confirmed, ` +
    `${redelivered} redelivered, ${lost} lost; restarts ${median} ms (median), ${sorted.at(-1)!.toFixed(0)} ms at most\n`
  );
}
