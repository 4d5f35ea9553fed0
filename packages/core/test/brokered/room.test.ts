import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { AddressSpec, Overflow } from '../../src/address/address.ts';
import { WAITING_BYTES_MAX } from '../../src/brokered/brokered-producer.ts';
import { ACCEPTED, RELEASED } from '../../src/delivery/outcome.ts';
import { Refusal } from '../../src/delivery/refusal.ts';
import type { Limits } from '../../src/limits/limits.ts';
import type { QueueAddress } from '../../src/queue/queue-address.ts';
import type { RecordingConsumer } from '../support/recording-consumer.ts';
import { RecordingProducer } from '../support/recording-producer.ts';
import { RunningBroker } from '../support/running-broker.ts';
import { textMessage } from '../support/text-message.ts';

const DURABLE = { durable: true };

function full(spec: Partial<AddressSpec> = { messagesMax: 1 }): { running: RunningBroker; consumer: RecordingConsumer } {
  const running = new RunningBroker();
  running.declare('q', { type: 'queue', ...spec });
  running.producer('q').send('first', DURABLE);
  return { running, consumer: running.consumer('q') };
}

/** One message more is taken and done with. */
function takeOne(running: RunningBroker, consumer: RecordingConsumer): void {
  consumer.grant(1);
  running.run();
  consumer.settleAll();
  running.run();
}

describe('a message that finds no room where producers wait for it', () => {
  test('is not stored, and has its outcome when there was room for it', () => {
    const { running, consumer } = full();
    const producer = running.producer('q');
    producer.send('second', DURABLE);
    running.run();
    assert.deepEqual([running.status('q').stored, producer.kinds], [1, [undefined]]);
    takeOne(running, consumer);
    assert.deepEqual([running.status('q').stored, producer.kinds], [1, ['accepted']]);
    takeOne(running, consumer);
    assert.deepEqual(consumer.texts, ['first', 'second']);
  });

  test('is taken in its producer’s order, and producers take turns', () => {
    const { running, consumer } = full();
    const [one, other] = [running.producer('q'), running.producer('q')];
    one.sendAll(['a0', 'a1', 'a2']);
    other.sendAll(['b0', 'b1']);
    for (let taken = 0; taken < 6; taken++) takeOne(running, consumer);
    assert.deepEqual(consumer.texts, ['first', 'a0', 'b0', 'a1', 'b1', 'a2']);
  });

  test('does not keep those waiting for ever who wait for credit', () => {
    const { running, consumer } = full();
    const [unruly, waiting] = [running.producer('q'), running.producer('q')];
    unruly.sendAll(Array.from({ length: 50 }, (_, at) => `u${at}`));
    let sent = 0;
    for (let taken = 0; taken < 20; taken++) {
      for (; waiting.credit > 0; sent++) waiting.send(`w${sent}`);
      takeOne(running, consumer);
      assert.ok(waiting.credit + sent - waiting.outcomes.size <= 1, 'one waits in the line at a time');
    }
    assert.ok(sent >= 6, `${sent} of 20`);
  });

  test('is not stored when its producer has gone, who sends it again; one that nobody hears of is', () => {
    const { running, consumer } = full();
    const producer = running.producer('q');
    producer.send('again', DURABLE);
    producer.send('settled', { settled: true });
    producer.link.detach();
    for (let taken = 0; taken < 3; taken++) takeOne(running, consumer);
    assert.deepEqual(consumer.texts, ['first', 'settled']);
    assert.equal(running.space.limits.account.waitingBytes, 0);
  });

  test('can be taken back until there is room', () => {
    const { running, consumer } = full();
    const producer = running.producer('q');
    const [kept, taken] = [producer.send('kept'), producer.send('taken')];
    assert.equal(producer.link.withdraw!(taken), true);
    assert.equal(producer.link.withdraw!(taken), false);
    takeOne(running, consumer);
    assert.equal(producer.link.withdraw!(kept), false);
    assert.deepEqual(producer.kinds, ['accepted', undefined]);
  });

  test('is refused when the address goes, and when it refuses from now on', () => {
    const { running, consumer } = full();
    const [gone, refused] = [running.producer('q'), running.producer('q')];
    refused.send('r');
    running.address('q').respec({ type: 'queue', messagesMax: 1, overflow: 'reject' });
    running.run();
    assert.deepEqual(refused.kinds, ['rejected']);
    running.address('q').respec({ type: 'queue', messagesMax: 1 });
    gone.send('g');
    running.space.remove('q', { force: true }, () => {});
    assert.deepEqual(gone.kinds, ['rejected']);
    assert.ok(consumer.ended);
  });

  test('outlives its time to live in the queue only', () => {
    const { running, consumer } = full();
    const producer = running.producer('q');
    producer.send('late', { ttlMs: 1000, durable: true });
    running.turn.advance(2000);
    takeOne(running, consumer);
    running.turn.advance(1000);
    assert.deepEqual([running.status('q').stored, running.status('q').counters.expired], [0, 1]);
  });

  test('is larger than all that may ever be there: it is refused', () => {
    const { running } = full({ bytesMax: 500 });
    for (const overflow of ['block', 'reject', 'drop-oldest'] as const) {
      running.address('q').respec({ type: 'queue', bytesMax: 500, overflow });
      const producer = running.producer('q');
      producer.send('x'.repeat(500));
      const outcome = producer.outcomes.get(0);
      assert.ok(outcome?.kind === 'rejected' && outcome.refusal?.code === 'message-too-large', overflow);
      assert.match(outcome.refusal.description, /\bq takes 544 bytes there, and all of them together may have 500 \(bytesMax\)/);
    }
  });

  test('is refused when too much waits already in its address space', () => {
    const { running } = full();
    const producer = running.producer('q');
    const half = 'x'.repeat(WAITING_BYTES_MAX / 2);
    producer.sendAll([half, half, 'one more']);
    assert.deepEqual(producer.kinds, [undefined, undefined, 'rejected']);
    producer.link.detach();
    assert.equal(running.space.limits.account.waitingBytes, 0);
  });

  test('is said to those who bound what waits of theirs, in one unit with what they write when it is stored', () => {
    const { running, consumer } = full();
    const told: string[] = [];
    const producer = Object.assign(new RecordingProducer(), {
      waits: (token: number, sizeBytes: number) => told.push(`${token} waits, ${sizeBytes} bytes`),
      waited: (token: number) => told.push(`${token} waited${running.shard.inUnit ? ' in a unit' : ''}`),
    });
    producer.attached(running.space.attachProducer('q', undefined, producer));
    producer.send('second', DURABLE);
    assert.equal(running.space.limits.account.waitingBytes, 0);
    takeOne(running, consumer);
    assert.deepEqual(told, ['0 waits, 6 bytes', '0 waited in a unit']);
    assert.deepEqual(producer.kinds, ['accepted']);
  });
});

