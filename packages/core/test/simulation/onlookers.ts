import assert from 'node:assert/strict';
import { RecordingConsumer } from '../support/recording-consumer.ts';
import { fieldIs } from '../support/text-encoding.ts';
import { COLOURS, idOf } from './message.ts';
import { OnlookerRules } from './onlooker-rules.ts';
import type { World } from './world.ts';

const ONLOOKERS_MAX = 3;

interface Onlooker {
  readonly rules: OnlookerRules;
  readonly port: RecordingConsumer;
  draining: boolean;
}

/** Browsers of the queue, and consumers of a queue from which nobody takes anything. */
export class Onlookers {
  readonly #world: World;
  #all: Onlooker[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  crashed(): void {
    this.#all = [];
  }

  attach(): void {
    if (this.#all.length >= ONLOOKERS_MAX) return;
    const world = this.#world;
    const { random, running, rules, happened } = world;
    const colour = random.chance(3) ? random.pick(COLOURS)! : undefined;
    const onlooker = { rules: new OnlookerRules(colour, rules.moment), port: new RecordingConsumer(), draining: false };
    onlooker.port.onDeliver = ({ text, message }) => {
      happened.sightings++;
      rules.shown(onlooker.rules, idOf(text), message.deliveryCount, world.nowMs);
    };
    onlooker.port.onDrained = () => {
      assert.ok(onlooker.draining, 'only who drains is told that there is nothing more');
      onlooker.draining = false;
      // What credit was left for has been looked for.
      rules.shownAll(onlooker.rules, world.nowMs);
      onlooker.rules.credit = 0;
    };
    const browse = !rules.spec.nonDestructive || random.chance(2);
    const filter = colour === undefined ? {} : { filter: fieldIs('c', colour) };
    onlooker.port.attached(running.space.attachConsumer(world.name(), undefined, onlooker.port, { ...(browse && { browse }), ...filter }));
    this.#all.push(onlooker);
    rules.onlookers.add(onlooker.rules);
    this.#grantTo(onlooker);
  }

  /** One of them leaves, pauses, goes on, or wants to see more. */
  act(): void {
    const { random, rules } = this.#world;
    const onlooker = random.pick(this.#all);
    if (!onlooker) return this.attach();
    if (random.chance(6)) {
      this.#all.splice(this.#all.indexOf(onlooker), 1);
      rules.onlookers.delete(onlooker.rules);
      onlooker.port.link.detach(0);
    } else if (random.chance(4)) {
      onlooker.rules.paused = !onlooker.rules.paused;
      if (onlooker.rules.paused) onlooker.port.link.pause();
      else onlooker.port.link.resume();
    } else this.#grantTo(onlooker);
  }

  /** Nobody looks for now. */
  takeBackCredit(): void {
    for (const onlooker of this.#all) this.#grantTo(onlooker, 0, false);
  }

  #grantTo(onlooker: Onlooker, credit = this.#world.random.below(12), drain = this.#world.random.chance(4)): void {
    onlooker.rules.credit = credit;
    onlooker.draining = drain;
    onlooker.port.link.grant(credit, drain);
  }

  atRest(): void {
    for (const { draining, rules } of this.#all) assert.ok(!draining || rules.paused, 'a drain comes to its end');
  }
}
