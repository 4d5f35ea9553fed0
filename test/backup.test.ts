import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runBackup } from '../fuzz/crash/run-backup.ts';
import { Random, randomSeed } from '../fuzz/random.ts';

test('a backup of a server under load has all that was accepted before, and nothing that was settled before', async t => {
  const seed = randomSeed();
  t.diagnostic(`seed ${seed}`);
  const report = await runBackup({ random: new Random(seed), acceptedMin: 30_000, rate: 10_000_000 });
  t.diagnostic(JSON.stringify(report));
  assert.deepEqual(report.violations, [], `seed ${seed}`);
  assert.ok(report.owed > 0 && report.settled > 0 && report.meanwhile > 0 && report.restored >= report.owed, 'there was load');
});
