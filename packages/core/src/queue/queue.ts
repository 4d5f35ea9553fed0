import { countOutcome } from '../address/address.ts';
import type { Confirmation, ConsumerPort } from '../delivery/delivery.ts';
import type { Outcome } from '../delivery/outcome.ts';
import type { Refusal } from '../delivery/refusal.ts';
import { DELIVERIES_PER_TURN_MAX } from '../limits/turn-share.ts';
import type { Annotations } from '../message/content.ts';
import type { MessageFilter } from '../message/message-filter.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { type EntryOrder, PriorityOrder } from './entry-order.ts';
import { AllButOne, type ExcludedPorts } from './excluded-ports.ts';
import { FairOrder } from './fair-order.ts';
import type { Browser } from './queue-browser.ts';
import type { QueueConsumer } from './queue-consumer.ts';
import { ENTRY_READY } from './queue-index.ts';
import type { QueueOwner } from './queue-owner.ts';
import { redeliveryDelayMs } from './redelivery.ts';
import { StoredEntries } from './stored-entries.ts';
import { Walk } from './walk.ts';

/** Different filters of the consumers of one queue: each message is held against each of them. */
export const FILTERS_MAX = 1000;

/** What all queues have in common that have no consumer, since most have none most of the time; these stay empty. */
const NOBODY = new Set<QueueConsumer>();
const NOBODY_UNTOLD: QueueConsumer[] = [];
const NO_WALKS: Walk[] = [];

/**
 * Competing consumers over stored messages, in order: the state machine of a queue address, and of each subscription of a topic.
 *
 * An entry is ready, or acquired by a consumer; its outcome removes it, makes it ready again in its old place, now or later, or sends it to
 * the dead letter address. Consumers with the same filter share a walk over the entries; most queues have at most the one without a filter.
 */
export class Queue extends StoredEntries {
  #consumers = NOBODY;
  /** Made when a consumer comes: until then an order of entries would be of no use. */
  #walks = NO_WALKS;
  #nextWalk = 0;
  #browsers: Set<Browser> | undefined;
  /** Consumers that wait to hear that there is nothing more for them. */
  #draining: Set<QueueConsumer> | undefined;
  /** Ports that must not get an entry again. */
  #excluded: Map<number, ExcludedPorts> | undefined;
  #delivering = false;
  #deliveredBytes = 0;
  #breaker: CircuitBreaker | undefined;
  /** The one that has all messages, where the address wants that; and those who have to be told about it. */
  #active: QueueConsumer | undefined;
  #untold = NOBODY_UNTOLD;

  get consumers(): number {
    return this.#consumers.size + (this.#browsers?.size ?? 0);
  }

  /** Until when deliveries are paused, in milliseconds since the epoch; 0: they are not. */
  get pausedUntilMs(): number {
    return this.#breaker?.openUntilMs ?? 0;
  }

  override own(owner: QueueOwner, kept: boolean): void {
    super.own(owner, kept);
    this.begin();
  }

  protected begin(): void {
    for (const walk of this.#walks) walk.order = this.#newOrder();
  }

  /** An order that has all ready entries. */
  #newOrder(): EntryOrder {
    const { index } = this;
    const order = this.owner.spec.fairKey === undefined ? new PriorityOrder(index) : new FairOrder(index);
    if (order instanceof PriorityOrder && !index.hasApart) return order;
    for (let at = index.next(0); at < index.tail; at = index.next(at + 1)) if (index.state(at) === ENTRY_READY) order.added(at);
    return order;
  }

  /** What the address declares has changed in a way that changes the order. */
  reorder(): void {
    this.begin();
    this.wanted();
  }

