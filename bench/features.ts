import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AmqpMap, type AmqpMessage, ByteWriter, encodeMessage, int } from '@angarium/codec-amqp';
import {
  ACCEPTED,
  type AddressSpec,
  Broker,
  type Consumer,
  type ConsumerOptions,
  compileSelector,
  type DeliverySource,
  ENCODING_AMQP,
  emptyMessage,
  type Message,
  type MessageFilter,
  type Producer,
  Refusal,
  SelectorError,
} from '@angarium/core';
import { FileLog } from '@angarium/log-file';
import { EventLoopTurn } from '@angarium/server';
import { AMQP_CONTENT } from '../packages/head-amqp/src/amqp-content.ts';

/*
 * What the features of queues and topics cost, over the real log and without a network: each case is told as the processor time for a message, as a
 * multiple of a plain queue's in the same run, and where it should be linear, for a small and a ten times larger number.
 */

const { values } = parseArgs({
  options: { check: { type: 'boolean', default: false }, only: { type: 'string' }, scale: { type: 'string', default: '1' } },
});
const SCALE = Number(values.scale);
/** What a case may cost more for each message when there are ten times as many: caches, and noise. */
const LINEAR_MAX = 2;
/** Messages that are sent before the log has to keep up. */
const BURST = 512;
const BODY = new Uint8Array(100);

/** A broker over a log in a folder of its own. */
class Bench {
  readonly turn = new EventLoopTurn();
  readonly broker: Broker;
  readonly #folder = mkdtempSync(join(tmpdir(), 'angarium-bench-'));
  #log!: FileLog;

  constructor() {
    const report = () => {};
    this.broker = new Broker({ turn: this.turn, report, autoCreate: true, addressesMax: 100, randomName: () => 'x' });
    this.broker.encodings.add(ENCODING_AMQP, AMQP_CONTENT);
  }

