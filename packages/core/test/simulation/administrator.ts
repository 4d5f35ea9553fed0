import assert from 'node:assert/strict';
import { Refusal } from '../../src/delivery/refusal.ts';
import type { OperationEnd } from '../../src/operations/queue-operations.ts';
import { fieldIs } from '../support/text-encoding.ts';
import { COLOURS, type Colour } from './message.ts';
import type { Onlookers } from './onlookers.ts';
import { hasExpired } from './queue-entry.ts';
import type { Takers } from './takers.ts';
import type { Place } from './whereabouts.ts';
import type { World } from './world.ts';

/** Removes, moves and copies messages of a colour, cancels single ones, and sends dead letters back, up to a number. */
export class Administrator {
  readonly #world: World;
  readonly #takers: Takers;
  readonly #onlookers: Onlookers;

  constructor(world: World, takers: Takers, onlookers: Onlookers) {
    this.#world = world;
    this.#onlookers = onlookers;
    this.#takers = takers;
  }

  act(): void {
    const { random } = this.#world;
    // What can happen has, so that nothing else happens meanwhile.
    this.#world.look();
    const colour = random.pick(COLOURS)!;
    const max = random.chance(2) ? Number.POSITIVE_INFINITY : 1 + random.below(3);
    const act = random.below(7);
    if (act === 0) this.#purge(colour, max);
    else if (act === 1) this.#move(colour, max);
    else if (act === 2) this.#redirect(colour, max);
    else if (act === 3) this.#cancel();
    else if (act === 4) this.#copy(random.chance(2) ? 'q' : 'dead', colour);
    else this.#replay(colour, max);
  }

  #place(address: Place) {
    return { space: this.#world.running.space, address };
  }

  /** Does it, to its end, and holds it to what the rules have said: how many messages are done, and whether that was all. */
  #run(done: number, all: boolean, told: () => void, begin: (end: OperationEnd) => unknown): void {
    const { running, random, log } = this.#world;
    const confirm = this.#world.confirmation(this.#world.foretell(told));
    const begun = begin((report, refusal) => {
      confirm();
      assert.equal(report.done, done, 'as many are done as can be');
      assert.equal(refusal === undefined, all, `it ends where there is no room: ${refusal?.description}`);
    });
    assert.ok(!(begun instanceof Refusal));
    running.turn.runAll();
    if (random.chance(2)) log.makeDurable();
    this.#world.look();
  }

  #purge(colour: Colour, max: number): void {
    const { rules, running } = this.#world;
    // What a consumer has is counted among those that are selected, and left.
    const gone = this.#matching(colour, max).filter(({ holder }) => !holder);
    this.#run(
      gone.length,
      true,
      () => {
        for (const entry of gone) rules.gone(entry);
      },
      end => running.broker.operations.purge(this.#place('q'), { filter: fieldIs('c', colour), max }, end),
    );
  }

  /** Removes one message by its number, unless a consumer has it. */
  #cancel(): void {
    const world = this.#world;
    const { running, rules, random, happened } = world;
    const [id, seen] = random.pick([...world.seenAt('q')]) ?? [];
    if (id === undefined) return;
    const entry = rules.entry(id);
    const { holder } = entry;
    const confirm = world.confirmation(world.foretell(() => holder ?? rules.gone(entry)));
    running.broker.operations.remove(this.#place('q'), seen!.sequence, refusal => {
      assert.equal(refusal?.code, holder && 'message-in-use');
      if (!refusal) confirm();
    });
    if (!holder) happened.cancels++;
    running.turn.runAll();
    world.look();
  }

  #matching(colour: Colour, max: number) {
    return [...this.#world.rules.entries.values()].filter(({ message }) => message.colour === colour).slice(0, max);
  }

  #move(colour: Colour, max: number): void {
    const { rules, running, nowMs } = this.#world;
    const gone = this.#matching(colour, max).filter(entry => !entry.holder && !hasExpired(entry, nowMs));
    this.#run(
      gone.length,
      true,
      () => {
        for (const entry of gone) rules.gone(entry, 'away', entry.expiresAtMs);
      },
      end => running.broker.operations.transfer(this.#place('q'), { filter: fieldIs('c', colour), max }, 'away', true, end),
    );
  }

  /** Copies to an address where none of them may be yet. */
  #copy(from: 'q' | 'dead', colour: Colour): void {
    const world = this.#world;
    const { running, nowMs, whereabouts } = world;
    const entries = this.#matching(colour, Number.POSITIVE_INFINITY).filter(entry => !hasExpired(entry, nowMs));
    const letters = [...whereabouts.at('dead').values()].filter(({ message }) => message.colour === colour);
    const copies = from === 'q' ? entries : letters.map(({ message }) => ({ message, expiresAtMs: 0 }));
    const before = whereabouts.at('copied');
    if (copies.some(({ message }) => before.has(message.id))) {
      this.#run(
        before.size,
        true,
        () => {
          for (const { message } of before.values()) world.noteGoneFrom('copied', message);
        },
        end => running.broker.operations.purge(this.#place('copied'), {}, end),
      );
    }
    this.#run(
      copies.length,
      true,
      () => {
        for (const { message, expiresAtMs } of copies) world.noteAt('copied', message, expiresAtMs);
      },
      end => running.broker.operations.transfer(this.#place(from), { filter: fieldIs('c', colour) }, 'copied', false, end),
    );
  }

  /** The first dead letters of a colour, in the order in which they lie there. */
  #letters(colour: Colour, max: number) {
    const letters = this.#world.whereabouts.at('dead');
    const ids = [...this.#world.seenAt('dead').keys()];
    return ids
      .map(id => letters.get(id)!.message)
      .filter(message => message.colour === colour)
      .slice(0, max);
  }

  #redirect(colour: Colour, max: number): void {
    const { running } = this.#world;
    const letters = this.#letters(colour, max);
    this.#run(
      letters.length,
      true,
      () => {
        for (const message of letters) this.#world.noteAt('away', message, 0);
      },
      end => running.broker.operations.transfer(this.#place('dead'), { filter: fieldIs('c', colour), max }, 'away', true, end),
    );
  }

  /** Sends dead letters back to the queue, as far as there is room. */
  #replay(colour: Colour, max: number): void {
    const world = this.#world;
    const { rules, running, happened, nowMs } = world;
    const { overflow, lastValueKey, messagesMax = Number.POSITIVE_INFINITY } = rules.spec;
    const room = overflow === 'drop-oldest' ? Number.POSITIVE_INFINITY : Math.max(0, messagesMax - rules.entries.size);
    // Those that take the place of others make the room that they need.
    if (lastValueKey !== undefined && room !== Number.POSITIVE_INFINITY) return;
    // Nobody gets the first ones while others are still on their way.
    this.#takers.takeBackCredit();
    this.#onlookers.takeBackCredit();
    const letters = this.#letters(colour, max);
    const back = letters.slice(0, room);
    happened.replays += back.length;
    this.#run(
      back.length,
      back.length === letters.length,
      () => {
        for (const message of back) rules.arrived(message, rules.expiry(0, nowMs), 0, nowMs);
      },
      end => running.broker.operations.replay(this.#place('dead'), { filter: fieldIs('c', colour), max }, end),
    );
  }
}
