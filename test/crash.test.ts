import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCrashes } from '../fuzz/crash/run-crashes.ts';
import { runTransferCrashes } from '../fuzz/crash/run-transfers.ts';
import { Random, randomSeed } from '../fuzz/random.ts';

/** The short form; `npm run crash -- --kills 200` is the long one. */
const KILLS = 6;
const LIFE_MS_MAX = 800;
/** As many as a session takes before it has said how many more. */
const TOKENS = 100;

test('a server that is killed under load loses nothing it accepted, and repeats nothing it confirmed', async t => {
  const seed = randomSeed();
  t.diagnostic(`seed ${seed}`);
  const report = await runCrashes({ kills: KILLS, random: new Random(seed), lifeMsMax: LIFE_MS_MAX });
  t.diagnostic(JSON.stringify(report));
  assert.deepEqual(report.violations, [], `seed ${seed}`);
  assert.equal(report.lost, 0);
  assert.ok(report.accepted > 0 && report.confirmed > 0, 'there was load');
});

test('[4, 4.4] a server that is killed in the middle of transactions has each of them whole, or not at all', async t => {
  const seed = randomSeed();
  t.diagnostic(`seed ${seed}`);
  const report = await runTransferCrashes({ kills: KILLS, tokens: TOKENS, random: new Random(seed), lifeMsMax: LIFE_MS_MAX });
  t.diagnostic(JSON.stringify(report));
  assert.deepEqual(report.violations, [], `seed ${seed}`);
  assert.ok(report.committed > 0 && report.rolledBack > 0, 'there was load');
});
