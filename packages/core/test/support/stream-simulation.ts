import assert from 'node:assert/strict';
import { ACCEPTED, IN_DOUBT, type Outcome, REJECTED, RELEASED } from '../../src/delivery/outcome.ts';
import type { LogPosition } from '../../src/store/log.ts';
import type { ReadFrom } from '../../src/stream/read-from.ts';
import type { Stream } from '../../src/stream/stream.ts';
import { StreamAddress } from '../../src/stream/stream-address.ts';
import { Random } from './random.ts';
import { type RecordedDelivery, RecordingConsumer } from './recording-consumer.ts';
import type { RecordingProducer } from './recording-producer.ts';
import { RunningBroker } from './running-broker.ts';
import { StreamModel } from './stream-model.ts';

const OUTCOMES: readonly Outcome[] = [ACCEPTED, ACCEPTED, ACCEPTED, ACCEPTED, REJECTED, RELEASED, IN_DOUBT];
const STEPS = 80;
const READERS = ['first-reader', 'second-reader', 'third-reader'];
const EVER = Number.POSITIVE_INFINITY;

/** One reader, as it should be: where it goes on, and what it has and has not settled. */
class SimulatedReader extends RecordingConsumer {
  readonly readerName: string | undefined;
  /** The next offset that it never had. */
  cursor: number;
  /** Settled as released, to come again; with how often the delivery failed. */
  readonly returned = new Set<number>();
  readonly attempts = new Map<number, number>();

  constructor(readerName: string | undefined, cursor: number) {
    super();
    this.readerName = readerName;
    this.cursor = cursor;
  }

  get open(): RecordedDelivery[] {
    return this.deliveries.filter(({ settled }) => !settled);
  }

  /** The latest place where it may go on, when the stream begins at `head`. */
  placeFrom(head: number): number {
    const undone = [...this.returned, ...this.open.map(({ token }) => token)];
    return Math.max(head, Math.min(this.cursor, ...undone.filter(offset => offset >= head)));
  }
}

