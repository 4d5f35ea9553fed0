import assert from 'node:assert/strict';
import type { AddressSpec } from '../../src/address/address.ts';
import type { MemoryLog } from '../support/memory-log.ts';
import type { Random } from '../support/random.ts';
import type { RunningBroker } from '../support/running-broker.ts';
import { textBroker } from '../support/text-broker.ts';
import { textOf } from '../support/text-message.ts';
import { ChosenSpec } from './chosen-spec.ts';
import { DuplicateRules } from './duplicate-rules.ts';
import { confirmed, History } from './history.ts';
import { idOf, type MessageTraits, type SimulatedMessage, simulatedMessage } from './message.ts';
import { QueueRules } from './queue-rules.ts';
import { NOWHERE, PLACES, type Place, type Seen, type Whereabout, type WhereaboutStep, Whereabouts } from './whereabouts.ts';
import { divertedTo } from './wiring-rules.ts';

/** The limit of the address that copies are diverted to. */
const ECHO_MESSAGES_MAX = 20;

/** What happened, so that a test can tell that enough did. */
export interface Happenings {
  deliveries: number;
  sightings: number;
  crashes: number;
  deaths: number;
  commits: number;
  duplicates: number;
  refusals: number;
  published: number;
  diverted: number;
  pauses: number;
  changes: number;
  replays: number;
  postponed: number;
  cancels: number;
}

/** A broker in the hand of chance, and beside it what is known of it: the rules, and where each message is. */
export class World {
  readonly random: Random;
  declarations: History<ChosenSpec>;
  readonly happened: Happenings = {
    deliveries: 0,
    sightings: 0,
    crashes: 0,
    deaths: 0,
    commits: 0,
    duplicates: 0,
    refusals: 0,
    published: 0,
    diverted: 0,
    pauses: 0,
    changes: 0,
    replays: 0,
    postponed: 0,
    cancels: 0,
  };
  running: RunningBroker;
  rules: QueueRules;
  readonly whereabouts = new Whereabouts();
  /** Ids of messages, where duplicates are told. */
  readonly ids: DuplicateRules | undefined;
  readonly #traits: MessageTraits;
  #sent = 0;
  #steps: WhereaboutStep[] = [];

  constructor(random: Random) {
    this.random = random;
    const declaration = ChosenSpec.first(random);
    const { spec } = declaration;
    this.declarations = new History(declaration);
    this.ids = spec.duplicates && new DuplicateRules(spec.duplicates.windowMs);
    this.#traits = { groups: random.chance(2), priorities: random.chance(2), messageIds: spec.duplicates !== undefined };
    const inMemoryOneIn = 1 + random.below(3);
    this.running = textBroker(spec, {
      durability: 'by-hand',
      segmentRecordsMax: 1 + random.below(12),
      inMemory: position => (position * 7919) % inMemoryOneIn === 0,
    });
    for (const place of PLACES)
      if (place !== 'q')
        this.running.declare(place, {
          type: 'queue',
          ...(place === 'echo' && { messagesMax: ECHO_MESSAGES_MAX, overflow: 'reject' as const }),
        });
    this.running.declare('t', { type: 'topic' });
    this.running.log.makeDurable();
    this.rules = this.newRules(spec);
  }

  newRules(spec: AddressSpec): QueueRules {
    return new QueueRules(spec, (message, whereabout, early) => this.#note(message, whereabout, undefined, early));
  }

  /** What is only in memory is never confirmed to be anywhere else. */
  #note(message: SimulatedMessage, whereabout: Whereabout, copyAt?: Place, early = false): void {
    const step = this.whereabouts.note(message, whereabout, this.log.end, copyAt, early);
    if (message.durable) this.#steps.push(step);
  }

  get log(): MemoryLog {
    return this.running.log;
  }

  get nowMs(): number {
    return this.running.turn.nowMs;
  }

