import assert from 'node:assert/strict';
import type { AddressSpec } from '../../src/address/address.ts';
import { redeliveryDelayMs } from '../../src/queue/redelivery.ts';

/** A message as the model sees it. */
export interface FeaturedMessage {
  readonly id: number;
  readonly durable: boolean;
  readonly priority: number;
  readonly group: string | undefined;
  readonly key: string | undefined;
  readonly colour: string;
  readonly expiresAtMs: number;
}

interface Entry extends FeaturedMessage {
  /** In the order of arrival: a transaction's messages arrive when it commits. */
  readonly arrival: number;
  dueAtMs: number;
  attempts: number;
  holder: FeaturedConsumer | undefined;
  readonly refusedBy: Set<FeaturedConsumer>;
  /** A newer message of its key has come while a consumer had it. */
  superseded: boolean;
}

export interface FeaturedConsumer {
  readonly colour: string | undefined;
  readonly priority: number;
  credit: number;
  active: boolean;
}

type Spec = Pick<
  AddressSpec,
  'redelivery' | 'deadLetter' | 'expiry' | 'lastValueKey' | 'fairKey' | 'consumers' | 'messagesMax' | 'overflow'
>;

/** What a queue with all its features may do, told as simply as possible: a list of messages, and rules for each step. */
export class FeaturedQueueModel {
  readonly #spec: Spec;
  /** In the order of arrival. */
  readonly entries = new Map<number, Entry>();
  readonly dead = new Set<number>();
  readonly expired = new Set<number>();
  /** Moved elsewhere by an administrator, with the time to live that was left: when each expires there, 0 for never. */
  readonly away = new Map<number, number>();
  /** Those whose time had passed when another took their place: whether they were found before is not known. */
  readonly #perhapsExpired = new Set<number>();
  readonly consumers = new Set<FeaturedConsumer>();
  #arrivals = 0;

  constructor(spec: Spec) {
    this.#spec = spec;
  }