/** One life of a stream over a log in memory: anything in any order, judged by a model, with crashes in between. */
export class StreamSimulation {
  crashes = 0;
  compactions = 0;
  deliveries = 0;
  jumps = 0;
  readonly #random: Random;
  readonly #model = new StreamModel();
  readonly #retention: { readonly messagesMax: number; readonly ageMs: number };
  #running: RunningBroker;
  #producer: RecordingProducer | undefined;
  #attached: SimulatedReader[] = [];
  /** Named readers that exist, attached or not. */
  #named = new Map<string, SimulatedReader>();
  /** Readers that were ended, which a crash may undo, and an offset that they were not beyond. */
  readonly #endedAt = new Map<string, number>();
  /** Offsets and places of durable messages whose producer waits, by token. */
  #waiting = new Map<number, { readonly offset: number; readonly position: LogPosition }>();
  #acknowledgedEnd = 0;
  #sent = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
    const random = new Random(seed + 1);
    const inMemoryOneIn = 1 + random.below(4);
    this.#retention = { messagesMax: random.chance(2) ? 1_000_000 : 5 + random.below(30), ageMs: random.chance(2) ? 1e12 : 5000 };
    this.#running = new RunningBroker({
      durability: 'by-hand',
      segmentRecordsMax: 4 + random.below(12),
      inMemory: position => (position * 7919) % inMemoryOneIn === 0,
    });
    this.#running.declare('s', { type: 'stream', retention: this.#retention });
    // What is no part of the stream, so that compaction has something to move.
    this.#running.declare('q', { type: 'queue' });
  }

  run(): void {
    for (let step = 0; step < STEPS; step++) {
      this.#step();
      this.#check();
    }
    this.#settleDown();
  }

  get #stream(): Stream {
    const address = this.#running.address('s');
    assert.ok(address instanceof StreamAddress);
    return address.stream;
  }

  #step(): void {
    const random = this.#random;
    const running = this.#running;
    switch (random.below(14)) {
      case 0:
      case 1:
      case 2:
        return this.#send();
      case 3:
        return this.#attach();
      case 4:
        random.pick(this.#attached)?.grant(random.below(20), random.chance(4));
        return;
      case 5:
      case 6:
        return this.#settle();
      case 7:
        return this.#leave();
      case 8:
        running.turn.runOne();
        return;
      case 9:
        running.turn.runAll();
        return;
      case 10:
        running.log.makeDurable(this.#somewhereTo(running.log.end));
        return;
      case 11:
        if (running.log.compact()) this.compactions++;
        return;
      case 12:
        running.turn.advance(random.below(4) * 500);
        return;
      case 13:
        if (random.chance(4)) this.#crash();
        else if (random.chance(8)) this.#purge();
        return;
    }
  }

  #somewhereTo(end: LogPosition): LogPosition {
    const { durableEnd } = this.#running.log;
    return durableEnd + this.#random.below(end - durableEnd + 1);
  }

  #send(): void {
    const random = this.#random;
    const running = this.#running;
    if (!this.#producer) {
      this.#producer = running.producer('s');
      const waiting = this.#waiting;
      this.#producer.onSettle = (token, { kind }) => {
        assert.equal(kind, 'accepted');
        const sent = waiting.get(token);
        if (sent === undefined) return;
        assert.ok(sent.position < running.log.durableEnd, 'accepted is what is on disk');
        this.#acknowledgedEnd = Math.max(this.#acknowledgedEnd, sent.offset + 1);
      };
    }
    for (let count = 1 + random.below(8); count > 0; count--) {
      const text = `m${this.#sent++}`;
      const durable = random.chance(2);
      const offset = this.#model.append(text, running.turn.nowMs);
      // Its position is the log's end, or one more where a segment begins: what is durable lies below the end in any case.
      const token = this.#producer.send(text, { durable });
      if (durable) this.#waiting.set(token, { offset, position: running.log.end - 1 });
    }
  }

  // ---- readers

  #attach(): void {
    const random = this.#random;
    const name = random.chance(3) ? undefined : random.pick(READERS);
    const from = this.#from();
    const existing = name === undefined ? undefined : this.#named.get(name);
    if (existing && this.#attached.includes(existing)) this.#gone(existing);
    const reader = new SimulatedReader(name, this.#expectedStart(from));
    if (existing) {
      reader.cursor = existing.cursor;
      for (const offset of existing.returned) reader.returned.add(offset);
      for (const [offset, attempts] of existing.attempts) reader.attempts.set(offset, attempts);
    }
    reader.onDeliver = delivery => this.#delivered(reader, delivery);
    const subscription = name === undefined ? {} : { subscription: { name, durable: true, shared: false } };
    reader.attached(this.#running.space.attachConsumer('s', undefined, reader, { from, ...subscription }));
    if (name !== undefined) this.#named.set(name, reader);
    this.#attached.push(reader);
  }

  #from(): ReadFrom {
    const random = this.#random;
    const { tail, head } = this.#model;
    const choices: readonly ReadFrom[] = [
      'first',
      'last',
      'next',
      { offset: random.below(tail + 5) },
      { sinceMs: this.#running.turn.nowMs - random.below(6000) },
      { agoMs: random.below(6000) },
    ];
    return random.pick(choices) ?? { offset: head };
  }

  #expectedStart(from: ReadFrom): number {
    const { head, tail } = this.#model;
    if (from === 'first') return head;
    if (from === 'last') return Math.max(head, tail - 1);
    if (from === 'next') return tail;
    if ('offset' in from) return Math.min(tail, Math.max(head, from.offset));
    return this.#model.firstSince('sinceMs' in from ? from.sinceMs : this.#running.turn.nowMs - from.agoMs);
  }

  #delivered(reader: SimulatedReader, { token, text, message }: RecordedDelivery): void {
    this.deliveries++;
    assert.equal(message.offset, token);
    this.#model.saw(token, text);
    const { head } = this.#stream.index;
    assert.ok(token >= head, 'what was given up is not delivered');
    assert.equal(message.deliveryCount, reader.attempts.get(token) ?? 0, 'failed attempts are counted');
    if (reader.returned.delete(token)) {
      assert.ok(
        [...reader.returned].every(other => other > token || other < head),
        'what came back goes first, in its order',
      );
      return;
    }
    if (reader.cursor < head) this.jumps++;
    assert.equal(token, Math.max(reader.cursor, head), 'no offset is left out, and none comes twice');
    assert.ok(
      [...reader.returned].every(other => other < head),
      'what came back goes before what is new',
    );
    reader.cursor = token + 1;
  }

  #settleOne(reader: SimulatedReader, delivery: RecordedDelivery, outcome: Outcome): void {
    const offset = delivery.token;
    if (outcome.kind === 'modified' && outcome.deliveryFailed) reader.attempts.set(offset, (reader.attempts.get(offset) ?? 0) + 1);
    if (outcome.kind === 'released' || outcome.kind === 'modified') reader.returned.add(offset);
    else reader.attempts.delete(offset);
    reader.settle(delivery, outcome);
  }

  #settle(): void {
    const random = this.#random;
    const reader = random.pick(this.#attached);
    if (!reader) return;
    for (const delivery of reader.open) if (!random.chance(3)) this.#settleOne(reader, delivery, random.pick(OUTCOMES) ?? ACCEPTED);
  }

  /** What a head does for a consumer that is lost. */
  #gone(reader: SimulatedReader): void {
    for (const delivery of reader.open) this.#settleOne(reader, delivery, this.#random.chance(2) ? IN_DOUBT : RELEASED);
    this.#attached = this.#attached.filter(other => other !== reader);
  }

  #leave(): void {
    const reader = this.#random.pick(this.#attached);
    if (!reader) return;
    this.#gone(reader);
    const ends = reader.readerName !== undefined && this.#random.chance(4);
    reader.link.detach(ends ? 0 : EVER);
    if (!ends) return;
    this.#named.delete(reader.readerName!);
    this.#endedAt.set(reader.readerName!, this.#model.tail);
  }

  // ---- the whole

  #purge(): void {
    this.#stream.purge();
    this.#model.purged();
  }

  #crash(survivingEnd = this.#somewhereTo(this.#running.log.end)): void {
    this.crashes++;
    this.#running = this.#running.crash(survivingEnd);
    const { head, tail } = this.#stream.index;
    const headBefore = this.#model.head;
    this.#model.crashed(head, tail, this.#acknowledgedEnd);
    this.#producer = undefined;
    this.#waiting = new Map();
    this.#attached = [];
    const found = new Map((this.#running.status('s').readers ?? []).map(({ name, offset }) => [name, offset]));
    for (const [name, before] of this.#named) {
      const place = found.get(name);
      if (place === undefined) this.#named.delete(name);
      else {
        const latest = Math.max(before.placeFrom(headBefore), this.#endedAt.get(name) ?? 0);
        assert.ok(place <= latest, `${name} goes on at ${place}, and not later than ${latest}`);
        this.#named.set(name, new SimulatedReader(name, place));
      }
    }
    this.#endedAt.clear();
    for (const [name, place] of found) if (!this.#named.has(name)) this.#named.set(name, new SimulatedReader(name, place));
    for (let offset = head; offset < tail; offset++) assert.ok(this.#stream.index.has(offset), `offset ${offset} is there`);
  }

  #check(): void {
    const { index } = this.#stream;
    const { nowMs } = this.#running.turn;
    this.#model.trimmedTo(index.head, this.#retention, nowMs);
    assert.equal(index.tail, this.#model.tail);
    assert.equal(index.live, index.tail - index.head);
    for (const timeMs of [0, nowMs - 3000, nowMs, nowMs + 1]) assert.equal(index.firstSince(timeMs), this.#model.firstSince(timeMs));
    const { log, shard } = this.#running;
    assert.equal(log.retainedRecords, index.live + shard.definitions.size + shard.marks.size, 'what is live is retained, and nothing else');
  }

  /** In peace everything arrives: all readers get to the end, and a restart finds them there. */
  #settleDown(): void {
    const { log, turn } = this.#running;
    log.makeDurable();
    turn.advance(1000);
    for (const reader of this.#attached) {
      reader.grant(1_000_000, true);
      for (let rounds = 0; rounds < 5; rounds++) {
        turn.runAll();
        log.makeDurable();
        for (const delivery of reader.open) this.#settleOne(reader, delivery, ACCEPTED);
      }
      turn.runAll();
      assert.ok(reader.drains > 0, 'the reader hears that there is no more');
      assert.equal(Math.max(reader.cursor, this.#stream.index.head), this.#model.tail, 'the reader gets to the end');
    }
    turn.advance(1000);
    const { index } = this.#stream;
    assert.ok(index.live <= this.#retention.messagesMax, `${index.live} messages are kept`);
    if (index.live > 0) assert.ok(index.storedAtMs(index.head) >= turn.nowMs - this.#retention.ageMs, 'no older ones are kept');
    const places = this.#places();
    log.makeDurable();
    this.#check();
    this.#crash(log.end);
    assert.deepEqual(this.#places(), places, 'a restart changes no place');
  }

  #places(): unknown {
    const { firstOffset, nextOffset, readers = [] } = this.#running.status('s');
    return { firstOffset, nextOffset, readers: Object.fromEntries(readers.map(({ name, offset }) => [name, offset])) };
  }
}