  newMessage(): SimulatedMessage {
    return simulatedMessage(this.#sent++, this.random, this.nowMs, this.#traits);
  }

  /** What the rules say by `told`, before it happens: the steps of the messages that it changes. */
  foretell(told: () => void): readonly WhereaboutStep[] {
    this.#steps = [];
    told();
    return this.#steps;
  }

  /** For a callback of the broker: what it confirms is on disk, and it lives still. */
  confirmation(steps: readonly WhereaboutStep[]): () => void {
    const { running } = this;
    return () => {
      assert.equal(running, this.running, 'nobody confirms after a crash');
      confirmed(steps, this.log.durableEnd);
    };
  }

  /** A name of the queue. */
  name(): string {
    return this.random.pick(['q', 'q', ...(this.rules.spec.aliases ?? [])])!;
  }

  // ---- what is stored

  /** Whether the addresses have room for so many messages each. */
  haveRoom(counts: ReadonlyMap<Place, number>): boolean {
    for (const [place, count] of counts) {
      if (place === 'q' && this.rules.spec.overflow !== 'drop-oldest' && !this.rules.hasRoom(count)) return false;
      if (place === 'echo' && this.whereabouts.at('echo').size + count > ECHO_MESSAGES_MAX) return false;
    }
    return true;
  }

  /** For the rules: a message is stored at these places, with this time to live from now on, which the queue changes where it was not `published`. */
  stored(message: SimulatedMessage, places: ReadonlySet<Place>, ttlMs: number, published: boolean): void {
    const { nowMs, rules } = this;
    for (const place of places) {
      const expiresAtMs = ttlMs > 0 ? nowMs + ttlMs : 0;
      if (place !== 'q') this.noteAt(place, message, expiresAtMs);
      else rules.arrived(message, published ? expiresAtMs : rules.expiry(ttlMs, nowMs), message.deliverAtMs, nowMs);
    }
  }

  /** Where a message goes that is sent to the queue. */
  divertedTo(message: SimulatedMessage): Set<Place> {
    return divertedTo(this.rules.spec, message);
  }

  /** It, or a copy of it, is at this place, which is not the queue. */
  noteAt(place: Place, message: SimulatedMessage, expiresAtMs: number): void {
    this.#note(message, { ...NOWHERE, place, expiresAtMs });
  }

  /** What was at this place is nowhere. */
  noteGoneFrom(place: Place, message: SimulatedMessage): void {
    this.#note(message, NOWHERE, place, true);
  }

  // ---- looking

  /** What is stored at an address, in its order. */
  seenAt(place: Place): Map<number, Seen> {
    const seen = new Map<number, Seen>();
    const { space, broker, turn } = this.running;
    broker.operations.browse(
      { space, address: place },
      {},
      ({ message, attempts, sequence }) => {
        const text = textOf(message);
        const id = idOf(text);
        assert.ok(!seen.has(id), `${id} is at ${place} once`);
        seen.set(id, { attempts, sequence, key: /;k=(\w+)/.exec(text)?.[1] });
        return true;
      },
      () => {},
    );
    turn.runAll();
    return seen;
  }

  /** Everything that follows from what happened has happened; what has expired is found out, and all is where it should be. */
  look(): void {
    const { running, rules, whereabouts, log } = this;
    running.turn.runAll();
    whereabouts.written(log.end);
    const inQueue = this.seenAt('q');
    const expired = this.seenAt('expired');
    this.foretell(() => {
      for (const entry of rules.expired(this.nowMs)) {
        const { id } = entry.message;
        if (inQueue.has(id)) continue;
        rules.gone(entry, expired.has(id) ? 'expired' : undefined);
        assert.equal(expired.has(id), rules.spec.expiry !== undefined, `${id} has expired: it goes where the address says`);
      }
      for (const place of PLACES) if (place !== 'q') this.#lookAt(place, place === 'expired' ? expired : this.seenAt(place));
    });
    whereabouts.written(log.end);
    assert.deepEqual([...inQueue.keys()], [...rules.entries.keys()], 'what the queue holds, in order');
    for (const [id, { attempts }] of inQueue) assert.equal(attempts, rules.entry(id).attempts, `${id} has its count`);
  }

  #lookAt(place: Place, seen: ReadonlyMap<number, Seen>): void {
    for (const { attempts } of seen.values()) assert.equal(attempts, 0, `what comes to ${place} begins anew there`);
    for (const [id, { message, whereabout }] of this.whereabouts.at(place)) {
      if (seen.has(id)) continue;
      const { expiresAtMs } = whereabout;
      assert.ok(expiresAtMs > 0 && expiresAtMs <= this.nowMs, `${id} is at ${place}`);
      this.noteGoneFrom(PLACES_OF_OWN.has(place) ? 'q' : place, message);
    }
    assert.deepEqual([...seen.keys()].toSorted(byNumber), [...this.whereabouts.at(place).keys()].toSorted(byNumber), `what is at ${place}`);
  }
}

const PLACES_OF_OWN = new Set<Place>(['dead', 'expired', 'away']);

function byNumber(one: number, other: number): number {
  return one - other;
}
