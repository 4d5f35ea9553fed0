import assert from 'node:assert/strict';
import type { AddressSpec } from '../../src/address/address.ts';
import { BreakerRules } from './breaker-rules.ts';
import { FairRules } from './fair-rules.ts';
import { hasExpired, isReady, isWantedBy, type QueueEntry, type QueueTaker } from './queue-entry.ts';

/** Who of the consumers may get what, and when. */
export class DeliveryRules {
  readonly takers = new Set<QueueTaker>();
  readonly breaker = new BreakerRules();
  readonly #fair = new Map<string | undefined, FairRules>();

  // ---- consumers

  joined(taker: QueueTaker, { consumers }: AddressSpec): void {
    taker.active = consumers !== 'single-active' || ![...this.takers].some(({ active }) => active);
    this.takers.add(taker);
    this.#fair.clear();
  }

  left(taker: QueueTaker, { consumers }: AddressSpec): void {
    this.takers.delete(taker);
    this.#fair.clear();
    if (consumers === 'single-active' && taker.active) this.#activateNext();
  }

  /** The one with the highest priority, and of those the one that came first. */
  #activateNext(): void {
    const [next] = [...this.takers].toSorted((one, other) => other.priority - one.priority);
    if (next) next.active = true;
  }

  declared({ consumers, breaker }: AddressSpec, before: AddressSpec): void {
    this.#fair.clear();
    if (!breaker) this.breaker.close();
    if (consumers === before.consumers) return;
    for (const taker of this.takers) taker.active = consumers !== 'single-active';
    if (consumers === 'single-active') this.#activateNext();
  }

  #able({ active, credit }: QueueTaker): boolean {
    return active && credit > 0;
  }

  // ---- deliveries

  delivered(to: QueueTaker, entry: QueueEntry, entries: Iterable<QueueEntry>, spec: AddressSpec, nowMs: number): void {
    const { id, group } = entry.message;
    assert.equal(entry.holder, undefined, `${id} is with nobody when it is delivered`);
    assert.ok(entry.dueFromMs <= nowMs && !hasExpired(entry, nowMs), `${id} is delivered in time`);
    assert.ok(this.takers.has(to) && this.#able(to), `${id} goes to a consumer that can take it`);
    assert.ok(isWantedBy(entry, to), `${id} goes to a consumer that wants it`);
    assert.ok(this.breaker.allows(nowMs), `${id} is delivered while the breaker allows it`);
    const others = [...entries].filter(other => other !== entry);
    if (group === undefined) this.#mayOvertake(entry, to, others, spec, nowMs);
    else this.#keepsGroup(entry, group, to, others, spec, nowMs);
    this.breaker.handedOut(id);
    to.credit--;
    entry.holder = to;
  }

  /** Nothing that comes before it waits for this consumer, and no consumer that comes before could have it. */
  #mayOvertake(entry: QueueEntry, to: QueueTaker, others: QueueEntry[], { fairKey }: AddressSpec, nowMs: number): void {
    const { id } = entry.message;
    const waiting = others.filter(other => other.message.group === undefined && isReady(other, nowMs) && isWantedBy(other, to));
    for (const other of waiting)
      if (fairKey === undefined ? goesBefore(other, entry) : other.lane === entry.lane && other.arrival < entry.arrival)
        assert.fail(`${other.message.id} goes before ${id}`);
    for (const other of this.takers)
      if (other.priority > to.priority && other.colour === to.colour && this.#able(other) && isWantedBy(entry, other))
        assert.fail(`${id} goes to the consumer of the higher priority`);
    // Groups that wait for their own consumers take the turns of their keys.
    if (others.some(({ message }) => message.group !== undefined)) this.#fairRules(to).restart();
    else if (fairKey !== undefined) this.#fairRules(to).served(entry.lane, new Set(waiting.filter(isWelcome).map(({ lane }) => lane)));
  }

  #fairRules({ colour }: QueueTaker): FairRules {
    const rules = this.#fair.get(colour) ?? new FairRules();
    this.#fair.set(colour, rules);
    return rules;
  }

  #keepsGroup(entry: QueueEntry, group: string, to: QueueTaker, others: QueueEntry[], { fairKey }: AddressSpec, nowMs: number): void {
    const { id } = entry.message;
    for (const other of others) {
      if (other.message.group !== group || !isWelcome(other) || !isWelcome(entry)) continue;
      if (other.holder && other.holder.colour === to.colour)
        assert.equal(other.holder, to, `${id}: its group ${group} is with another consumer`);
      const before = other.message.priority === entry.message.priority && other.arrival < entry.arrival;
      if (before && fairKey === undefined && isReady(other, nowMs) && isWantedBy(other, to))
        assert.fail(`${other.message.id} of the group ${group} goes before ${id}`);
    }
  }

  /** All that can be delivered has been: nothing waits that somebody could have. */
  atRest(entries: Iterable<QueueEntry>, nowMs: number): void {
    if (!this.breaker.allows(nowMs)) return;
    const all = [...entries];
    for (const taker of this.takers) {
      if (!this.#able(taker)) continue;
      for (const entry of all) {
        if (!isReady(entry, nowMs) || !isWantedBy(entry, taker)) continue;
        const { group, id } = entry.message;
        if (group !== undefined && this.#groupMayWait(group, taker, all)) continue;
        assert.fail(`${id} waits though somebody could have it`);
      }
    }
  }

  /** A group waits for its own consumer when that has no credit, and for what of it is under way. */
  #groupMayWait(group: string, taker: QueueTaker, all: QueueEntry[]): boolean {
    if ([...this.takers].some(other => other.colour === taker.colour && other.active && other.credit === 0)) return true;
    return all.some(({ message, holder }) => message.group === group && holder);
  }
}

function goesBefore(one: QueueEntry, other: QueueEntry): boolean {
  const by = one.message.priority - other.message.priority;
  return by > 0 || (by === 0 && one.arrival < other.arrival);
}

/** No consumer has sent it away. */
function isWelcome({ refusedBy }: QueueEntry): boolean {
  return refusedBy.size === 0;
}
