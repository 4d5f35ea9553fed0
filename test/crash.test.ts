import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCrashes } from '../fuzz/crash/run-crashes.ts';
import { Random, randomSeed } from '../fuzz/random.ts';

/** The short form; `npm run crash -- --kills 200` is the long one. */
const KILLS = 6;
const LIFE_MS_MAX = 800;

test('a server that is killed under load loses nothing it accepted, and repeats nothing it confirmed', async t => {
  const seed = randomSeed();
  t.diagnostic(`seed ${seed}`);
  const report = await runCrashes({ kills: KILLS, random: new Random(seed), lifeMsMax: LIFE_MS_MAX });
  t.diagnostic(JSON.stringify(report));
  assert.deepEqual(report.violations, [], `seed ${seed}`);
  assert.equal(report.lost, 0);
  assert.ok(report.accepted > 0 && report.confirmed > 0, 'there was load');
});