describe('a topic whose subscription is full', () => {
  test('has its producers wait, and takes what waits when the subscription ends', () => {
    const running = new RunningBroker();
    running.declare('t', { type: 'topic', messagesMax: 2 });
    const slow = running.consumer('t');
    const quick = running.consumer('t').grant(10);
    const producer = running.producer('t');
    producer.sendAll(['m0', 'm1', 'm2', 'm3']);
    running.run();
    assert.deepEqual([slow.link.available, quick.texts], [2, ['m0', 'm1']]);
    quick.settleAll();
    slow.leave();
    running.run();
    assert.deepEqual(quick.texts, ['m0', 'm1', 'm2', 'm3']);
  });

  test('counts each of its subscriptions in the address space', () => {
    const running = new RunningBroker();
    running.declare('t', { type: 'topic' });
    for (let at = 0; at < 3; at++) running.consumer('t');
    running.space.limits.change({ messagesMax: 5 });
    const producer = running.producer('t');
    producer.sendAll(['m0', 'm1']);
    assert.deepEqual([producer.kinds, running.space.limits.account.messages], [['accepted', 'rejected'], 3]);
  });
});

describe('a transaction', () => {
  test('has no more in it than all of its addresses and their space have room for, by messages and bytes', () => {
    for (const [limits, spec] of [
      [{ messagesMax: 3 }, {}],
      [{ bytesMax: 320 }, {}],
      [{}, { bytesMax: 160 }],
      [{}, { messagesMax: 1, overflow: 'reject' }],
    ] as [Limits, Partial<AddressSpec>][]) {
      const running = new RunningBroker();
      for (const name of ['p', 'q']) running.declare(name, { type: 'queue', ...spec });
      running.space.limits.change(limits);
      const begun = running.space.transactions.begin();
      assert.ok(!(begun instanceof Refusal));
      for (const name of ['p', 'q', 'p', 'q']) begun.post(running.producer(name).link, textMessage('x'.repeat(50)));
      assert.equal(begun.refusal()?.code, 'queue-full', JSON.stringify([limits, spec]));
      begun.rollback();
    }
  });
});

/** What may happen, and a number to choose by. */
const OPERATIONS = ['send', 'send', 'send', 'presettled', 'take', 'give-back', 'leave', 'limit', 'purge', 'turn'] as const;
type Operation = readonly [(typeof OPERATIONS)[number], number];
const PRODUCERS = 4;

interface Sender {
  readonly producer: RecordingProducer;
  readonly name: string;
  /** Tokens of messages whose outcome it hears. */
  readonly unsettled: number[];
}

