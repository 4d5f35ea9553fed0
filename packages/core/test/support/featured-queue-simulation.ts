import assert from 'node:assert/strict';
import type { AddressSpec } from '../../src/address/address.ts';
import type { BrokeredAddress } from '../../src/brokered/brokered-address.ts';
import { ACCEPTED, IN_DOUBT, type Outcome, REJECTED, RELEASED } from '../../src/delivery/outcome.ts';
import { redeliveryDelayMs } from '../../src/queue/redelivery.ts';
import type { LogPosition } from '../../src/store/log.ts';
import { DuplicateModel } from './duplicate-model.ts';
import { COLOURS, type FeaturedDraft, featuredDraft } from './featured-draft.ts';
import { FeaturedQueueModel } from './featured-queue-model.ts';
import { Random } from './random.ts';
import type { RecordedDelivery } from './recording-consumer.ts';
import type { RecordingProducer } from './recording-producer.ts';
import type { RunningBroker } from './running-broker.ts';
import { SimulatedConsumer } from './simulated-consumer.ts';
import { SimulatedTransaction } from './simulated-transaction.ts';
import { textBroker, understandTexts } from './text-broker.ts';
import { fieldIs } from './text-encoding.ts';
import { textOf } from './text-message.ts';

const STEPS = 60;
const CONSUMERS_MAX = 4;
/** The addresses beside the queue. */
const ELSEWHERE = ['dead', 'expired', 'away'] as const;

const OUTCOMES = {
  accepted: ACCEPTED,
  rejected: REJECTED,
  released: RELEASED,
  failed: IN_DOUBT,
  'not-here': { kind: 'modified', deliveryFailed: false, undeliverableHere: true },
} as const satisfies Record<string, Outcome>;
type OutcomeKind = keyof typeof OUTCOMES;
const KINDS = ['accepted', 'accepted', 'rejected', 'released', 'failed', 'failed', 'not-here'] as const satisfies OutcomeKind[];

/** What is known of a durable message's place in the log. */
interface Trace {
  readonly position: LogPosition;
  readonly key: string | undefined;
  readonly deliverAtMs: number;
  readonly expires: boolean;
  /** Its end was confirmed: a crash does not bring it back to the queue. */
  over: boolean;
}

/** A transaction that was committed since the last crash. */
interface Commit {
  /** Where its end is in the log. */
  readonly position: LogPosition;
  /** Messages that it has ended. */
  readonly ended: readonly number[];
}

/**
 * One life of a queue with features chosen by chance (priorities, groups, selectors, schedules, redelivery, dead letters, last values, a ring, a limit, fair
 * shares, a single active consumer, duplicates) over a log in memory: anything in any order, transactions and administrators that remove and move messages included, judged by
 * a model, with crashes that tear the log in between.
 */
export class FeaturedQueueSimulation {
  deliveries = 0;
  crashes = 0;
  deaths = 0;
  commits = 0;
  duplicates = 0;
  refusals = 0;
  readonly #random: Random;
  readonly spec: AddressSpec;
  readonly #groups: boolean;
  readonly #priorities: boolean;
  #running: RunningBroker;
  #model: FeaturedQueueModel;
  #producer: RecordingProducer | undefined;
  #consumers: SimulatedConsumer[] = [];
  readonly #traces = new Map<number, Trace>();
  #sent = 0;
  readonly #seen: DuplicateModel | undefined;
  #transaction: SimulatedTransaction<FeaturedDraft, OutcomeKind> | undefined;
  readonly #commits: Commit[] = [];
  /** Those that the queue has to refuse, by the producer's token. */
  readonly #refused = new Set<number>();

