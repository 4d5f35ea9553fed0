import assert from 'node:assert/strict';
import type { AddressSpec } from '../../src/address/address.ts';
import { DeliveryRules } from './delivery-rules.ts';
import type { SimulatedMessage } from './message.ts';
import type { OnlookerRules } from './onlooker-rules.ts';
import { hasExpired, isReady, type QueueEntry, type QueueTaker } from './queue-entry.ts';
import { NOWHERE, type Place, type Whereabout } from './whereabouts.ts';

export type OutcomeKind = 'accepted' | 'rejected' | 'released' | 'failed' | 'failed-later' | 'later' | 'not-here';

/** The delay that a consumer asks for itself in `failed-later` and `later`, in milliseconds. */
export const LATER_MS = 700;

/** Hears where a message is from now on. `early`: it is done with, and nobody misses it. */
type Note = (message: SimulatedMessage, whereabout: Whereabout, early: boolean) => void;

/** What a queue may do, told as simply as possible: a list of messages, and rules for each step. */
export class QueueRules {
  spec: AddressSpec;
  /** In the order of arrival. */
  readonly entries = new Map<number, QueueEntry>();
  readonly deliveries = new DeliveryRules();
  readonly onlookers = new Set<OnlookerRules>();
  readonly #note: Note;
  #arrivals = 0;
  /** Counts what happens. */
  moment = 1;

  constructor(spec: AddressSpec, note: Note) {
    this.spec = spec;
    this.#note = note;
  }

  declared(spec: AddressSpec): void {
    const before = this.spec;
    this.deliveries.declared(spec, before);
    this.spec = spec;
    if (before.lastValueKey === spec.lastValueKey && keyOf(before) === keyOf(spec)) return;
    // Keys count for what comes from now on.
    for (const entry of this.entries.values()) {
      entry.lane = undefined;
      entry.superseded = false;
      this.#noteHere(entry);
    }
  }

  /** When a message with this time to live ends in the queue; 0: never. */
  expiry(ttlMs: number, nowMs: number): number {
    const { ttlDefaultMs, ttlMaxMs } = this.spec;
    const wanted = ttlMs || ttlDefaultMs || Number.POSITIVE_INFINITY;
    const ttl = Math.min(wanted, ttlMaxMs ?? Number.POSITIVE_INFINITY);
    return ttl === Number.POSITIVE_INFINITY ? 0 : nowMs + ttl;
  }

  /** Whether it holds so many messages more; all that can expire has to be found before. */
  hasRoom(count: number): boolean {
    const { messagesMax = Number.POSITIVE_INFINITY } = this.spec;
    return this.entries.size + count <= messagesMax;
  }

  /** There is a new message. */
  arrived(message: SimulatedMessage, expiresAtMs: number, dueAtMs: number, nowMs: number): void {
    const { lastValueKey, overflow, messagesMax } = this.spec;
    const lane = keyOf(this.spec) === undefined ? undefined : message.key;
    const entry = this.#put(message, { ...NOWHERE, place: 'q', expiresAtMs, arrival: this.#arrivals, lane }, dueAtMs, nowMs);
    entry.visibleSince = dueAtMs > nowMs ? Number.POSITIVE_INFINITY : 0;
    this.#noteHere(entry);
    for (const other of this.entries.values()) {
      if (lastValueKey === undefined || lane === undefined || other === entry || other.lane !== lane) continue;
      if (other.holder) other.superseded = true;
      else this.#replaced(other);
    }
    if (overflow !== 'drop-oldest') return;
    for (const other of this.entries.values()) {
      if (this.entries.size <= messagesMax!) break;
      if (!other.holder) this.gone(other);
    }
  }

  /** It is there after a restart; to be said in the order of arrival. */
  restored(message: SimulatedMessage, whereabout: Whereabout, nowMs: number): void {
    const entry = this.#put(message, whereabout, message.deliverAtMs, nowMs);
    entry.attempts = whereabout.attempts;
    // What had failed waits for its whole delay again.
    if (entry.attempts > 0 && message.deliverAtMs < nowMs) this.#delay(entry, nowMs);
    entry.visibleSince = Number.POSITIVE_INFINITY;
  }

