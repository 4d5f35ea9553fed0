import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FeaturedQueueSimulation } from '../support/featured-queue-simulation.ts';
import { QueueSimulation } from '../support/queue-simulation.ts';

/*
 * ANGARIUM_SEED=123 runs one seed alone; ANGARIUM_SEEDS=100000 runs so many.
 */
const seeds = process.env.ANGARIUM_SEED === undefined ? Number(process.env.ANGARIUM_SEEDS ?? 2000) : 1;
const firstSeed = Number(process.env.ANGARIUM_SEED ?? 1);

test(`${seeds} simulated lives of a queue and a topic lose nothing acknowledged, keep order and counts, and retain what is live`, () => {
  let crashes = 0;
  let compactions = 0;
  let deliveries = 0;
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    try {
      const simulation = new QueueSimulation(seed);
      simulation.run();
      crashes += simulation.crashes;
      compactions += simulation.compactions;
      deliveries += simulation.deliveries;
    } catch (error) {
      throw new Error(`The simulation fails with ANGARIUM_SEED=${seed}`, { cause: error });
    }
  }
  if (seeds < 100) return;
  assert.ok(crashes > seeds && compactions > seeds / 2 && deliveries > 10 * seeds, `${crashes} crashes, ${compactions}, ${deliveries}`);
});

test(`${seeds} simulated lives of queues with everything that an address may declare keep each promise of theirs`, () => {
  let crashes = 0;
  let deaths = 0;
  let deliveries = 0;
  let commits = 0;
  let duplicates = 0;
  let refusals = 0;
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    try {
      const simulation = new FeaturedQueueSimulation(seed);
      simulation.run();
      crashes += simulation.crashes;
      deaths += simulation.deaths;
      deliveries += simulation.deliveries;
      commits += simulation.commits;
      duplicates += simulation.duplicates;
      refusals += simulation.refusals;
    } catch (error) {
      throw new Error(`The simulation fails with ANGARIUM_SEED=${seed}`, { cause: error });
    }
  }
  if (seeds < 100) return;
  assert.ok(crashes > seeds && deaths > seeds / 4 && deliveries > 5 * seeds, `${crashes} crashes, ${deaths} deaths, ${deliveries}`);
  assert.ok(commits > seeds / 2 && duplicates > seeds / 2 && refusals > seeds, `${commits} commits, ${duplicates} duplicates, ${refusals}`);
});
