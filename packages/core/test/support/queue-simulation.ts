import assert from 'node:assert/strict';
import type { ConsumerOptions } from '../../src/address/address.ts';
import { ACCEPTED, IN_DOUBT, type Outcome, REJECTED, RELEASED } from '../../src/delivery/outcome.ts';
import type { LogPosition } from '../../src/store/log.ts';
import { QueueModel } from './queue-model.ts';
import { Random } from './random.ts';
import type { RecordedDelivery } from './recording-consumer.ts';
import { RecordingConsumer } from './recording-consumer.ts';
import type { RecordingProducer } from './recording-producer.ts';
import { RunningBroker } from './running-broker.ts';

const OUTCOMES: readonly Outcome[] = [
  ACCEPTED,
  ACCEPTED,
  ACCEPTED,
  REJECTED,
  RELEASED,
  IN_DOUBT,
  { kind: 'modified', deliveryFailed: false, undeliverableHere: true },
  { kind: 'modified', deliveryFailed: true, undeliverableHere: true },
];
const STEPS = 70;
const CONSUMERS_MAX = 4;
const EVER = Number.POSITIVE_INFINITY;

/** A queue, or one subscription of the topic, with its model. */
interface Subject {
  readonly address: 'q' | 't';
  readonly options: ConsumerOptions;
  model: QueueModel;
}

/** A consumer, how it is seen by the model, and whether it settles each delivery at once. */
class SimulatedConsumer extends RecordingConsumer {
  readonly subject: Subject;
  readonly atOnce: boolean;
  credit = 0;
  paused = false;
  draining = false;

  constructor(subject: Subject, atOnce: boolean) {
    super();
    this.subject = subject;
    this.atOnce = atOnce;
  }

  get open(): RecordedDelivery[] {
    return this.deliveries.filter(({ settled }) => !settled);
  }
}

/** One life of a queue and a topic over a log in memory: anything in any order, judged by models, with crashes in between. */
export class QueueSimulation {
  crashes = 0;
  compactions = 0;
  deliveries = 0;
  readonly #random: Random;
  #running: RunningBroker;
  #producers = new Map<'q' | 't', RecordingProducer>();
  #consumers: SimulatedConsumer[] = [];
  #sent = 0;
  /** Durable messages whose producers wait, by address and token: where they lie in the log. */
  #unacknowledged = new Map<string, LogPosition>();
  readonly #queue: Subject = { address: 'q', options: {}, model: new QueueModel(true) };
  readonly #durable: Subject = this.#subscription('durable', true, false);
  readonly #shared: Subject = this.#subscription('shared', true, true);
  readonly #volatile: Subject = this.#subscription('volatile', false, true);
  readonly #subjects = [this.#queue, this.#queue, this.#durable, this.#shared, this.#volatile];
  /** Subscriptions that exist now. */
  readonly #subscribed = new Set<Subject>();