  protected ready(sequence: number, isNew: boolean): void {
    const walks = this.#walks;
    let able = this.#browsers !== undefined;
    if (this.#browsers && !isNew) for (const browser of this.#browsers) browser.returned(sequence);
    for (let i = 0; i < walks.length; i++) {
      const walk = walks[i]!;
      if (isNew) walk.order.added(sequence);
      else walk.order.returned(sequence);
      able ||= walk.able;
    }
    if (able) this.wanted();
  }

  protected wanted(): void {
    // While it delivers, its own loop sees what comes back; to be deferred to this turn would undo the budget.
    if (!this.deferred && !this.#delivering) this.shard.turn.defer(this);
  }

  override wake(): void {
    super.wake();
    if (this.#breaker?.open && this.#breaker.openUntilMs > this.nowMs) this.shard.alarms.at(this.#breaker.openUntilMs, this);
  }

  run(): void {
    if (this.closed) return;
    this.#delivering = true;
    if (this.#untold.length > 0) this.#tell();
    if (!this.loading) this.#deliver();
    this.#delivering = false;
    if (this.#browsers) for (const browser of this.#browsers) browser.deliver(this.shard.log, this.message);
    if (this.#draining && !this.loading) this.#drain(this.#draining);
    if (this.closed) return;
    if (this.hasLeaving && !this.loading) this.moveLeaving();
    this.recordSettled();
  }

  // ---- deliveries

  #deliver(): void {
    const { share } = this;
    const { out } = this.owner.counters;
    this.#deliveredBytes = 0;
    const more = this.#deliverSome(share?.deliverable ?? DELIVERIES_PER_TURN_MAX);
    const delivered = this.owner.counters.out - out;
    if (delivered > 0) share?.delivered(delivered, this.#deliveredBytes);
    if (more) this.deliverLater();
  }

  /** Answers whether there may be more than this many. */
  #deliverSome(most: number): boolean {
    const walks = this.#walks;
    let left = most;
    if (left === 0) return walks.length > 0;
    // Walks take turns; when each has nothing to give, or nobody to give it to, it is over.
    for (let idle = 0; idle < walks.length; ) {
      if (this.#nextWalk >= walks.length) this.#nextWalk = 0;
      const walk = walks[this.#nextWalk]!;
      const delivered = walk.able && this.#deliverOne(walk);
      // The same walk goes on when its body has come: the log need not keep it longer.
      if (this.loading) return false;
      this.#nextWalk++;
      if (!delivered) idle++;
      else {
        idle = 0;
        if (--left === 0) return true;
      }
    }
    return false;
  }

  /** Gives the walk's next entry to one of its consumers, or passes over it; false: there is none. */
  #deliverOne(walk: Walk): boolean {
    const { index } = this;
    if (this.#breaker && !this.#breaker.allows(this.nowMs)) return false;
    const { groups } = walk;
    const next = walk.order.peek();
    const waiting = groups === undefined ? -1 : groups.peek(index);
    // Of what has waited for its group's consumer, and what comes next, the earlier goes first: it may be of the same group.
    const fromGroups = waiting >= 0 && (next < 0 || index.isBefore(waiting, next));
    const from = fromGroups ? groups! : walk.order;
    const sequence = fromGroups ? waiting : next;
    if (sequence < 0) return false;
    const expiresAtMs = index.expiring > 0 ? index.expiresAtMs(sequence) : 0;
    if (expiresAtMs > 0 && expiresAtMs <= this.nowMs && this.mayExpire(sequence)) {
      from.pop(false);
      this.expire(sequence);
      return true;
    }
    const excluded = this.#excluded?.get(sequence);
    if (excluded && !walk.has(({ port }) => !excluded.has(port))) {
      from.pop(false);
      walk.parked.push(sequence);
      return true;
    }
    if (!this.read(sequence)) return true;
    const fits = walk.filter?.matches(this.fieldsOf(this.message)) ?? true;
    from.pop(fits);
    if (!fits) return true;
    const consumer = fromGroups ? groups!.handOut(sequence) : this.#choose(walk, sequence, excluded);
    if (!consumer) return true;
    if (fromGroups) walk.spend(consumer);
    index.acquire(sequence);
    this.acquired++;
    this.owner.counters.out++;
    this.#breaker?.handedOut(sequence);
    this.#deliveredBytes += this.message.end - this.message.start;
    this.observers?.delivered(this.message, this, sequence, consumer.port);
    consumer.port.deliver(this.message, consumer, sequence);
    return true;
  }

  /** Who gets the entry, whose credit is used; undefined: nobody now, and it waits elsewhere. */
  #choose(walk: Walk, sequence: number, excluded: ExcludedPorts | undefined): QueueConsumer | undefined {
    const key = this.index.grouped(sequence) ? this.fieldsOf(this.message).get('JMSXGroupID') : undefined;
    if (typeof key === 'string') {
      const groups = walk.makeGroups();
      const owner = excluded && groups.consumerOf(key);
      // A message that its group's consumer will not have goes to another one, and the group stays; one whose group nobody has may not find it.
      if (!excluded || (owner && !excluded.has(owner.port))) return groups.choose(key, sequence, walk);
    }
    return excluded ? walk.takeBut(excluded) : walk.take();
  }

  // ---- outcomes

  settle(consumer: QueueConsumer, sequence: number, outcome: Outcome): void {
    if (!this.unacquire(sequence)) return;
    this.observers?.settled(this, sequence, consumer.port, outcome);
    countOutcome(this.owner.counters, outcome);
    const { groups } = consumer.walk;
    if (groups) {
      if (groups.settled(sequence)) this.wanted();
      this.#dropIdle(consumer.walk);
    }
    const { spec } = this.owner;
    switch (outcome.kind) {
      case 'accepted':
        if (this.#breaker?.passed()) this.wanted();
        this.remove(sequence);
        return;
      case 'rejected': {
        this.#countFailure(sequence);
        const { condition, description } = outcome.reason ?? {};
        this.leave(sequence, { reason: 'rejected', by: consumer.port.peerName, condition, description }, spec.deadLetter);
        return;
      }
      case 'released':
        if (this.#breaker?.returned(sequence)) this.wanted();
        this.comeBack(sequence);
        return;
      case 'modified':
        if (outcome.undeliverableHere) this.#exclude(sequence, consumer.port);
        if (outcome.deliveryFailed) this.#failed(consumer, sequence, outcome);
        else {
          if (this.#breaker?.returned(sequence)) this.wanted();
          this.#comeBackWith(sequence, this.nowMs + (outcome.delayMs ?? 0), outcome.changes);
        }
    }
  }

  settleConfirmed(consumer: QueueConsumer, sequence: number, outcome: Outcome, confirm: Confirmation, token: number): void {
    const durable = this.isAcquired(sequence) && this.index.durable(sequence);
    this.settle(consumer, sequence, outcome);
    if (durable && !this.closed) {
      this.settled.confirm(confirm, token);
      this.wanted();
    } else confirm.confirmed(token);
  }

  #failed(consumer: QueueConsumer, sequence: number, { delayMs, changes }: { delayMs?: number; changes?: Annotations }): void {
    const { redelivery, deadLetter } = this.owner.spec;
    const attempts = this.index.attempts(sequence) + 1;
    this.index.setAttempts(sequence, attempts);
    if (this.index.durable(sequence)) this.shard.attempted(this.id, sequence, attempts);
    this.#countFailure(sequence);
    if (attempts >= (redelivery?.attemptsMax ?? Number.POSITIVE_INFINITY))
      this.leave(sequence, { reason: 'attempts', by: consumer.port.peerName }, deadLetter);
    else this.#comeBackWith(sequence, this.nowMs + (delayMs ?? redeliveryDelayMs(redelivery, attempts, sequence)), changes);
  }

  #comeBackWith(sequence: number, dueAtMs: number, changes: Annotations | undefined): void {
    if (changes !== undefined && changes.size > 0) this.amend(sequence, changes, dueAtMs);
    else this.comeBack(sequence, dueAtMs);
  }

  #countFailure(sequence: number): void {
    const { breaker } = this.owner.spec;
    if (!breaker) return;
    this.#breaker ??= new CircuitBreaker();
    if (!this.#breaker.failed(sequence, this.nowMs, breaker)) return;
    this.shard.report({
      level: 'error',
      event: 'DeliveriesPaused',
      what: `deliveries are paused for ${breaker.pauseMs} ms: too many failed one after the other; look at the consumers, then at the dead letters`,
      address: this.owner.name,
      addressSpace: this.owner.limits?.space,
    });
    this.shard.alarms.at(this.#breaker.openUntilMs, this);
  }

  /** The address declares no breaker any more. */
  dropBreaker(): void {
    if (!this.#breaker) return;
    this.#breaker = undefined;
    this.wanted();
  }

  #exclude(sequence: number, port: ConsumerPort): void {
    this.#excluded ??= new Map();
    const ports = this.#excluded.get(sequence);
    if (ports) ports.add(port);
    else this.#excluded.set(sequence, new Set([port]));
  }

  /** From now on nobody but this port gets the entry, and it does not expire: for deliveries that have to be brought to their end. */
  reserve(sequence: number, port: ConsumerPort): void {
    this.#excluded ??= new Map();
    this.#excluded.set(sequence, new AllButOne(port));
  }

  protected override mayExpire(sequence: number): boolean {
    return super.mayExpire(sequence) && !(this.#excluded?.get(sequence) instanceof AllButOne);
  }

  protected override remove(sequence: number, over = true): void {
    super.remove(sequence, over);
    this.#excluded?.delete(sequence);
  }

  // ---- for those who ask why a message waits

  get competing(): ReadonlySet<QueueConsumer> {
    return this.#consumers;
  }

  /** Who must not get the entry again; undefined: nobody. */
  excludedFrom(sequence: number): ExcludedPorts | undefined {
    return this.#excluded?.get(sequence);
  }

  // ---- consumers

  /** Whether one more consumer with this filter can be served. */
  takesFilter(filter: MessageFilter | undefined): boolean {
    if (filter === undefined || this.#walks.length < FILTERS_MAX) return true;
    const filters = this.#walks.flatMap(walk => walk.filter?.text ?? []);
    return filters.length < FILTERS_MAX || filters.includes(filter.text);
  }

  add(consumer: QueueConsumer): void {
    if (this.#consumers === NOBODY) this.#consumers = new Set();
    this.#consumers.add(consumer);
    let walk = this.#walks.find(({ filter }) => filter?.text === consumer.filter?.text);
    if (!walk) {
      walk = new Walk(consumer.filter, this.#newOrder());
      if (this.#walks === NO_WALKS) this.#walks = [];
      this.#walks.push(walk);
    }
    walk.add(consumer);
    if (this.owner.spec.consumers !== 'single-active') return;
    if (this.#active) consumer.active = false;
    else this.#active = consumer;
    this.#tellLater(consumer);
  }

  /** The consumer's credit, or whether it is paused or active, is changed by `change`: what nobody else may have can be for it. */
  changed(consumer: QueueConsumer, change: () => void): void {
    const { walk } = consumer;
    walk.update(consumer, change);
    if (consumer.place < 0) return;
    if (walk.parked.length > 0) walk.parked = walk.parked.filter(sequence => !this.#unpark(walk, sequence, consumer.port));
    if (this.available > 0 || this.#draining) this.wanted();
  }

  /** Makes a parked entry one of those that come next, when this port may have it; answers whether it is parked no more. */
  #unpark(walk: Walk, sequence: number, port: ConsumerPort): boolean {
    if (this.#excluded?.get(sequence)?.has(port)) return false;
    if (this.index.state(sequence) === ENTRY_READY) walk.order.returned(sequence);
    return true;
  }

  /** The consumer has given credit anew, and does not drain any more. */
  undrain(consumer: QueueConsumer): void {
    this.#draining?.delete(consumer);
  }

  /** The consumer hears `drained` when there is nothing more for it. */
  drain(consumer: QueueConsumer): void {
    this.#draining ??= new Set();
    this.#draining.add(consumer);
    this.wanted();
  }

  #drain(draining: Set<QueueConsumer>): void {
    for (const consumer of draining) {
      // One that is paused, or cut short by the budget, hears it when it has had what is there.
      if (consumer.credit > 0 && (consumer.paused || this.#hasMoreFor(consumer))) continue;
      draining.delete(consumer);
      consumer.walk.update(consumer, () => {
        consumer.credit = 0;
      });
      consumer.port.drained();
    }
  }

  #hasMoreFor({ active, walk }: QueueConsumer): boolean {
    if (!active || (this.#breaker && !this.#breaker.allows(this.nowMs))) return false;
    return walk.order.peek() >= 0 || (walk.groups !== undefined && walk.groups.peek(this.index) >= 0);
  }

  part(consumer: QueueConsumer): void {
    if (!this.#consumers.delete(consumer)) return;
    const { walk } = consumer;
    walk.update(consumer, () => {
      consumer.credit = 0;
    });
    walk.remove(consumer);
    this.#draining?.delete(consumer);
    this.#dropIdle(walk);
    if (this.#active === consumer) this.#activateNext();
    if (this.#consumers.size === 0) this.index.shrink();
    else if (this.available > 0) this.wanted();
  }

  /** A walk without consumers goes, but for the one without a filter; one that has groups of which something is under way in a transaction waits for that. */
  #dropIdle(walk: Walk): void {
    if (!walk.filter || walk.consumers > 0 || walk.groups?.holding) return;
    const at = this.#walks.indexOf(walk);
    if (at >= 0) this.#walks.splice(at, 1);
  }

  /** Whether there is a single active consumer has changed. */
  choose(): void {
    const single = this.owner.spec.consumers === 'single-active';
    this.#active = undefined;
    for (const consumer of this.#consumers) {
      this.changed(consumer, () => {
        consumer.active = !single;
      });
      // Its groups are another one's, as if it had left.
      if (single) consumer.walk.groups?.left(consumer);
    }
    if (single) this.#activateNext();
    this.#untold = [...this.#consumers];
    this.wanted();
  }

  /** The single active consumer is gone: the next is the one with the highest priority, and of those the one that came first. */
  #activateNext(): void {
    this.#active = undefined;
    for (const consumer of this.#consumers) if (!this.#active || consumer.priority > this.#active.priority) this.#active = consumer;
    const next = this.#active;
    if (!next) return;
    this.changed(next, () => {
      next.active = true;
    });
    this.#tellLater(next);
  }

  #tellLater(consumer: QueueConsumer): void {
    if (this.#untold === NOBODY_UNTOLD) this.#untold = [];
    this.#untold.push(consumer);
    this.wanted();
  }

  /** Tells consumers whether they are the active one: not before they know that they are attached. */
  #tell(): void {
    const untold = this.#untold;
    this.#untold = NOBODY_UNTOLD;
    for (const consumer of untold) if (this.#consumers.has(consumer)) consumer.port.activated?.(consumer.active);
  }

  addBrowser(browser: Browser): void {
    this.#browsers ??= new Set();
    this.#browsers.add(browser);
  }

  leaveBrowser(browser: Browser): void {
    this.#browsers?.delete(browser);
    if (this.#browsers?.size === 0) this.#browsers = undefined;
  }

  wakeBrowsers(): void {
    this.wanted();
  }

  /** There is more to deliver than its space may in this turn. */
  deliverLater(): void {
    if (this.share) this.share.deliverLater(this);
    else this.shard.turn.deferNext(this);
  }

  /** The consumers are told; deliveries under way settle into nothing. */
  end(refusal: Refusal): void {
    for (const consumer of [...this.#consumers]) consumer.end(refusal);
    const browsers = this.#browsers ?? [];
    this.#browsers = undefined;
    for (const browser of browsers) browser.port.end(refusal);
  }
}