  constructor(seed: number) {
    const random = new Random(seed);
    this.#random = random;
    this.#groups = random.chance(2);
    this.#priorities = random.chance(2);
    const last = random.chance(5);
    const ring = !last && random.chance(5);
    const reject = !ring && random.chance(5);
    const duplicates = random.chance(4) ? { windowMs: 500 + random.below(3000) } : undefined;
    this.#seen = duplicates && new DuplicateModel(duplicates.windowMs);
    const fair = !last && random.chance(5);
    this.spec = {
      type: 'queue',
      ...(random.chance(2) && { deadLetter: 'dead' }),
      ...(random.chance(2) && { expiry: 'expired' }),
      ...(random.chance(2) && {
        redelivery: { attemptsMax: 1 + random.below(3), delayMs: random.below(2) * 500, multiplier: 2, jitter: 0.3 },
      }),
      ...(last && { lastValueKey: 'k' }),
      ...(ring && { messagesMax: 2 + random.below(6), overflow: 'drop-oldest' as const }),
      ...(reject && { messagesMax: 1 + random.below(8), overflow: 'reject' as const }),
      ...(duplicates && { duplicates }),
      ...(fair && { fairKey: 'k' }),
      ...(!fair && random.chance(5) && { consumers: 'single-active' as const }),
    };
    const inMemoryOneIn = 1 + random.below(3);
    this.#running = textBroker(this.spec, {
      durability: 'by-hand',
      segmentRecordsMax: 4 + random.below(12),
      inMemory: position => (position * 7919) % inMemoryOneIn === 0,
    });
    for (const name of ELSEWHERE) this.#running.declare(name, { type: 'queue' });
    this.#running.log.makeDurable();
    this.#model = new FeaturedQueueModel(this.spec);
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
    const choice = random.below(100);
    if (choice < 25) this.#send();
    else if (choice < 32) this.#transact();
    else if (choice < 42) this.#attach();
    else if (choice < 46) this.#leave();
    else if (choice < 62) this.#grant();
    else if (choice < 84) this.#settle();
    else if (choice < 89) this.#running.turn.advance(random.below(1500));
    else if (choice < 93) this.#running.log.makeDurable(this.#somewhere());
    else if (choice < 96) this.#running.log.compact();
    else if (choice < 98) this.#administer();
    else this.#crash();
  }

  #somewhere(): LogPosition {
    const { durableEnd, end } = this.#running.log;
    return durableEnd + this.#random.below(end - durableEnd + 1);
  }

  // ---- producers

  #send(): void {
    this.#producer ??= this.#running.producer('q');
    for (let count = 1 + this.#random.below(4); count > 0; count--) {
      const draft = this.#draft();
      const known = draft.messageId !== undefined && this.#seen!.has(draft.messageId, this.#running.turn.nowMs);
      if (!known && !this.#takes(1)) {
        const token = this.#producer.send(draft.text, draft.fields);
        assert.equal(this.#producer.kind(token), 'rejected', 'a full queue refuses');
        this.#refused.add(token);
        this.refusals++;
        continue;
      }
      // The model first: a ring may drop, and a key take the place of another, within the call.
      const isNew = this.#modelSent(draft);
      const token = this.#producer.send(draft.text, draft.fields);
      assert.notEqual(this.#producer.kind(token), 'rejected', 'a queue that is not full takes what comes');
      if (isNew) this.#wasStored(draft);
    }
  }

  #draft(): FeaturedDraft {
    return featuredDraft(this.#sent++, this.#random, this.#running.turn.nowMs, {
      groups: this.#groups,
      priorities: this.#priorities,
      // In a ring, whether the expired count depends on the moment in which they are found; so it does where a limit refuses.
      timesToLive: this.spec.overflow === undefined,
      messageIds: this.#seen !== undefined,
    });
  }

  /** Whether the queue has to take so many messages more. */
  #takes(count: number): boolean {
    if (this.spec.overflow !== 'reject') return true;
    // What is on its way to the dead letters is gone when this is over.
    this.#running.turn.runAll();
    return this.#model.entries.size + count <= this.spec.messagesMax!;
  }

  /** Answers whether it is stored: a duplicate is not. */
  #modelSent({ message, deliverAtMs, messageId }: FeaturedDraft): boolean {
    const { nowMs } = this.#running.turn;
    if (messageId !== undefined && this.#seen!.has(messageId, nowMs)) {
      this.duplicates++;
      return false;
    }
    this.#model.sent(message, deliverAtMs, nowMs);
    // Its place is known when it is written.
    if (messageId !== undefined) this.#seen!.stored(messageId, -1, nowMs);
    return true;
  }

  #wasStored({ message: { id, durable, key, expiresAtMs }, deliverAtMs, messageId }: FeaturedDraft): void {
    if (!durable) return;
    const { log, turn } = this.#running;
    const position = log.end - 1;
    this.#traces.set(id, { position, key, deliverAtMs, expires: expiresAtMs > 0, over: false });
    if (messageId !== undefined) this.#seen!.stored(messageId, position, turn.nowMs);
  }

  // ---- transactions

  /** One thing more for the open transaction, or its end. */
  #transact(): void {
    const random = this.#random;
    this.#producer ??= this.#running.producer('q');
    this.#transaction ??= new SimulatedTransaction(this.#running);
    for (let count = random.below(3); count > 0; count--) this.#transaction.post(this.#producer, this.#draft());
    for (let count = random.below(4); count > 0; count--) {
      const consumer = random.pick(this.#consumers);
      const delivery = consumer && random.pick(consumer.open);
      if (!delivery) continue;
      const kind = random.pick(KINDS)!;
      this.#transaction.retire(consumer, delivery, kind, OUTCOMES[kind]);
    }
    if (random.chance(2)) return;
    const transaction = this.#transaction;
    this.#transaction = undefined;
    const takes = this.#takes(transaction.sent.length);
    assert.equal(transaction.possible, takes || transaction.sent.length === 0, 'it can be committed when there is room for all of it');
    if (transaction.possible && !random.chance(3)) return this.#commit(transaction);
    for (const { delivery } of transaction.retired) this.#modelSettled(delivery, 'failed');
    transaction.rollback();
  }

  #commit(transaction: SimulatedTransaction<FeaturedDraft, OutcomeKind>): void {
    this.commits++;
    const running = this.#running;
    const { nowMs } = running.turn;
    const ended: number[] = [];
    for (const { delivery, kind } of transaction.retired) {
      const id = idOf(delivery.text);
      // A dead letter may have to be read before it moves, and that is after the commit: a crash in between brings it back.
      if (this.#modelSettled(delivery, kind) && !this.#model.dead.has(id)) ended.push(id);
    }
    const stored: FeaturedDraft[] = [];
    for (const draft of transaction.sent) {
      const { expiresAtMs } = draft.message;
      // The time to live runs while the transaction is open; what it has outlived expires after the commit.
      const message = { ...draft.message, expiresAtMs: expiresAtMs > 0 ? Math.max(expiresAtMs, nowMs + 1) : 0 };
      if (this.#modelSent({ ...draft, message })) stored.push(draft);
    }
    transaction.commit(() => {
      assert.equal(running, this.#running, 'nobody confirms after a crash');
      this.#over(ended);
    });
    for (const draft of stored) this.#wasStored(draft);
    this.#commits.push({ position: running.log.end - 1, ended });
  }

  // ---- consumers

  #attach(): void {
    if (this.#consumers.length >= CONSUMERS_MAX) return;
    const random = this.#random;
    const colour = random.chance(3) ? random.pick(COLOURS)! : undefined;
    const consumer = new SimulatedConsumer(colour, random.chance(4) ? 1 : 0);
    consumer.active = this.spec.consumers !== 'single-active' || this.#consumers.length === 0;
    consumer.onDeliver = ({ text, message }) => {
      this.deliveries++;
      this.#model.delivered(consumer, idOf(text), message.deliveryCount, this.#running.turn.nowMs);
    };
    consumer.attached(
      this.#running.space.attachConsumer('q', undefined, consumer, {
        priority: consumer.priority,
        ...(colour !== undefined && { filter: fieldIs('c', colour) }),
      }),
    );
    this.#consumers.push(consumer);
    this.#model.consumers.add(consumer);
  }

  #leave(): void {
    const consumer = this.#random.pick(this.#consumers);
    if (!consumer) return;
    for (const delivery of consumer.open) this.#settleOne(consumer, delivery, this.#random.chance(2) ? 'failed' : 'released');
    this.#consumers.splice(this.#consumers.indexOf(consumer), 1);
    this.#model.consumers.delete(consumer);
    if (this.spec.consumers === 'single-active' && consumer.active) {
      let next: SimulatedConsumer | undefined;
      for (const other of this.#consumers) if (!next || other.priority > next.priority) next = other;
      if (next) next.active = true;
    }
    consumer.link.detach(0);
  }

  #grant(): void {
    const consumer = this.#random.pick(this.#consumers);
    if (!consumer) return;
    consumer.credit = this.#random.below(6);
    consumer.link.grant(consumer.credit, false);
  }

  #settle(): void {
    for (let count = 1 + this.#random.below(4); count > 0; count--) {
      const consumer = this.#random.pick(this.#consumers);
      const delivery = consumer && this.#random.pick(consumer.open);
      if (delivery) this.#settleOne(consumer, delivery, this.#random.pick(KINDS)!);
    }
  }

  #settleOne(consumer: SimulatedConsumer, delivery: RecordedDelivery, kind: OutcomeKind): void {
    const ended = this.#modelSettled(delivery, kind) ? [idOf(delivery.text)] : [];
    const running = this.#running;
    consumer.settleConfirmed(delivery, OUTCOMES[kind], () => {
      assert.equal(running, this.#running, 'nobody confirms after a crash');
      this.#over(ended);
    });
  }

  /** Answers whether the queue does not have it any more. */
  #modelSettled({ text, token }: RecordedDelivery, kind: OutcomeKind): boolean {
    const id = idOf(text);
    const deadBefore = this.#model.dead.size;
    this.#model.settled(id, kind, token, this.#running.turn.nowMs);
    this.deaths += this.#model.dead.size - deadBefore;
    return !this.#model.entries.has(id);
  }

  /** It is safe that the queue does not have them any more. */
  #over(ids: readonly number[]): void {
    for (const id of ids) {
      const trace = this.#traces.get(id);
      if (trace) trace.over = true;
    }
  }

  // ---- administrators

  /** Removes or moves the messages of a colour. */
  #administer(): void {
    const running = this.#running;
    const { space, broker, turn } = running;
    // What can be delivered has been, so that nothing else happens meanwhile.
    turn.runAll();
    const colour = this.#random.pick(COLOURS)!;
    const moves = this.#random.chance(2);
    const place = { space, address: 'q' };
    const selection = { filter: fieldIs('c', colour) };
    let gone: readonly number[] = [];
    const end = (): void => {
      assert.equal(running, this.#running, 'nobody confirms after a crash');
      this.#over(gone);
    };
    if (moves) broker.operations.transfer(place, selection, 'away', true, end);
    else broker.operations.purge(place, selection, end);
    turn.runAll();
    gone = moves ? this.#model.moved(colour, turn.nowMs) : this.#model.purged(colour, turn.nowMs);
    if (this.#random.chance(2)) running.log.makeDurable();
  }

  // ---- the log

  /** What is in a queue, by number of the message. */
  #stored(address: string): Map<number, { sequence: number; attempts: number; text: string }> {
    const found = new Map<number, { sequence: number; attempts: number; text: string }>();
    const { space, broker, turn } = this.#running;
    let over = false;
    broker.operations.browse(
      { space, address },
      {},
      ({ message, sequence, attempts }) => {
        const text = textOf(message);
        assert.ok(!found.has(idOf(text)), `${idOf(text)} is at ${address} once`);
        found.set(idOf(text), { sequence, attempts, text });
        return true;
      },
      () => {
        over = true;
      },
    );
    turn.runAll();
    this.#running.log.makeDurable();
    assert.ok(over);
    return found;
  }

  #rest(): void {
    const running = this.#running;
    running.turn.runAll();
    const { nowMs } = running.turn;
    this.#model.atRest(nowMs);
    const stored = this.#stored('q');
    const expired = [...this.#stored('expired').keys()];
    this.#model.foundExpired(expired);
    this.#model.swept(nowMs, new Set(stored.keys()));
    assert.deepEqual([...stored.keys()].toSorted(byNumber), [...this.#model.entries.keys()].toSorted(byNumber), 'what the queue holds');
    assert.deepEqual([...this.#stored('dead').keys()].toSorted(byNumber), [...this.#model.dead].toSorted(byNumber), 'the dead letters');
    assert.deepEqual(expired.toSorted(byNumber), [...this.#model.expired].toSorted(byNumber), 'the expired');
    const away = new Set(this.#stored('away').keys());
    this.#model.foundAway(away, nowMs);
    assert.deepEqual([...away].toSorted(byNumber), [...this.#model.away.keys()].toSorted(byNumber), 'what was moved');
    const status = running.status('q');
    assert.equal(
      status.unsettled,
      this.#consumers.reduce((sum, { open }) => sum + open.length, this.#transaction?.retired.length ?? 0),
      'unsettled',
    );
    const all = ['q', ...ELSEWHERE].reduce((sum, name) => sum + running.status(name).stored, 0);
    const { duplicates } = running.address('q') as BrokeredAddress;
    const known = running.shard.definitions.size + (duplicates?.queue.index.live ?? 0);
    assert.equal(running.log.retainedRecords, all + known, 'what is live is retained, and nothing else');
    this.#producersHaveHeard();
  }

  /** Everything is on disk. */
  #producersHaveHeard(): void {
    const kinds = this.#producer?.kinds ?? [];
    for (const [token, kind] of kinds.entries())
      assert.equal(kind, this.#refused.has(token) ? 'rejected' : 'accepted', `what became of the message with the token ${token}`);
  }

  #crash(): void {
    this.crashes++;
    const survivingEnd = this.#somewhere();
    const before = this.#model;
    this.#running = understandTexts(this.#running.crash(survivingEnd));
    this.#producer = undefined;
    this.#refused.clear();
    this.#consumers = [];
    this.#transaction = undefined;
    this.#seen?.crashed(survivingEnd);
    const { nowMs } = this.#running.turn;
    const [stored, dead, expired, away] = ['q', ...ELSEWHERE].map(address => this.#stored(address));
    this.#model = new FeaturedQueueModel(this.spec);
    const whole = this.spec.lastValueKey === undefined && this.spec.overflow !== 'drop-oldest';
    for (const { position, ended } of this.#commits.splice(0))
      for (const id of ended) {
        const trace = this.#traces.get(id);
        if (position < survivingEnd) assert.ok(!stored!.has(id), `${id} is not back: its transaction was committed`);
        else if (trace && trace.position < survivingEnd && whole && !trace.expires)
          assert.ok(stored!.has(id), `${id} is back: its transaction was not committed`);
      }
    for (const [id, { position, key, deliverAtMs, over }] of [...this.#traces].toSorted(
      ([, one], [, other]) => one.position - other.position,
    )) {
      const places = [stored!, dead!, expired!, away!].filter(found => found.has(id)).length;
      assert.ok(places <= 1, `${id} is at one address`);
      if (position >= survivingEnd) assert.equal(places, 0, `${id} is not there: it was not whole in the log`);
      if (over) assert.ok(!stored!.has(id), `${id} is not back, since its end was confirmed`);
      const entry = before.entries.get(id);
      if (entry && position < survivingEnd && whole && entry.expiresAtMs === 0) assert.equal(places, 1, `${id} is there after the crash`);
      if (before.dead.has(id) && over) assert.ok(dead!.has(id), `${id} is a dead letter after the crash`);
      if (before.away.get(id) === 0 && over) assert.ok(away!.has(id), `${id} is where it was moved to after the crash`);
      if (places === 0) this.#traces.delete(id);
      if (dead!.has(id)) this.#model.dead.add(id);
      if (expired!.has(id)) this.#model.expired.add(id);
      if (away!.has(id)) this.#model.away.set(id, before.away.get(id)!);
      const found = stored!.get(id);
      if (!found) continue;
      const fields = new Map(found.text.split(';').map((pair): [string, string] => [pair.split('=', 1)[0]!, pair.split('=')[1]!]));
      const known = entry ?? { priority: -1, expiresAtMs: -1 };
      // What was settled, and came back by the crash, is looked up as it is stored.
      const [priority, expiresAtMs] = known.priority >= 0 ? [known.priority, known.expiresAtMs] : this.#lookUp(id);
      const message = { id, durable: true, priority, key, colour: fields.get('c')!, expiresAtMs, group: fields.get('JMSXGroupID') };
      const { sequence, attempts } = found;
      // What had failed waits for its whole delay again.
      const delayMs = attempts > 0 ? redeliveryDelayMs(this.spec.redelivery, attempts, sequence) : 0;
      const dueAtMs = Math.max(deliverAtMs, delayMs > 0 ? nowMs + delayMs : 0);
      this.#model.restored(message, dueAtMs > nowMs ? dueAtMs : 0, attempts);
    }
  }

  #lookUp(id: number): [number, number] {
    let answer: [number, number] = [4, 0];
    const { space, broker, turn, log } = this.#running;
    broker.operations.browse(
      { space, address: 'q' },
      {},
      ({ message, expiresAtMs }) => {
        if (idOf(textOf(message)) === id) answer = [message.priority, expiresAtMs];
        return true;
      },
      () => {},
    );
    turn.runAll();
    log.makeDurable();
    return answer;
  }
}

function idOf(text: string): number {
  return Number(/^id=(\d+)/.exec(text)![1]);
}

function byNumber(one: number, other: number): number {
  return one - other;
}
