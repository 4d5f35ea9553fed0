import assert from 'node:assert/strict';
import { sameSpec } from '../../src/address/address-spec.ts';
import type { BrokeredAddress } from '../../src/brokered/brokered-address.ts';
import { Refusal } from '../../src/delivery/refusal.ts';
import type { LogPosition } from '../../src/store/log.ts';
import { Random } from '../support/random.ts';
import { understandTexts } from '../support/text-broker.ts';
import { Administrator } from './administrator.ts';
import { History, writtenLast } from './history.ts';
import { Onlookers } from './onlookers.ts';
import { Senders } from './senders.ts';
import { Takers } from './takers.ts';
import { Transactor } from './transactor.ts';
import { PLACES } from './whereabouts.ts';
import { type Happenings, World } from './world.ts';

const STEPS = 60;

/**
 * One life of a queue with features chosen by chance, which change while it is used, over a log in memory: producers, consumers, browsers, transactions and
 * administrators in any order, judged by rules that know nothing of the implementation, with crashes that tear the log in between.
 */
export class FeaturedLife {
  readonly #world: World;
  readonly #random: Random;
  readonly #senders: Senders;
  readonly #takers: Takers;
  readonly #onlookers: Onlookers;
  readonly #transactor: Transactor;
  readonly #administrator: Administrator;

  constructor(seed: number) {
    this.#random = new Random(seed);
    const world = new World(this.#random);
    this.#world = world;
    this.#senders = new Senders(world);
    this.#takers = new Takers(world);
    this.#onlookers = new Onlookers(world);
    this.#transactor = new Transactor(world, this.#senders, this.#takers);
    this.#administrator = new Administrator(world, this.#takers, this.#onlookers);
  }

  get happened(): Readonly<Happenings> {
    return this.#world.happened;
  }

  run(): void {
    for (let step = 0; step < STEPS; step++) {
      this.#step();
      if (this.#random.chance(3)) this.#rest();
    }
    this.#rest();
    this.#crash();
    this.#rest();
  }

  #step(): void {
    const random = this.#random;
    const { running, log } = this.#world;
    const choice = random.below(100);
    if (choice < 21) this.#send();
    else if (choice < 28) this.#transact();
    else if (choice < 37) this.#attach();
    else if (choice < 41) this.#takers.leave();
    else if (choice < 53) this.#takers.grant();
    else if (choice < 58) this.#onlookers.act();
    else if (choice < 78) this.#takers.settle();
    else if (choice < 83) running.turn.advance(random.below(1500));
    else if (choice < 86) log.makeDurable(this.#somewhere());
    else if (choice < 89) log.compact();
    else if (choice < 95) this.#administrator.act();
    else if (choice < 98) this.#change();
    else this.#crash();
  }

  #somewhere(): LogPosition {
    const { durableEnd, end } = this.#world.log;
    return durableEnd + this.#random.below(end - durableEnd + 1);
  }

  #send(): void {
    const { messagesMax, lastValueKey, diverts } = this.#world.rules.spec;
    // Whether there is room, and what another message takes the place of, depends on what has expired.
    if (messagesMax !== undefined || lastValueKey !== undefined || diverts) this.#world.look();
    this.#senders.send();
  }

  #transact(): void {
    this.#transactor.act();
    if (!this.#random.chance(6)) return;
    // What a commit leads to may still be under way when it is on disk, and even moved there.
    const { log } = this.#world;
    log.makeDurable();
    if (this.#random.chance(2)) while (log.compact());
    log.makeDurable();
    this.#crash();
  }

  #attach(): void {
    if (this.#world.rules.spec.nonDestructive) this.#onlookers.attach();
    else this.#takers.attach();
  }

  /** The declaration is another one from now on. */
  #change(): void {
    const { declarations, running, rules, log, happened } = this.#world;
    this.#world.look();
    const declaration = declarations.state.changed(this.#random);
    const { spec } = declaration;
    happened.changes++;
    const steps = this.#world.foretell(() => rules.declared(spec));
    const step = declarations.push(declaration, log.end);
    running.space.update('q', spec, answer => assert.ok(!(answer instanceof Refusal), 'it can be like this'));
    writtenLast([step, ...steps], log.end);
    for (const alias of ['also', 'too'])
      assert.equal(running.space.find(alias)?.name, spec.aliases?.includes(alias) ? 'q' : undefined, `what ${alias} is`);
  }

  #rest(): void {
    const world = this.#world;
    const { running, rules, log } = world;
    running.turn.runAll();
    rules.atRest(world.nowMs);
    world.look();
    if (this.#random.chance(2)) {
      log.makeDurable();
      running.turn.runAll();
    }
    this.#senders.atRest();
    this.#takers.atRest();
    this.#onlookers.atRest();
    const { unsettled, pausedUntilMs = 0 } = running.status('q');
    assert.equal(unsettled, this.#takers.unsettled + this.#transactor.unsettled, 'unsettled');
    assert.equal(pausedUntilMs, rules.deliveries.breaker.pausedUntilMs, 'how long deliveries are paused');
    const all = PLACES.reduce((sum, name) => sum + running.status(name).stored, 0);
    const { duplicates } = running.address('q') as BrokeredAddress;
    const known = running.shard.definitions.size + running.shard.marks.size + (duplicates?.queue.index.live ?? 0);
    assert.equal(log.retainedRecords, all + known, 'what is live is retained, and nothing else');
  }

  #crash(): void {
    const world = this.#world;
    const { happened, declarations, whereabouts, ids } = world;
    happened.crashes++;
    const survivingEnd = this.#somewhere();
    world.running = understandTexts(world.running.crash(survivingEnd));
    for (const actor of [this.#senders, this.#takers, this.#onlookers, this.#transactor]) actor.crashed();
    ids?.crashed(survivingEnd);
    const { running, nowMs } = world;
    const [declaration] = declarations.survivors(survivingEnd);
    const { spec } = declaration!;
    assert.ok(sameSpec(running.address('q').spec, spec), 'what is declared is what the log says');
    world.declarations = new History(declaration!);
    running.turn.runAll();
    const seen = new Map(PLACES.map(place => [place, world.seenAt(place)]));
    world.rules = world.newRules(spec);
    const keys = spec.lastValueKey === undefined ? [] : [...seen.get('q')!.values()].flatMap(({ key }) => key ?? []);
    const queue = whereabouts.crashed(survivingEnd, seen, nowMs, ({ lane }) => lane !== undefined && keys.includes(lane));
    for (const { message, whereabout } of queue) world.rules.restored(message, whereabout, nowMs);
    const lanes = spec.lastValueKey === undefined ? [] : queue.flatMap(({ whereabout: { lane } }) => lane ?? []);
    assert.equal(new Set(lanes).size, lanes.length, 'of each key the newest is there');
    assert.deepEqual([...world.rules.entries.keys()], [...seen.get('q')!.keys()], 'what is in the queue after the crash, in order');
  }
}
