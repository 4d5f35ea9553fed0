import assert from 'node:assert/strict';
import { ACCEPTED, IN_DOUBT, type Outcome, REJECTED, RELEASED } from '../../src/delivery/outcome.ts';
import { type RecordedDelivery, RecordingConsumer } from '../support/recording-consumer.ts';
import { fieldIs } from '../support/text-encoding.ts';
import { COLOURS, type Colour, idOf } from './message.ts';
import type { QueueTaker } from './queue-entry.ts';
import { LATER_MS, type OutcomeKind } from './queue-rules.ts';
import type { WhereaboutStep } from './whereabouts.ts';
import type { World } from './world.ts';

const TAKERS_MAX = 4;

export const OUTCOMES = {
  accepted: ACCEPTED,
  rejected: REJECTED,
  released: RELEASED,
  failed: IN_DOUBT,
  'failed-later': { kind: 'modified', deliveryFailed: true, undeliverableHere: false, delayMs: LATER_MS },
  later: { kind: 'modified', deliveryFailed: false, undeliverableHere: false, delayMs: LATER_MS },
  'not-here': { kind: 'modified', deliveryFailed: false, undeliverableHere: true },
} as const satisfies Record<OutcomeKind, Outcome>;
export const KINDS = [
  'accepted',
  'accepted',
  'rejected',
  'rejected',
  'released',
  'failed',
  'failed',
  'failed',
  'failed-later',
  'later',
  'not-here',
] as const satisfies OutcomeKind[];

/** A consumer as the rules see it, too. */
export class Taker extends RecordingConsumer implements QueueTaker {
  readonly colour: Colour | undefined;
  readonly priority: number;
  credit = 0;
  active = true;
  /** What it was told about that; undefined: nothing. */
  told: boolean | undefined;

  constructor(colour: Colour | undefined, priority: number) {
    super();
    this.colour = colour;
    this.priority = priority;
  }

  get open(): RecordedDelivery[] {
    return this.deliveries.filter(({ settled }) => !settled);
  }

  activated(active: boolean): void {
    this.told = active;
  }
}

/** Consumers that compete for the messages of the queue. */
export class Takers {
  readonly #world: World;
  #all: Taker[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  crashed(): void {
    this.#all = [];
  }

  get unsettled(): number {
    return this.#all.reduce((sum, { open }) => sum + open.length, 0);
  }

  attach(): void {
    if (this.#all.length >= TAKERS_MAX) return;
    const world = this.#world;
    const { random, running, rules, happened } = world;
    const colour = random.chance(3) ? random.pick(COLOURS)! : undefined;
    const taker = new Taker(colour, random.chance(4) ? 1 : 0);
    taker.onDeliver = ({ text, message }) => {
      happened.deliveries++;
      rules.delivered(taker, idOf(text), message.deliveryCount, world.nowMs);
    };
    rules.deliveries.joined(taker, rules.spec);
    const filter = colour === undefined ? {} : { filter: fieldIs('c', colour) };
    taker.attached(running.space.attachConsumer(world.name(), undefined, taker, { priority: taker.priority, ...filter }));
    this.#all.push(taker);
    this.#grantTo(taker, random.below(8));
  }

  leave(): void {
    const { random, rules } = this.#world;
    const taker = random.pick(this.#all);
    if (!taker) return;
    for (const delivery of taker.open) this.#settleOne(taker, delivery, random.chance(2) ? 'failed' : 'released');
    this.#all.splice(this.#all.indexOf(taker), 1);
    rules.deliveries.left(taker, rules.spec);
    taker.link.detach(0);
  }

  grant(): void {
    const taker = this.#world.random.pick(this.#all);
    if (taker) this.#grantTo(taker, this.#world.random.below(10));
  }

  #grantTo(taker: Taker, credit: number): void {
    taker.credit = credit;
    taker.link.grant(credit, false);
  }

  /** Nobody takes anything for now. */
  takeBackCredit(): void {
    for (const taker of this.#all) this.#grantTo(taker, 0);
  }

  /** A delivery that is not settled, and who has it. */
  pickDelivery(): { taker: Taker; delivery: RecordedDelivery } | undefined {
    const { random } = this.#world;
    const taker = random.pick(this.#all);
    const delivery = taker && random.pick(taker.open);
    return delivery && { taker, delivery };
  }

  settle(): void {
    const { random } = this.#world;
    for (let count = 1 + random.below(4); count > 0; count--) {
      const picked = this.pickDelivery();
      if (picked) this.#settleOne(picked.taker, picked.delivery, random.pick(KINDS)!);
    }
  }

  #settleOne(taker: Taker, delivery: RecordedDelivery, kind: OutcomeKind): void {
    // The rules first: what follows from the outcome may happen within the call.
    const steps = this.settled(delivery, kind);
    taker.settleConfirmed(delivery, OUTCOMES[kind], this.#world.confirmation(steps));
  }

  /** For the rules: the consumer has settled. */
  settled({ text }: RecordedDelivery, kind: OutcomeKind): readonly WhereaboutStep[] {
    const { happened, rules, nowMs } = this.#world;
    const paused = rules.deliveries.breaker.pausedUntilMs;
    const steps = this.#world.foretell(() => rules.settled(idOf(text), kind, nowMs));
    if (steps.some(({ state }) => state.place === 'dead')) happened.deaths++;
    if (kind === 'later' || kind === 'failed-later') happened.postponed++;
    if (rules.deliveries.breaker.pausedUntilMs > paused) happened.pauses++;
    return steps;
  }

  atRest(): void {
    const single = this.#world.rules.spec.consumers === 'single-active';
    for (const { active, told } of this.#all) {
      if (single) assert.equal(told, active, 'each is told whether it is the active one');
      else assert.notEqual(told, false, 'nobody believes that another one has everything');
    }
  }
}
