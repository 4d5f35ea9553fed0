import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StreamSimulation } from '../support/stream-simulation.ts';

/*
 * ANGARIUM_SEED=123 runs one seed alone; ANGARIUM_SEEDS=100000 runs so many.
 */
const seeds = process.env.ANGARIUM_SEED === undefined ? Number(process.env.ANGARIUM_SEEDS ?? 2000) : 1;
const firstSeed = Number(process.env.ANGARIUM_SEED ?? 1);

test(`${seeds} simulated lives of a stream lose nothing acknowledged, give no offset twice, and resume each reader at its place`, () => {
  const sums = { crashes: 0, compactions: 0, deliveries: 0, jumps: 0 };
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    try {
      const simulation = new StreamSimulation(seed);
      simulation.run();
      sums.crashes += simulation.crashes;
      sums.compactions += simulation.compactions;
      sums.deliveries += simulation.deliveries;
      sums.jumps += simulation.jumps;
    } catch (error) {
      throw new Error(`The simulation fails with ANGARIUM_SEED=${seed}`, { cause: error });
    }
  }
  if (seeds < 100) return;
  const { crashes, compactions, deliveries, jumps } = sums;
  assert.ok(crashes > seeds && compactions > seeds / 4 && deliveries > 10 * seeds && jumps > seeds / 10, JSON.stringify(sums));
});
