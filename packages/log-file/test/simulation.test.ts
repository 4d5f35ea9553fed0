import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Simulation } from './simulation.ts';

/*
 * ANGARIUM_SEED=123 runs one seed alone; ANGARIUM_SEEDS=100000 runs so many.
 */
const seeds = process.env.ANGARIUM_SEED === undefined ? Number(process.env.ANGARIUM_SEEDS ?? 400) : 1;
const firstSeed = Number(process.env.ANGARIUM_SEED ?? 1);

test(`${seeds} simulated lives of a log on a disk that tears, loses and fails leave what was durable, in order`, async () => {
  let crashes = 0;
  let compactions = 0;
  let copies = 0;
  let gathered = 0;
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const simulation = new Simulation(seed);
    try {
      await simulation.run();
    } catch (error) {
      throw new Error(`The simulation fails with ANGARIUM_SEED=${seed}`, { cause: error });
    }
    crashes += simulation.crashes;
    compactions += simulation.compactions;
    copies += simulation.copies;
    gathered += simulation.gathered;
  }
  if (seeds < 100) return;
  assert.ok(crashes > seeds, `${crashes} crashes are enough to mean something`);
  assert.ok(compactions > seeds / 10, `${compactions} compactions are enough to mean something`);
  assert.ok(gathered > seeds, `${gathered} records that were taken along are enough to mean something`);
  assert.ok(copies > seeds / 4, `${copies} copies are enough to mean something`);
});
