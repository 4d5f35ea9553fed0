import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FeaturedLife } from '../simulation/featured-life.ts';
import type { Happenings } from '../simulation/world.ts';
import { QueueSimulation } from '../support/queue-simulation.ts';

/*
 * ANGARIUM_SEED=123 runs one seed alone; ANGARIUM_SEEDS=100000 runs so many.
 */
const only = process.env.ANGARIUM_SEED;
const firstSeed = Number(only ?? 1);
const seedsOf = (usual: number): number => (only === undefined ? Number(process.env.ANGARIUM_SEEDS ?? usual) : 1);

/** Runs one life for each seed, and says which of them fails. */
function live(seeds: number, run: (seed: number) => void): void {
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    try {
      run(seed);
    } catch (error) {
      throw new Error(`The simulation fails with ANGARIUM_SEED=${seed}`, { cause: error });
    }
  }
}

const plainLives = seedsOf(2000);

test(`${plainLives} simulated lives of a queue and a topic lose nothing acknowledged, keep order and counts, and retain what is live`, () => {
  let crashes = 0;
  let compactions = 0;
  let deliveries = 0;
  live(plainLives, seed => {
    const simulation = new QueueSimulation(seed);
    simulation.run();
    crashes += simulation.crashes;
    compactions += simulation.compactions;
    deliveries += simulation.deliveries;
  });
  if (plainLives < 100) return;
  const enough = crashes > plainLives && compactions > plainLives / 2 && deliveries > 10 * plainLives;
  assert.ok(enough, `${crashes} crashes, ${compactions} compactions, ${deliveries} deliveries`);
});

/** How often each thing happens in a life at the least, so that a life that grows quiet is noticed. */
const HAPPENINGS_MIN: Happenings = {
  deliveries: 7,
  sightings: 4,
  crashes: 1.5,
  deaths: 0.6,
  commits: 1,
  duplicates: 0.5,
  refusals: 1,
  published: 1,
  diverted: 3,
  pauses: 0.15,
  changes: 1.3,
  replays: 0.05,
  postponed: 0.5,
  cancels: 0.2,
};

const featuredLives = seedsOf(700);

test(`${featuredLives} simulated lives of queues with everything that an address may declare keep each promise of theirs`, () => {
  const happened: Record<string, number> = {};
  live(featuredLives, seed => {
    const life = new FeaturedLife(seed);
    life.run();
    for (const [what, count] of Object.entries(life.happened)) happened[what] = (happened[what] ?? 0) + count;
  });
  if (featuredLives < 500) return;
  for (const [what, least] of Object.entries(HAPPENINGS_MIN))
    assert.ok(happened[what]! >= least * featuredLives, `${what}: ${happened[what]} in ${featuredLives} lives`);
});
