import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Attack } from '../../fuzz/attack.ts';
import { Random, randomSeed } from '../../fuzz/random.ts';
import { Siege } from '../../fuzz/siege.ts';

/** How long an attack that could go on for ever does so: the short form. `npm run fuzz -- --seconds 600` is the long one. */
const ATTACK_MS = 250;

/** Runs the attacks one after the other on a server of their own, each as a test. */
export async function besiege(t: TestContext, attacks: readonly Attack[]): Promise<void> {
  const seed = randomSeed();
  t.diagnostic(`seed ${seed}`);
  await using siege = await Siege.begin({ random: new Random(seed), long: false, attackMs: ATTACK_MS });
  for (const attack of attacks) {
    await t.test(`the server survives ${attack.does}`, async () => {
      const { failures } = await siege.run(attack);
      assert.deepEqual(failures, [], `seed ${seed}: ${failures.join('\n')}`);
    });
  }
}