  #put(message: SimulatedMessage, { expiresAtMs, arrival, lane }: Whereabout, dueAtMs: number, nowMs: number): QueueEntry {
    const due = dueAtMs > nowMs ? dueAtMs : 0;
    const entry: QueueEntry = {
      message,
      arrival,
      expiresAtMs,
      lane,
      dueFromMs: due,
      dueAtMs: due,
      attempts: 0,
      holder: undefined,
      refusedBy: new Set(),
      superseded: false,
      waited: due > 0,
      returnedAt: 0,
      visibleSince: 0,
    };
    this.#arrivals = Math.max(this.#arrivals, arrival + 1);
    this.entries.set(message.id, entry);
    return entry;
  }

  #noteHere({ message, expiresAtMs, attempts, arrival, lane }: QueueEntry): void {
    this.#note(message, { place: 'q', expiresAtMs, attempts, arrival, lane }, false);
  }

  /** It is not in the queue any more, but at that place, if any. */
  gone(entry: QueueEntry, place?: Place, expiresAtMs = 0): void {
    this.entries.delete(entry.message.id);
    this.#note(entry.message, { ...NOWHERE, place, expiresAtMs }, place === undefined);
  }

  /** A newer message has its place, and is missed if neither of them is there. */
  #replaced({ message }: QueueEntry): void {
    this.entries.delete(message.id);
    this.#note(message, NOWHERE, false);
  }

  entry(id: number): QueueEntry {
    const entry = this.entries.get(id);
    assert.ok(entry, `${id} is in the queue`);
    return entry;
  }

  // ---- deliveries

  delivered(to: QueueTaker, id: number, attempts: number, nowMs: number): void {
    const entry = this.entry(id);
    assert.equal(attempts, entry.attempts, `${id} has its count`);
    this.deliveries.delivered(to, entry, this.entries.values(), this.spec, nowMs);
    entry.visibleSince = Number.POSITIVE_INFINITY;
  }

  shown(to: OnlookerRules, id: number, attempts: number, nowMs: number): void {
    const entry = this.entry(id);
    assert.equal(attempts, entry.attempts, `${id} has its count`);
    to.saw(entry, this.entries.values(), ++this.moment, nowMs);
  }

  /** Somebody who looks on was shown everything that it has credit for. */
  shownAll(to: OnlookerRules, nowMs: number): void {
    to.atRest(this.entries.values(), this.#arrivals, this.moment, nowMs);
  }

  /** The consumer's outcome: what becomes of the message. */
  settled(id: number, kind: OutcomeKind, nowMs: number): void {
    const entry = this.entry(id);
    const holder = entry.holder!;
    const { breaker } = this.deliveries;
    entry.holder = undefined;
    entry.returnedAt = ++this.moment;
    entry.dueFromMs = 0;
    entry.dueAtMs = 0;
    switch (kind) {
      case 'accepted':
        breaker.close();
        return this.gone(entry);
      case 'rejected':
        breaker.failed(id, this.spec.breaker, nowMs);
        return this.#die(entry);
      case 'failed':
      case 'failed-later':
        breaker.failed(id, this.spec.breaker, nowMs);
        entry.attempts++;
        this.#noteHere(entry);
        if (entry.attempts >= (this.spec.redelivery?.attemptsMax ?? Number.POSITIVE_INFINITY)) return this.#die(entry);
        if (kind === 'failed') this.#delay(entry, nowMs);
        else this.#postpone(entry, nowMs + LATER_MS, nowMs + LATER_MS);
        break;
      case 'later':
        breaker.returned(id);
        this.#postpone(entry, nowMs + LATER_MS, nowMs + LATER_MS);
        break;
      case 'not-here':
        entry.refusedBy.add(holder);
        breaker.returned(id);
        break;
      case 'released':
        breaker.returned(id);
    }
    if (entry.superseded) this.#replaced(entry);
  }

  /** It waits as docs/guide/redelivery.md says; up to the share of the jitter less. */
  #delay(entry: QueueEntry, nowMs: number): void {
    const { delayMs = 0, multiplier = 1, delayMaxMs = Number.POSITIVE_INFINITY, jitter = 0 } = this.spec.redelivery ?? {};
    if (delayMs === 0) return;
    const delay = Math.min(delayMaxMs, delayMs * multiplier ** (entry.attempts - 1));
    this.#postpone(entry, nowMs + Math.floor(delay * (1 - jitter)), nowMs + Math.ceil(delay));
  }

  #postpone(entry: QueueEntry, fromMs: number, toMs: number): void {
    entry.dueFromMs = fromMs;
    entry.dueAtMs = toMs;
    entry.waited = true;
  }

  #die(entry: QueueEntry): void {
    this.gone(entry, this.spec.deadLetter === undefined ? undefined : 'dead');
  }

  /** Everything that follows from what happened is over: what could be delivered was, and what could be seen. */
  atRest(nowMs: number): void {
    this.deliveries.atRest(this.entries.values(), nowMs);
    this.moment++;
    for (const onlooker of this.onlookers) this.shownAll(onlooker, nowMs);
    for (const entry of this.entries.values())
      if (!isReady(entry, nowMs)) entry.visibleSince = Number.POSITIVE_INFINITY;
      else if (entry.visibleSince === Number.POSITIVE_INFINITY) entry.visibleSince = this.moment;
  }

  /** Those whose time has passed, and that nobody holds. */
  expired(nowMs: number): QueueEntry[] {
    return [...this.entries.values()].filter(entry => hasExpired(entry, nowMs) && !entry.holder);
  }
}

function keyOf({ lastValueKey, fairKey }: AddressSpec): string | undefined {
  return lastValueKey ?? fairKey;
}
