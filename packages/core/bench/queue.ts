import type { ConsumerPort, DeliverySource, Producer, ProducerPort } from '../src/delivery/delivery.ts';
import { ACCEPTED } from '../src/delivery/outcome.ts';
import { emptyMessage, type Message } from '../src/message/message.ts';
import { RunningBroker } from '../test/support/running-broker.ts';

/*
 * What the core itself costs for each message: enqueue, dispatch and settle over the log in memory, whose own bookkeeping is part of the
 * figure. Turns of 100 messages, as a busy connection brings them. Run it with `node packages/core/bench/queue.ts [messages]`; compare figures
 * of one run with each other only.
 */
const MESSAGES = Number(process.argv[2] ?? 300_000);
const BATCH = 100;
const ROUNDS = 5;
const BODY_BYTES = 256;

/** Settles what it got when it is told to. */
class Taker implements ConsumerPort {
  unsettled = 0;
  readonly #tokens = new Float64Array(100_000);
  #source: DeliverySource | undefined;

  deliver(_message: Message, source: DeliverySource, token: number): undefined {
    this.#source = source;
    this.#tokens[this.unsettled++] = token;
    return undefined;
  }

  settleAll(): void {
    const { unsettled } = this;
    this.unsettled = 0;
    for (let i = 0; i < unsettled; i++) this.#source!.settle(this.#tokens[i]!, ACCEPTED);
  }

  drained(): void {}
  end(): void {}
}

const port: ProducerPort = { grant() {}, settle() {}, end() {} };

function measure(name: string, run: (messages: number) => void): void {
  run(MESSAGES / 10);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    run(MESSAGES);
    best = Math.min(best, performance.now() - start);
  }
  console.log(`${name.padEnd(44)} ${((best * 1e6) / MESSAGES).toFixed(0).padStart(6)} ns per message`);
}

function setUp(
  address: 'q' | 't' | 'a',
  consumers: number,
): { running: RunningBroker; takers: Taker[]; send: (messages: number) => void; durable: (on: boolean) => void } {
  const running = new RunningBroker();
  running.declare('q', { type: 'queue' });
  running.declare('t', { type: 'topic' });
  running.declare('a', { type: 'anycast' });
  const message = { ...emptyMessage(), bytes: new Uint8Array(BODY_BYTES), end: BODY_BYTES };
  const takers = Array.from({ length: consumers }, () => {
    const taker = new Taker();
    const link = running.space.attachConsumer(address, undefined, taker, {});
    if ('grant' in link) link.grant(1e9, false);
    return taker;
  });
  const producer = running.space.attachProducer(address, undefined, port) as Producer;
  return {
    running,
    takers,
    send: messages => {
      for (let i = 0; i < messages; i++) producer.send(message, i);
    },
    durable: on => {
      message.durable = on;
    },
  };
}

function flow(address: 'q' | 't' | 'a', consumers: number, durable: boolean): (messages: number) => void {
  const setup = setUp(address, consumers);
  setup.durable(durable);
  return messages => {
    for (let sent = 0; sent < messages; sent += BATCH) {
      setup.send(BATCH);
      setup.running.run();
      for (const taker of setup.takers) taker.settleAll();
      setup.running.run();
    }
  };
}

measure('queue, volatile, one consumer', flow('q', 1, false));
measure('queue, durable, one consumer', flow('q', 1, true));
measure('queue, durable, ten consumers', flow('q', 10, true));
measure('topic, durable, ten private subscriptions', flow('t', 10, true));
measure('anycast, one consumer', flow('a', 1, false));
measure('anycast, ten consumers', flow('a', 10, false));

// What the log in memory takes of the figures above: one record a message.
const log = setUp('q', 0).running.log;
measure('the log in memory alone', messages => {
  for (let i = 0; i < messages; i++) {
    const position = log.append(1, BODY_BYTES);
    log.retain(position, BODY_BYTES);
    log.view(position);
    log.release(position, BODY_BYTES);
    if (i % BATCH === 0) log.makeDurable();
  }
});

// All that is sent waits first, and is taken then.
const deep = setUp('q', 0);
deep.durable(true);
let start = performance.now();
deep.send(MESSAGES);
deep.running.run();
console.log(
  `${'enqueue, durable, nobody consumes'.padEnd(44)} ${(((performance.now() - start) * 1e6) / MESSAGES).toFixed(0).padStart(6)} ns per message`,
);
const taker = new Taker();
const link = deep.running.space.attachConsumer('q', undefined, taker, {});
start = performance.now();
for (let taken = 0; 'grant' in link && taken < MESSAGES; taken += BATCH) {
  link.grant(BATCH, false);
  deep.running.run();
  taker.settleAll();
}
deep.running.run();
console.log(
  `${'dispatch and settle of a deep queue'.padEnd(44)} ${(((performance.now() - start) * 1e6) / MESSAGES).toFixed(0).padStart(6)} ns per message`,
);