  sent(message: FeaturedMessage, dueAtMs: number, nowMs: number): void {
    const entry = this.restored(message, dueAtMs, 0);
    if (this.#spec.lastValueKey !== undefined && message.key !== undefined)
      for (const other of this.entries.values()) {
        if (other === entry || other.key !== message.key) continue;
        if (other.holder) other.superseded = true;
        else this.#replaced(other, nowMs);
      }
    if (this.#spec.overflow === 'drop-oldest')
      for (const other of this.entries.values()) {
        if (this.entries.size <= this.#spec.messagesMax!) break;
        if (other !== entry && !other.holder) this.#replaced(other, nowMs);
      }
  }

  #replaced(entry: Entry, nowMs: number): void {
    this.entries.delete(entry.id);
    if (this.#hasExpired(entry, nowMs)) this.#perhapsExpired.add(entry.id);
  }

  /** An administrator has removed the messages of a colour that nobody holds, and answers which. */
  purged(colour: string, nowMs: number): number[] {
    const gone = [...this.entries.values()].filter(entry => entry.colour === colour && !entry.holder);
    for (const entry of gone) this.#replaced(entry, nowMs);
    return gone.map(({ id }) => id);
  }

  /** The same, moved; the expired stay. */
  moved(colour: string, nowMs: number): number[] {
    const gone = [...this.entries.values()].filter(entry => entry.colour === colour && !entry.holder && !this.#hasExpired(entry, nowMs));
    for (const { id, expiresAtMs } of gone) {
      this.entries.delete(id);
      this.away.set(id, expiresAtMs);
    }
    return gone.map(({ id }) => id);
  }

  /** What was found at the expiry address. */
  foundExpired(ids: Iterable<number>): void {
    for (const id of ids) if (this.#perhapsExpired.has(id)) this.expired.add(id);
  }

  /** It is there, after a crash for instance; to be said in the order of arrival. */
  restored(message: FeaturedMessage, dueAtMs: number, attempts: number): Entry {
    const arrival = this.#arrivals++;
    const entry: Entry = { ...message, arrival, dueAtMs, attempts, holder: undefined, refusedBy: new Set(), superseded: false };
    this.entries.set(message.id, entry);
    return entry;
  }

  #ready(entry: Entry, nowMs: number): boolean {
    return !entry.holder && entry.dueAtMs <= nowMs && !this.#hasExpired(entry, nowMs);
  }

  #hasExpired({ expiresAtMs }: Entry, nowMs: number): boolean {
    return expiresAtMs > 0 && expiresAtMs <= nowMs;
  }

  #fits(entry: Entry, consumer: FeaturedConsumer): boolean {
    return (consumer.colour === undefined || consumer.colour === entry.colour) && !entry.refusedBy.has(consumer);
  }

  #able(consumer: FeaturedConsumer): boolean {
    return consumer.active && consumer.credit > 0;
  }

  delivered(to: FeaturedConsumer, id: number, attempts: number, nowMs: number): void {
    const entry = this.entries.get(id);
    assert.ok(entry, `${id} is in the queue when it is delivered`);
    assert.ok(this.#ready(entry, nowMs), `${id} can be delivered: it is with nobody, in time`);
    assert.ok(this.#able(to) && this.consumers.has(to), `${id} goes to a consumer that can take it`);
    assert.ok(this.#fits(entry, to), `${id} goes to a consumer that wants it`);
    assert.equal(attempts, entry.attempts, `${id} has its count`);
    if (entry.group === undefined) this.#mayOvertake(entry, to, nowMs);
    else this.#keepsGroup(entry, entry.group, to, nowMs);
    to.credit--;
    entry.holder = to;
  }

  /** Nothing that comes before it waits for this consumer, and no consumer that comes before could have it. */
  #mayOvertake(entry: Entry, to: FeaturedConsumer, nowMs: number): void {
    if (this.#spec.fairKey === undefined)
      for (const other of this.entries.values()) {
        const before = other.priority > entry.priority || (other.priority === entry.priority && other.arrival < entry.arrival);
        if (!before || other.group !== undefined || !this.#ready(other, nowMs) || !this.#fits(other, to)) continue;
        assert.fail(`${other.id} goes before ${entry.id}`);
      }
    for (const other of this.consumers)
      if (other.priority > to.priority && other.colour === to.colour && this.#able(other) && this.#fits(entry, other))
        assert.fail(`${entry.id} goes to the consumer of the higher priority`);
  }

  #keepsGroup(entry: Entry, group: string, to: FeaturedConsumer, nowMs: number): void {
    for (const other of this.entries.values()) {
      if (other.group !== group || other === entry || other.refusedBy.size > 0 || entry.refusedBy.size > 0) continue;
      const otherHolder = other.holder;
      // With the last consumer of a selector goes what was known of its groups, though its transaction be open still.
      const forgotten = otherHolder && otherHolder.colour !== undefined && !this.consumers.has(otherHolder);
      if (otherHolder && !forgotten && otherHolder.colour === to.colour)
        assert.equal(otherHolder, to, `${entry.id}: its group ${group} is with another consumer`);
      const before = other.priority === entry.priority && other.arrival < entry.arrival;
      if (before && this.#spec.fairKey === undefined && this.#ready(other, nowMs) && this.#fits(other, to))
        assert.fail(`${other.id} of the group ${group} goes before ${entry.id}`);
    }
  }

  /** The consumer's outcome: what becomes of the message. */
  settled(id: number, kind: 'accepted' | 'rejected' | 'released' | 'failed' | 'not-here', sequence: number, nowMs: number): void {
    const entry = this.entries.get(id)!;
    const holder = entry.holder!;
    entry.holder = undefined;
    switch (kind) {
      case 'accepted':
        this.entries.delete(id);
        return;
      case 'rejected':
        return this.#die(entry);
      case 'failed': {
        entry.attempts++;
        if (entry.attempts >= (this.#spec.redelivery?.attemptsMax ?? Number.POSITIVE_INFINITY)) return this.#die(entry);
        const delayMs = redeliveryDelayMs(this.#spec.redelivery, entry.attempts, sequence);
        entry.dueAtMs = delayMs > 0 ? nowMs + delayMs : 0;
        break;
      }
      case 'not-here':
        entry.refusedBy.add(holder);
        entry.dueAtMs = 0;
        break;
      case 'released':
        entry.dueAtMs = 0;
    }
    if (entry.superseded) this.entries.delete(id);
  }

  #die(entry: Entry): void {
    this.entries.delete(entry.id);
    if (this.#spec.deadLetter !== undefined) this.dead.add(entry.id);
  }

  /** What was found where messages are moved to: those that are not there any more have expired. */
  foundAway(ids: ReadonlySet<number>, nowMs: number): void {
    for (const [id, expiresAtMs] of this.away) if (!ids.has(id) && expiresAtMs > 0 && expiresAtMs <= nowMs) this.away.delete(id);
  }

  /** Time has passed, and everything that follows from it is over. */
  swept(nowMs: number, stored: ReadonlySet<number>): void {
    for (const entry of [...this.entries.values()]) {
      if (!this.#hasExpired(entry, nowMs) || entry.holder || stored.has(entry.id)) continue;
      this.entries.delete(entry.id);
      if (this.#spec.expiry !== undefined) this.expired.add(entry.id);
    }
  }

  /** All that can be delivered has been: nothing waits that somebody could have. */
  atRest(nowMs: number): void {
    for (const consumer of this.consumers) {
      if (!this.#able(consumer)) continue;
      for (const entry of this.entries.values()) {
        if (!this.#ready(entry, nowMs) || !this.#fits(entry, consumer)) continue;
        // A group waits for its own consumer, whether others could take it or not.
        if (entry.group !== undefined && [...this.consumers].some(other => other.colour === consumer.colour && !this.#able(other)))
          continue;
        if (entry.group !== undefined && this.#isHeld(entry.group)) continue;
        assert.fail(`${entry.id} waits though somebody could have it`);
      }
    }
  }

  #isHeld(group: string): boolean {
    return [...this.entries.values()].some(entry => entry.group === group && entry.holder);
  }
}
