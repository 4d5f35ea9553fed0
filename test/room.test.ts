import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ACCEPTED, type Consumer, type ConsumerPort, type Limits, Refusal } from '@angarium/core';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { everySender, type LetterSender } from './matrix/senders.ts';

/** Of each protocol, and messages of each at once. */
const SENDERS = 2;
const AT_ONCE = 6;
const PROTOCOLS = 5;
const MESSAGES = PROTOCOLS * SENDERS * AT_ONCE;

let server: TestServer;
const senders: LetterSender[] = [];

before(async () => {
  server = await startTestServer();
  for (let at = 0; at < SENDERS; at++) senders.push(...(await everySender(server)).values());
});
after(async () => {
  for (const sender of senders) await sender[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** As far as it is looked at. */
interface Queue {
  readonly index: { readonly live: number; readonly liveBytes: number };
  stored(...given: unknown[]): void;
}

interface Watched {
  readonly queue: Queue;
  /** The most that there was at any moment, of each. */
  readonly most: { messages: number; bytes: number };
}

/** Declares a queue, and looks at it whenever a message was stored there. */
async function watched(name: string, spec: object): Promise<Watched> {
  const space = server.broker.space(undefined);
  const declared = await new Promise(done => space.declare(name, { type: 'queue', ...spec }, done));
  assert.ok(!(declared instanceof Refusal), JSON.stringify(declared));
  const { queue } = declared as { queue: Queue };
  const most = { messages: 0, bytes: 0 };
  const store = queue.stored.bind(queue);
  queue.stored = (...given) => {
    store(...given);
    most.messages = Math.max(most.messages, queue.index.live);
    most.bytes = Math.max(most.bytes, queue.index.liveBytes);
  };
  return { queue, most };
}

/** Takes one message a turn, and is done with it in the next. */
function slowConsumer(name: string): { readonly taken: number; end(): void } {
  let taken = 0;
  let ended = false;
  const port: ConsumerPort = {
    unsettled: 0,
    deliver(_message, source, token) {
      taken++;
      setImmediate(() => {
        source.settle(token, ACCEPTED);
        if (!ended) (consumer as Consumer).grant(1, false);
      });
      return undefined;
    },
    drained() {},
    end() {},
  };
  const consumer = server.broker.space(undefined).attachConsumer(name, undefined, port, {});
  assert.ok(!(consumer instanceof Refusal));
  consumer.grant(1, false);
  return {
    get taken() {
      return taken;
    },
    end() {
      ended = true;
      // After what it has been given is settled.
      setImmediate(() => (consumer as Consumer).detach(0));
    },
  };
}

/** All of them send at once; answers how many messages were not refused. */
async function race(name: string): Promise<number> {
  const letter = { body: Buffer.alloc(100, 'x'), text: true };
  const all = senders.flatMap(sender => Array.from({ length: AT_ONCE }, () => sender.send(name, letter)));
  const outcomes = await Promise.allSettled(all);
  return outcomes.filter(({ status }) => status === 'fulfilled').length;
}

const LIMITS: readonly Limits[] = [{ messagesMax: 1 }, { messagesMax: 7 }, { bytesMax: 1000 }];

function assertWithin({ messagesMax = Number.POSITIVE_INFINITY, bytesMax = Number.POSITIVE_INFINITY }: Limits, { most }: Watched): void {
  assert.ok(most.messages <= messagesMax && most.bytes <= bytesMax, `${most.messages} messages, ${most.bytes} bytes`);
}

for (const limits of LIMITS) {
  const words = JSON.stringify(limits);
  const name = (overflow: string): string => `${overflow}-${words.replaceAll(/\W/g, '')}`;

  test(`block: senders of all protocols at once, to a queue with ${words}, are taken in turn, and it never has more`, async () => {
    const queue = await watched(name('block'), { ...limits, overflow: 'block' });
    const consumer = slowConsumer(name('block'));
    assert.equal(await race(name('block')), MESSAGES);
    assertWithin(limits, queue);
    assert.ok(consumer.taken + queue.queue.index.live >= MESSAGES);
    consumer.end();
  });

  test(`reject: what is beyond ${words} is refused`, async () => {
    const queue = await watched(name('reject'), { ...limits, overflow: 'reject' });
    await race(name('reject'));
    assertWithin(limits, queue);
    assert.ok(queue.queue.index.live > 0 && queue.queue.index.live <= 7);
  });

  test(`drop-oldest: all are taken, and of ${words} the newest stay`, async () => {
    const queue = await watched(name('drop-oldest'), { ...limits, overflow: 'drop-oldest' });
    assert.equal(await race(name('drop-oldest')), MESSAGES);
    assertWithin(limits, queue);
  });
}

for (const limits of [{ messagesMax: 5 }, { bytesMax: 1000 }] satisfies Limits[]) {
  test(`an address space with ${JSON.stringify(limits)} never has more, whatever is sent to it`, async t => {
    const space = server.broker.space(undefined);
    for (const address of [...space.addresses.keys()]) space.remove(address, { force: true }, () => {});
    const name = `of-space-${Object.keys(limits)}`;
    const queue = await watched(name, {});
    t.after(() => space.limits.change({}));
    space.limits.change(limits);
    const consumer = slowConsumer(name);
    await race(name);
    assertWithin(limits, queue);
    consumer.end();
  });
}
