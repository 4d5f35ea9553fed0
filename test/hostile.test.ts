import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ATTACKS } from '../fuzz/attacks/index.ts';
import { Random, randomSeed } from '../fuzz/random.ts';
import { Siege } from '../fuzz/siege.ts';

/** How long an attack that could go on for ever does so: the short form. `npm run fuzz -- --seconds 600` is the long one. */
const ATTACK_MS = 250;

test('hostile peers get an error or the end, and nobody else is the worse for it', async t => {
  const seed = randomSeed();
  t.diagnostic(`seed ${seed}`);
  await using siege = await Siege.begin({ random: new Random(seed), long: false, attackMs: ATTACK_MS });
  for (const attack of ATTACKS) {
    await t.test(`the server survives ${attack.does}`, async () => {
      const { failures } = await siege.run(attack);
      assert.deepEqual(failures, [], `seed ${seed}: ${failures.join('\n')}`);
    });
  }
});