  constructor(seed: number) {
    this.#random = new Random(seed);
    const random = new Random(seed + 1);
    const inMemoryOneIn = 1 + random.below(4);
    this.#running = new RunningBroker({
      durability: 'by-hand',
      segmentRecordsMax: 4 + random.below(12),
      inMemory: position => (position * 7919) % inMemoryOneIn === 0,
    });
    this.#running.declare('q', { type: 'queue' });
    this.#running.declare('t', { type: 'topic' });
    for (const subject of [this.#durable, this.#shared, this.#volatile]) this.#subscribe(subject);
    this.#running.log.makeDurable();
  }

  #subscription(name: string, durable: boolean, shared: boolean): Subject {
    return { address: 't', options: { subscription: { name, durable, shared } }, model: new QueueModel(durable) };
  }

  run(): void {
    for (let step = 0; step < STEPS; step++) {
      this.#step();
      if (this.#random.chance(4)) this.#running.turn.runOne();
      if (this.#random.chance(3)) this.#rest();
    }
    this.#crash();
    this.#rest();
  }

  #step(): void {
    const random = this.#random;
    const choice = random.below(100);
    if (choice < 30) this.#send();
    else if (choice < 38) this.#attach();
    else if (choice < 42) this.#leave();
    else if (choice < 57) this.#grant();
    else if (choice < 62) this.#pauseOrResume();
    else if (choice < 85) this.#settle();
    else if (choice < 88) this.#running.turn.advance(random.below(3000));
    else if (choice < 93) this.#running.log.makeDurable(this.#somewhereTo(this.#running.log.end));
    else if (choice < 97) this.#compact();
    else if (choice < 98) this.#crash();
    else this.#send();
  }

  #somewhereTo(end: LogPosition): LogPosition {
    const { durableEnd } = this.#running.log;
    return durableEnd + this.#random.below(end - durableEnd + 1);
  }

  // ---- producers

  #producer(address: 'q' | 't'): RecordingProducer {
    const existing = this.#producers.get(address);
    if (existing) return existing;
    const producer = this.#running.producer(address);
    producer.onSettle = (token, outcome) => {
      assert.equal(outcome.kind, 'accepted');
      const position = this.#unacknowledged.get(`${address}${token}`);
      if (position !== undefined) assert.ok(position < this.#running.log.durableEnd, 'what is accepted is on disk');
      this.#unacknowledged.delete(`${address}${token}`);
    };
    this.#producers.set(address, producer);
    return producer;
  }

  #send(): void {
    const random = this.#random;
    const address = random.chance(2) ? 'q' : 't';
    const producer = this.#producer(address);
    const { log, turn } = this.#running;
    const subjects = address === 'q' ? [this.#queue] : [...this.#subscribed];
    for (let count = 1 + random.below(4); count > 0; count--) {
      const text = `${address}${this.#sent++}`;
      const durable = !random.chance(4);
      const settled = random.chance(5);
      const ttlMs = random.chance(5) ? 1 + random.below(4000) : 0;
      const { end } = log;
      const token = producer.send(text, { durable, settled, ttlMs, headerBytes: random.below(3) });
      const position = log.end - 1;
      assert.equal(log.end > end, subjects.length > 0, 'a message is stored when somebody will want it');
      const message = { text, durable, expiresAtMs: ttlMs > 0 ? turn.nowMs + ttlMs : 0, position };
      for (const { model } of subjects) model.sent(message);
      if (settled) continue;
      const waits = durable && subjects.some(({ model }) => model.kept);
      assert.equal(producer.kind(token), waits ? undefined : 'accepted', 'what has to be on disk is not accepted at once');
      if (waits) this.#unacknowledged.set(`${address}${token}`, position);
    }
  }

  // ---- consumers

  #subscribe(subject: Subject): SimulatedConsumer {
    const consumer = new SimulatedConsumer(subject, this.#random.chance(4));
    const { space, log } = this.#running;
    consumer.onDeliver = delivery => {
      this.deliveries++;
      subject.model.delivered(consumer, delivery, this.#running.turn.nowMs);
      if (consumer.atOnce) this.#settleOne(consumer, delivery, this.#random.chance(3) ? RELEASED : ACCEPTED);
    };
    consumer.onEnd = () => {
      assert.equal(consumer.ended?.code, 'subscription-taken-over');
      // The head settles, and leaves as it pleases: the subscription is another consumer's.
      for (const delivery of consumer.open) this.#settleOne(consumer, delivery, RELEASED);
      consumer.link.detach(this.#random.chance(2) ? 0 : EVER);
      subject.model.consumers.delete(consumer);
      this.#consumers.splice(this.#consumers.indexOf(consumer), 1);
    };
    consumer.onDrained = () => {
      assert.ok(consumer.draining, 'only who drains is told that there is nothing more');
      consumer.draining = false;
      consumer.credit = 0;
    };
    const { end } = log;
    consumer.attached(space.attachConsumer(subject.address, undefined, consumer, subject.options));
    assert.ok(log.end === end || subject.model.kept, 'only what is kept is written');
    this.#consumers.push(consumer);
    subject.model.consumers.add(consumer);
    if (subject !== this.#queue) this.#subscribed.add(subject);
    return consumer;
  }

  #attach(): void {
    if (this.#consumers.length < CONSUMERS_MAX) this.#subscribe(this.#random.pick(this.#subjects)!);
  }

  #leave(): void {
    const consumer = this.#random.pick(this.#consumers);
    if (!consumer) return;
    const { subject } = consumer;
    const outcome = this.#random.chance(2) ? IN_DOUBT : RELEASED;
    for (const delivery of consumer.open) this.#settleOne(consumer, delivery, outcome);
    const ends = subject !== this.#queue && this.#random.chance(4);
    consumer.link.detach(ends ? 0 : EVER);
    subject.model.consumers.delete(consumer);
    this.#consumers.splice(this.#consumers.indexOf(consumer), 1);
    if (!ends || subject.model.consumers.size > 0) return;
    this.#subscribed.delete(subject);
    subject.model = new QueueModel(subject.model.kept);
    // Otherwise a crash could bring back what was ended.
    this.#running.log.makeDurable();
  }

  #grant(): void {
    const consumer = this.#random.pick(this.#consumers);
    if (!consumer) return;
    const credit = this.#random.below(8);
    const drain = this.#random.chance(5);
    consumer.credit = credit;
    consumer.draining = drain;
    consumer.link.grant(credit, drain);
  }

  #pauseOrResume(): void {
    const consumer = this.#random.pick(this.#consumers);
    if (!consumer) return;
    consumer.paused = !consumer.paused;
    if (consumer.paused) consumer.link.pause();
    else consumer.link.resume();
  }

  #settle(): void {
    for (let count = 1 + this.#random.below(4); count > 0; count--) {
      const consumer = this.#random.pick(this.#consumers);
      const delivery = consumer && this.#random.pick(consumer.open);
      if (delivery) this.#settleOne(consumer, delivery, this.#random.pick(OUTCOMES)!);
    }
  }

  #settleOne(consumer: SimulatedConsumer, delivery: RecordedDelivery, outcome: Outcome): void {
    const { subject } = consumer;
    const { model } = subject;
    const { text } = delivery;
    // The model first: what follows from the outcome may happen within the call.
    model.settled(consumer, text, outcome, this.#running.log.end);
    if (!this.#random.chance(2)) return consumer.settle(delivery, outcome);
    const running = this.#running;
    consumer.settleConfirmed(delivery, outcome, () => {
      assert.equal(running, this.#running, 'nobody confirms after a crash');
      if (outcome.kind === 'accepted' || outcome.kind === 'rejected') model.confirmed(text);
    });
  }

  // ---- the log

  #compact(): void {
    if (this.#running.log.compact()) this.compactions++;
  }

  /** All turns run: what can be delivered has been, drains are over, and the figures are right. */
  #rest(): void {
    const running = this.#running;
    running.turn.runAll();
    const { nowMs } = running.turn;
    const subjects = [this.#queue, ...this.#subscribed];
    for (const { model } of subjects) model.atRest(nowMs);
    for (const consumer of this.#consumers) if (!consumer.paused) assert.ok(!consumer.draining, 'a drain comes to its end');
    let stored = 0;
    let storedBytes = 0;
    for (const address of ['q', 't'] as const) {
      const status = running.status(address);
      stored += status.stored;
      storedBytes += status.storedBytes;
      const models = subjects.filter(subject => subject.address === address).map(({ model }) => model);
      assert.equal(
        status.unsettled,
        models.reduce((sum, { unsettled }) => sum + unsettled, 0),
        `${address}: unsettled`,
      );
      const bounds = models.map(model => model.bounds(nowMs));
      const least = bounds.reduce((sum, each) => sum + each.least, 0);
      const most = bounds.reduce((sum, each) => sum + each.most, 0);
      assert.ok(status.stored >= least && status.stored <= most, `${address}: ${status.stored} stored, from ${least} to ${most}`);
    }
    assert.equal(running.log.retainedRecords, stored + running.shard.definitions.size, 'what is live is retained, and nothing else');
    assert.equal(running.log.retainedBytes, storedBytes + running.definitionBytes, 'bytes are counted alike');
  }

  #crash(): void {
    this.crashes++;
    const survivingEnd = this.#somewhereTo(this.#running.log.end);
    const recovered = this.#running.crash(survivingEnd);
    this.#running = recovered;
    this.#consumers = [];
    this.#producers.clear();
    this.#unacknowledged.clear();
    for (const subject of this.#subjects) {
      if (subject.model.kept) subject.model.crashed(survivingEnd);
      else {
        this.#subscribed.delete(subject);
        subject.model = new QueueModel(false);
      }
      // A subscription whose definition was not on disk yet has had nothing on disk either.
      const name = subject.options.subscription?.name;
      if (name === undefined || recovered.space.subscriptionNamed(name)) continue;
      assert.equal(subject.model.bounds(recovered.turn.nowMs).least, 0, `the subscription ${name} is there after the restart`);
      this.#subscribed.delete(subject);
      subject.model = new QueueModel(subject.model.kept);
    }
    const browser = recovered.consumer('q', { browse: true }).grant(100_000, true);
    recovered.turn.runAll();
    assert.equal(browser.drains, 1);
    this.#queue.model.found(browser.texts, recovered.turn.nowMs);
    browser.link.detach(0);
    recovered.log.makeDurable();
  }
}