  static async start(): Promise<Bench> {
    const bench = new Bench();
    bench.#log = await FileLog.open({ directory: bench.#folder, owner: bench.broker.logOwner, report: () => {} });
    await new Promise<void>(ready => bench.broker.start(bench.#log, ready));
    return bench;
  }

  async stop(): Promise<void> {
    await this.#log.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async declare(name: string, spec: AddressSpec): Promise<void> {
    const result = await new Promise(done => this.broker.space(undefined).declare(name, spec, done));
    if (result instanceof Refusal) throw new Error(result.description);
  }

  producer(name: string): Sender {
    return new Sender(this, name);
  }

  consumer(name: string, options: ConsumerOptions = {}): Taker {
    return new Taker(this, name, options);
  }
}

/** Sends messages, and waits for the log now and then. */
class Sender {
  readonly #producer: Producer;
  #settled = 0;
  #sent = 0;
  #wake: (() => void) | undefined;

  constructor(bench: Bench, name: string) {
    const producer = bench.broker.space(undefined).attachProducer(name, undefined, {
      grant() {},
      settle: () => {
        if (++this.#settled === this.#sent) this.#wake?.();
      },
      end() {},
    });
    if (producer instanceof Refusal) throw new Error(producer.description);
    this.#producer = producer;
  }

  async send(count: number, make: (at: number) => Message): Promise<void> {
    for (let at = 0; at < count; ) {
      for (const end = Math.min(count, at + BURST); at < end; at++) {
        this.#sent++;
        this.#producer.send(make(at), 0);
      }
      if (this.#settled < this.#sent)
        await new Promise<void>(resolve => {
          this.#wake = resolve;
        });
    }
  }
}

/** Accepts each message as it comes. */
class Taker {
  readonly unsettled = 0;
  taken = 0;
  readonly #consumer: Consumer;
  readonly #browses: boolean;
  #wanted = Number.POSITIVE_INFINITY;
  #wake: (() => void) | undefined;

  constructor(bench: Bench, name: string, options: ConsumerOptions) {
    this.#browses = options.browse ?? false;
    const consumer = bench.broker.space(undefined).attachConsumer(name, undefined, this, options);
    if (consumer instanceof Refusal) throw new Error(consumer.description);
    this.#consumer = consumer;
  }

  deliver(_message: Message, source: DeliverySource, token: number): undefined {
    this.taken++;
    if (!this.#browses) source.settle(token, ACCEPTED);
    if (this.taken === this.#wanted) this.#wake?.();
    return undefined;
  }

  drained(): void {
    this.#wake?.();
  }

  end(): void {}

  /** Takes so many, or all that there are. */
  take(count?: number): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve;
      if (count !== undefined) this.#wanted = this.taken + count;
      this.#consumer.grant(1_000_000_000, count === undefined);
    });
  }

  leave(): void {
    this.#consumer.detach(0);
  }
}

// ---- messages

function encoded(message: AmqpMessage): Message {
  const writer = new ByteWriter(256);
  encodeMessage(writer, message);
  return { ...emptyMessage(), durable: true, bytes: writer.bytes, end: writer.length };
}

const PLAIN = encoded({ body: { kind: 'data', sections: [BODY] } });
const COLOURED = Array.from({ length: 100 }, (_, colour) =>
  encoded({ applicationProperties: new AmqpMap([['colour', int(colour)]]), body: { kind: 'data', sections: [BODY] } }),
);
const GROUPED = Array.from({ length: 10_000 }, (_, group) => ({
  ...encoded({ properties: { groupId: `group-${group}` }, body: { kind: 'data', sections: [BODY] } }),
  grouped: true,
}));

function selector(text: string): MessageFilter {
  const filter = compileSelector(text);
  if (filter instanceof SelectorError) throw filter;
  return filter;
}

// ---- cases

/** Microseconds of processor time for each of `count`. */
async function cost(count: number, run: () => Promise<void>): Promise<number> {
  globalThis.gc?.();
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

interface Case {
  readonly name: string;
  readonly count: number;
  /** Processor time for a message, in microseconds. */
  measure(count: number): Promise<number>;
  /** Held against the plain queue's filling and draining, at the most this many times that. */
  readonly timesPlainMax?: number;
  /** Measured with a tenth as many as well. */
  readonly linear?: boolean;
}

async function fillAndDrain(count: number, spec: AddressSpec, make: (at: number) => Message, consumers = 1): Promise<number> {
  const bench = await Bench.start();
  await bench.declare('q', spec);
  const takers = Array.from({ length: consumers }, () => bench.consumer('q'));
  const micros = await cost(count, async () => {
    const taken = Promise.all(takers.map(taker => taker.take(consumers === 1 ? count : undefined)));
    await bench.producer('q').send(count, make);
    if (consumers === 1) await taken;
  });
  await bench.stop();
  return micros;
}

const CASES: readonly Case[] = [
  {
    name: 'groups: 10,000 keys, 4 consumers',
    count: 400_000,
    linear: true,
    timesPlainMax: 3,
    measure: count => fillAndDrain(count, { type: 'queue' }, at => GROUPED[at % GROUPED.length]!, 4),
  },
  {
    name: 'ten priorities',
    count: 400_000,
    linear: true,
    timesPlainMax: 2,
    measure: count => fillAndDrain(count, { type: 'queue' }, at => ({ ...PLAIN, priority: at % 10 })),
  },
  {
    name: 'last value, 10,000 keys',
    count: 400_000,
    linear: true,
    timesPlainMax: 3,
    measure: async count => {
      const bench = await Bench.start();
      await bench.declare('q', { type: 'queue', lastValueKey: 'JMSXGroupID' });
      const micros = await cost(count, () => bench.producer('q').send(count, at => GROUPED[at % GROUPED.length]!));
      await bench.stop();
      return micros;
    },
  },
  {
    name: 'a selector that one in a hundred fits, over a queue that is full',
    count: 1_000_000,
    linear: true,
    timesPlainMax: 2,
    measure: async count => {
      const bench = await Bench.start();
      await bench.producer('q').send(count, at => COLOURED[at % COLOURED.length]!);
      const taker = bench.consumer('q', { filter: selector('colour = 7') });
      const micros = await cost(count, () => taker.take());
      if (taker.taken !== count / 100) throw new Error(`the selector took ${taker.taken}`);
      await bench.stop();
      return micros;
    },
  },
  {
    name: 'a browser over a full queue, beside a consumer that drains it',
    count: 400_000,
    linear: true,
    timesPlainMax: 2,
    measure: async count => {
      const bench = await Bench.start();
      await bench.producer('q').send(count, () => PLAIN);
      const browser = bench.consumer('q', { browse: true });
      const taker = bench.consumer('q');
      const micros = await cost(count, async () => {
        const browsed = browser.take();
        await taker.take(count);
        await browsed;
      });
      await bench.stop();
      return micros;
    },
  },
  {
    name: 'scheduled messages, stored and due',
    count: 100_000,
    linear: true,
    // What the process spends while it waits is counted as well.
    timesPlainMax: 6,
    measure: async count => {
      const bench = await Bench.start();
      const taker = bench.consumer('q');
      const due = Date.now() + 2000;
      const micros = await cost(count, async () => {
        const taken = taker.take(count);
        await bench.producer('q').send(count, at => ({ ...PLAIN, deliverAtMs: due + ((at * 7919) % 1000) }));
        await taken;
      });
      await bench.stop();
      return micros;
    },
  },
  {
    name: 'durable subscriptions of one topic: each message to each',
    count: 10_000,
    linear: true,
    measure: async count => {
      const bench = await Bench.start();
      await bench.declare('t', { type: 'topic' });
      for (let at = 0; at < count; at++) bench.consumer('t', { subscription: { name: `s${at}`, durable: true, shared: false } });
      const messages = 50;
      const micros = await cost(count * messages, () => bench.producer('t').send(messages, () => PLAIN));
      await bench.stop();
      return micros;
    },
  },
  {
    name: 'stream: filled, and read from the first message',
    count: 400_000,
    timesPlainMax: 2,
    measure: count => fillAndRead(count, 1),
  },
  {
    name: 'stream: a hundred readers, each from a place of its own',
    count: 4_000_000,
    timesPlainMax: 1,
    measure: count => fillAndRead(count, 100),
  },
];

/** Each of the readers has begun at another place; so many messages are delivered to all of them together. */
async function fillAndRead(deliveries: number, readers: number): Promise<number> {
  const bench = await Bench.start();
  await bench.declare('s', { type: 'stream' });
  // From places evenly apart, readers get half of the messages on the average.
  const messages = readers === 1 ? deliveries : Math.round((deliveries * 2) / (readers + 1));
  const micros = await cost(deliveries, async () => {
    await bench.producer('s').send(messages, () => PLAIN);
    const taken = Array.from({ length: readers }, (_, at) =>
      bench.consumer('s', { from: { offset: Math.floor((at * messages) / readers) } }).take(),
    );
    await Promise.all(taken);
  });
  await bench.stop();
  return micros;
}

// ---- the run

// Timers of the broker alone do not keep a process alive.
const alive = setInterval(() => {}, 1000);

const rows: { case: string; count: number; 'µs each': string; 'times plain': string; 'times a tenth as many': string; '': string }[] = [];
let failed = false;

function plain(): Promise<number> {
  return fillAndDrain(400_000 * SCALE, { type: 'queue' }, () => PLAIN);
}

await plain();
for (const each of CASES.filter(({ name }) => values.only === undefined || name.includes(values.only))) {
  process.stderr.write(`${each.name} …\n`);
  const count = Math.round(each.count * SCALE);
  // A plain queue beside each case, so that both meet the same noise.
  const base = await plain();
  const small = each.linear ? await each.measure(count / 10) : undefined;
  const micros = await each.measure(count);
  const times = micros / base;
  const growth = small === undefined ? undefined : micros / small;
  const bad = (each.timesPlainMax !== undefined && times > each.timesPlainMax) || (growth !== undefined && growth > LINEAR_MAX);
  failed ||= bad;
  rows.push({
    case: each.name,
    count,
    'µs each': micros.toFixed(2),
    'times plain': each.timesPlainMax === undefined ? '' : `${times.toFixed(2)} (at most ${each.timesPlainMax})`,
    'times a tenth as many': growth === undefined ? '' : `${growth.toFixed(2)} (at most ${LINEAR_MAX})`,
    '': bad ? 'too slow' : '',
  });
}
clearInterval(alive);
console.table(rows);
if (values.check && failed) process.exit(1);
