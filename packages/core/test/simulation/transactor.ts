import assert from 'node:assert/strict';
import { writtenLast } from './history.ts';
import type { SimulatedMessage } from './message.ts';
import type { OutcomeKind } from './queue-rules.ts';
import type { Senders } from './senders.ts';
import { SimulatedTransaction } from './simulated-transaction.ts';
import { KINDS, OUTCOMES, type Takers } from './takers.ts';
import type { Place } from './whereabouts.ts';
import { isTopic } from './wiring-rules.ts';
import type { World } from './world.ts';

/** A message of the open transaction: to which name, and when it expires, as it was reckoned when it was posted. */
interface Posted {
  readonly name: string;
  readonly message: SimulatedMessage;
  readonly expiresAtMs: number;
}

/** Transactions, one at a time, of messages to the queue and to topics and of outcomes. */
export class Transactor {
  readonly #world: World;
  readonly #senders: Senders;
  readonly #takers: Takers;
  #open: SimulatedTransaction<SimulatedMessage, OutcomeKind> | undefined;
  #posted: Posted[] = [];

  constructor(world: World, senders: Senders, takers: Takers) {
    this.#world = world;
    this.#senders = senders;
    this.#takers = takers;
  }

  crashed(): void {
    this.#open = undefined;
    this.#posted = [];
  }

  /** Deliveries that were settled and whose outcome does not count yet. */
  get unsettled(): number {
    return this.#open?.retired.length ?? 0;
  }

  /** One thing more for the open transaction, or its end. */
  act(): void {
    const { random, running } = this.#world;
    this.#open ??= new SimulatedTransaction(running);
    for (let count = random.below(3); count > 0; count--) this.#post(this.#open);
    for (let count = random.below(4); count > 0; count--) {
      const picked = this.#takers.pickDelivery();
      if (!picked) continue;
      const kind = random.pick(KINDS)!;
      this.#open.retire(picked.taker, picked.delivery, kind, OUTCOMES[kind]);
    }
    if (random.chance(2)) this.#end(this.#open);
  }

  #post(transaction: SimulatedTransaction<SimulatedMessage, OutcomeKind>): void {
    const { rules, nowMs } = this.#world;
    const { name, producer } = this.#senders.pick();
    const message = this.#world.newMessage();
    const { ttlMs } = message;
    const published = ttlMs > 0 ? nowMs + ttlMs : 0;
    this.#posted.push({ name, message, expiresAtMs: isTopic(name) ? published : rules.expiry(ttlMs, nowMs) });
    transaction.post(producer, message);
  }

  #end(transaction: SimulatedTransaction<SimulatedMessage, OutcomeKind>): void {
    const world = this.#world;
    const posted = this.#posted;
    this.crashed();
    world.look();
    const counts = new Map<Place, number>();
    for (const { name, message } of posted) {
      if (isTopic(name)) continue;
      for (const place of world.divertedTo(message)) counts.set(place, (counts.get(place) ?? 0) + 1);
    }
    const { possible } = transaction;
    assert.equal(possible, world.haveRoom(counts), 'it can be committed when there is room for all of it');
    if (possible && !world.random.chance(3)) return this.#commit(transaction, posted);
    for (const { delivery } of transaction.retired) this.#takers.settled(delivery, 'failed');
    transaction.rollback();
  }

  #commit(transaction: SimulatedTransaction<SimulatedMessage, OutcomeKind>, posted: readonly Posted[]): void {
    const world = this.#world;
    const { nowMs } = world;
    world.happened.commits++;
    const settled = transaction.retired.flatMap(({ delivery, kind }) => this.#takers.settled(delivery, kind));
    const stored: Posted[] = [];
    const arrived = world.foretell(() => {
      for (const each of posted) {
        const { name, message, expiresAtMs } = each;
        if (this.#senders.isKnown(name, message)) {
          world.happened.duplicates++;
          continue;
        }
        // The time to live runs while the transaction is open; what it has outlived expires after the commit.
        const ttlMs = expiresAtMs > 0 ? Math.max(1, expiresAtMs - nowMs) : message.ttlMs;
        this.#senders.store(name, message, this.#senders.placesOf(name, message), ttlMs);
        stored.push(each);
      }
    });
    const steps = [...settled, ...arrived];
    transaction.commit(world.confirmation(steps));
    writtenLast(steps, world.log.end);
    this.#senders.noteIds(stored);
  }
}