/** Producers that do not mind credit, at one queue: at no moment it has more than it may. */
class Race {
  readonly #running = new RunningBroker();
  readonly #overflow: Overflow;
  readonly #limits: Limits;
  readonly #bySpace: boolean;
  #allowed = { messages: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
  readonly #senders: Sender[] = [];
  readonly #consumer: RecordingConsumer;
  #sent = 0;

  constructor(overflow: Overflow, limits: Limits, bySpace: boolean) {
    this.#overflow = overflow;
    this.#limits = limits;
    this.#bySpace = bySpace;
    this.#running.declare('q', { type: 'queue' });
    this.#limit(limits);
    for (let at = 0; at < PRODUCERS; at++) this.#attach(at);
    this.#consumer = this.#running.consumer('q');
    this.#consumer.onDeliver = () => this.#look();
  }

  #attach(at: number): void {
    const producer = this.#running.producer('q');
    producer.onSettle = () => this.#look();
    this.#senders[at] = { producer, name: `${at}.${this.#sent}`, unsettled: [] };
  }

  /** What is beyond new limits already stays. */
  #limit(limits: Limits): void {
    const { messagesMax, bytesMax } = limits;
    const limited = messagesMax !== undefined || bytesMax !== undefined;
    if (this.#bySpace) this.#running.space.limits.change(limits);
    else this.#running.address('q').respec({ type: 'queue', ...limits, ...(limited && { overflow: this.#overflow }) });
    const { stored, storedBytes } = this.#running.status('q');
    this.#allowed = { messages: Math.max(messagesMax ?? Infinity, stored), bytes: Math.max(bytesMax ?? Infinity, storedBytes) };
  }

  #look(): void {
    const { stored, storedBytes } = this.#running.status('q');
    assert.ok(stored <= this.#allowed.messages && storedBytes <= this.#allowed.bytes, `${stored} messages, ${storedBytes} bytes`);
  }

  act([operation, choice]: Operation): void {
    const running = this.#running;
    const at = choice % PRODUCERS;
    const sender = this.#senders[at]!;
    switch (operation) {
      case 'send':
        sender.unsettled.push(this.#send(sender, choice, false));
        break;
      case 'presettled':
        this.#send(sender, choice, true);
        break;
      case 'take':
      case 'give-back':
        this.#consumer.grant(1 + (choice % 3));
        running.run();
        this.#consumer.settleAll(operation === 'take' ? ACCEPTED : RELEASED);
        break;
      case 'leave':
        sender.producer.link.detach();
        this.#attach(at);
        break;
      case 'limit':
        this.#limit(this.#limits.messagesMax ? { ...this.#limits, messagesMax: 1 + (choice % 9) } : this.#limits);
        break;
      case 'purge':
        if (choice % 10 === 0) (running.address('q') as QueueAddress).queue.purge();
        break;
      case 'turn':
        running.turn.runOne();
    }
    this.#look();
  }

  #send({ producer, name }: Sender, choice: number, settled: boolean): number {
    return producer.send(`${name}/${this.#sent++}/${'x'.repeat(choice)}`, { durable: choice % 3 > 0, settled });
  }

  /** There is room for everything: each message has its outcome, and what came of each producer is in its order, and once. */
  end(): void {
    const running = this.#running;
    this.#limit({});
    running.run();
    running.log.makeDurable();
    for (const { producer, name, unsettled } of this.#senders)
      for (const token of unsettled) assert.ok(producer.kind(token), `message ${token} of ${name} has an outcome`);
    this.#consumer.grant(10_000);
    running.run();
    const last = new Map<string, number>();
    for (const { text, message } of this.#consumer.deliveries) {
      const [name, number] = text.split('/') as [string, string];
      if (!message.firstAcquirer) continue;
      assert.ok((last.get(name) ?? -1) < Number(number), `${text} comes in its order`);
      last.set(name, Number(number));
    }
    assert.equal(running.space.limits.account.waitingBytes, 0);
  }
}

test('whatever producers send, and whatever else happens: a queue, and a space, never has more than it may', () => {
  const limits = fc.oneof(
    fc.record({ messagesMax: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ bytesMax: fc.integer({ min: 150, max: 600 }) }),
    fc.record({ messagesMax: fc.integer({ min: 1, max: 5 }), bytesMax: fc.integer({ min: 150, max: 600 }) }),
  );
  const operations = fc.array(fc.tuple(fc.constantFrom(...OPERATIONS), fc.nat(120)), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(fc.constantFrom('block', 'reject', 'drop-oldest'), limits, fc.boolean(), operations, (overflow, limit, bySpace, acts) => {
      const race = new Race(overflow as Overflow, limit, bySpace);
      for (const act of acts) race.act(act);
      race.end();
    }),
    { numRuns: 1000 },
  );
});
