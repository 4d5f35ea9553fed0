import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { listening, unusedPort } from '@angarium/testkit';
import type { Delivery } from 'rhea';
import { type LoadOptions, type LoadSnapshot, runLoad } from '../src/index.ts';
import { SmallRouter } from './small-router.ts';

function options(port: number, more: Partial<LoadOptions>): LoadOptions {
  return {
    host: '127.0.0.1',
    port,
    address: 'bench',
    mode: 'flow',
    senders: 1,
    receivers: 1,
    sizeBytes: 100,
    settled: false,
    durable: false,
    credit: 100,
    window: 100,
    latency: false,
    stallSeconds: 2,
    ...more,
  };
}

test('flow sends a count of settled messages, and every one of them is received', async () => {
  await using router = await SmallRouter.start();
  const result = await runLoad(options(router.port, { settled: true, count: 2000 }));
  assert.deepEqual(result.errors, []);
  assert.deepEqual([result.sent, result.received, result.acknowledged, result.lost], [2000, 2000, 0, 0]);
  assert.ok(result.receiveRate > 0 && result.bytesPerSecond > 0);
});

test('flow over several senders and receivers gets an outcome for every unsettled message', async () => {
  await using router = await SmallRouter.start();
  const result = await runLoad(options(router.port, { count: 1500, senders: 3, receivers: 2, durable: true, latency: true }));
  assert.deepEqual(result.errors, []);
  assert.deepEqual([result.sent, result.received, result.acknowledged, result.lost], [1500, 1500, 1500, 0]);
  assert.equal(result.latencyUs?.samples, 1500);
  assert.ok(result.latencyUs.p50 > 0 && result.latencyUs.p50 <= result.latencyUs.p99 && result.latencyUs.p99 <= result.latencyUs.max);
});

test('flow by time measures between the two edges, after the warm-up', async () => {
  await using router = await SmallRouter.start();
  const edges: string[] = [];
  const result = await runLoad(options(router.port, { seconds: 0.3, warmUpSeconds: 0.1, onMeasure: edge => edges.push(edge) }));
  assert.deepEqual(result.errors, []);
  assert.deepEqual(edges, ['begin', 'end']);
  assert.ok(result.seconds >= 0.29 && result.seconds < 1, `${result.seconds} s`);
  assert.equal(result.lost, 0);
});

test('a multicast address is expected to give every receiver a copy', async () => {
  await using router = await SmallRouter.start({ multicast: true });
  const result = await runLoad(options(router.port, { settled: true, count: 300, receivers: 4, capability: 'multicast' }));
  assert.deepEqual(result.errors, []);
  assert.deepEqual([result.sent, result.received, result.lost], [300, 1200, 0]);
});

test('messages that were accepted and never came are lost', async () => {
  await using router = await SmallRouter.start({ dropEvery: 10 });
  const result = await runLoad(options(router.port, { count: 100, stallSeconds: 0.2 }));
  assert.equal(result.lost, 10);
});

test('[AMQP-2.6.14] a message larger than the server’s frames goes in several transfers', async () => {
  await using router = await SmallRouter.start({ frameSizeBytesMax: 1024 });
  const result = await runLoad(options(router.port, { count: 20, sizeBytes: 10_003, latency: true }));
  assert.deepEqual(result.errors, []);
  assert.deepEqual([result.received, result.acknowledged], [20, 20]);
  assert.equal(result.latencyUs?.samples, 20);
  assert.deepEqual([...new Set(router.bodySizes)], [10_003]);
});

test('fill waits for the last acknowledgement, and drain for the last message', async () => {
  await using router = await SmallRouter.start({ store: true });
  const filled = await runLoad(options(router.port, { mode: 'fill', count: 1000, latency: true }));
  assert.deepEqual(filled.errors, []);
  assert.deepEqual([filled.sent, filled.acknowledged, filled.latencyUs?.samples], [1000, 1000, 1000]);
  const drained = await runLoad(options(router.port, { mode: 'drain', count: 1000 }));
  assert.deepEqual(drained.errors, []);
  assert.equal(drained.received, 1000);
});

test('every delivery is settled and every session ended before the connection is closed', async () => {
  const heard: string[] = [];
  let accepted = 0;
  await using router = await SmallRouter.start({
    store: true,
    prepare: container => {
      container.on('accepted', () => accepted++);
      container.on('session_close', () => heard.push('end'));
      container.on('connection_close', () => heard.push('close'));
    },
  });
  await runLoad(options(router.port, { count: 777 }));
  assert.equal(accepted, 777);
  assert.deepEqual(heard.toSorted(), ['close', 'close', 'end', 'end']);
  assert.equal(heard[0], 'end');
});

test('ping measures round trips, one at a time', async () => {
  await using router = await SmallRouter.start();
  const result = await runLoad(options(router.port, { mode: 'ping', count: 50 }));
  assert.deepEqual(result.errors, []);
  assert.equal(result.latencyUs?.samples, 50);
  assert.ok(result.latencyUs.p50 > 1 && result.latencyUs.p50 < 1e6);
});

test('idle opens its connections and links, and holds them for its time', async () => {
  await using router = await SmallRouter.start();
  const result = await runLoad(options(router.port, { mode: 'idle', idleConnections: 5, linksPerConnection: 7, seconds: 0.05 }));
  assert.deepEqual(result.errors, []);
  assert.deepEqual([result.idle?.connections, result.idle?.links], [5, 35]);
});

test('a rate bounds all senders together', async () => {
  await using router = await SmallRouter.start();
  const result = await runLoad(options(router.port, { ratePerSecond: 400, senders: 2, seconds: 0.5, warmUpSeconds: 0, latency: true }));
  assert.deepEqual(result.errors, []);
  assert.ok(result.sent >= 100 && result.sent <= 210, `${result.sent} messages in 0.5 s at 400/s`);
});

test('a bound on what is under way holds senders back', async () => {
  await using router = await SmallRouter.start({ store: true });
  let most = 0;
  const onProgress = (snapshot: LoadSnapshot): void => {
    most = Math.max(most, snapshot.sent - snapshot.received);
  };
  const result = await runLoad(options(router.port, { seconds: 1.2, warmUpSeconds: 0, underWayMax: 7, window: 1000, onProgress }));
  assert.deepEqual(result.errors, []);
  assert.ok(result.received > 0 && most <= 7, `${most} under way`);
});

for (const [outcome, answer, errors] of [
  [
    'rejected',
    (delivery: Delivery) => delivery.reject({ condition: 'amqp:precondition-failed', description: 'not this' }),
    ['sender 1: the server rejected messages: amqp:precondition-failed: not this'],
  ],
  ['released', (delivery: Delivery) => delivery.release(), []],
  ['modified', (delivery: Delivery) => delivery.modified({ delivery_failed: true, undeliverable_here: false }), []],
] as const) {
  test(`[AMQP-3.4] ${outcome} messages are counted apart from the accepted ones`, async () => {
    await using router = await SmallRouter.start({ outcome: answer });
    const result = await runLoad(options(router.port, { mode: 'fill', count: 300 }));
    assert.deepEqual(result.refused, { rejected: 0, released: 0, modified: 0, [outcome]: 300 });
    assert.equal(result.acknowledged, 0);
    assert.deepEqual(result.errors, errors);
  });
}

test('a user is authenticated by PLAIN, and a wrong password is an error in words', async () => {
  await using router = await SmallRouter.start({ password: 'good' });
  const right = await runLoad(options(router.port, { count: 10, user: 'u', password: 'good' }));
  assert.deepEqual([right.errors, right.received], [[], 10]);
  const wrong = await runLoad(options(router.port, { count: 10, user: 'u', password: 'bad' }));
  assert.match(wrong.errors[0]!, /refused to authenticate us \(SASL outcome 1\)/);
});

test('a server that closes the connection is reported with its condition and description', async () => {
  await using router = await SmallRouter.start({
    prepare: container => {
      container.on('message', ({ connection }) => connection.close({ condition: 'amqp:connection:forced', description: 'going down' }));
    },
  });
  const result = await runLoad(options(router.port, { count: 1000 }));
  assert.match(result.errors[0]!, /sender 1: the server closed the connection: amqp:connection:forced: going down/);
});

test('[AMQP-2.6.3] a refused link is reported with its reason', async () => {
  await using router = await SmallRouter.start({
    prepare: container => {
      container.on('receiver_open', ({ receiver }) => {
        receiver!.set_target(null as never);
        receiver!.close({ condition: 'amqp:not-found', description: 'no such address' });
      });
    },
  });
  const result = await runLoad(options(router.port, { count: 1 }));
  assert.match(result.errors[0]!, /sender 1: the server detached the link to 'bench': amqp:not-found: no such address/);
});

test('a sender without credit ends with the stall limit, and says so', async () => {
  await using router = await SmallRouter.start({ credit: 0 });
  const result = await runLoad(options(router.port, { count: 10, stallSeconds: 0.2 }));
  assert.match(result.errors[0]!, /nothing moved for 0.2 s: receiver 1 waits for deliveries; sender 1 has no credit/);
});

test('nobody listening is an error in words', async () => {
  const result = await runLoad(options(await unusedPort(), { count: 1 }));
  assert.match(result.errors[0]!, /receiver 1: 127\.0\.0\.1:\d+: connect ECONNREFUSED/);
});

for (const [what, answer, words] of [
  ['says nothing', '', /1 of 1 connections were not attached within 0.2 s/],
  ['speaks another protocol', 'HTTP/1.1 400 Bad Request\r\n\r\n', /what is not AMQP 1.0: the header 485454502f312e31/],
  ['sends a frame of 4 GiB', 'AMQP\x03\x01\x00\x00\xff\xff\xff\xff\x02\x01\x00\x00', /a frame of 4294967295 bytes/],
] as const) {
  test(`a server that ${what} is an error in words`, async () => {
    const server = createServer(socket => {
      socket.on('error', () => {});
      if (answer !== '') socket.write(answer, 'latin1');
      socket.resume();
    });
    await using there = await listening(server);
    const result = await runLoad(options(there.port, { count: 1, stallSeconds: 0.2 }));
    assert.match(result.errors[0]!, words);
  });
}

test('an abort ends the run with the figures up to then', async () => {
  await using router = await SmallRouter.start();
  const abort = new AbortController();
  const run = runLoad(
    options(router.port, { seconds: 60, warmUpSeconds: 0, signal: abort.signal, onMeasure: () => setTimeout(() => abort.abort(), 100) }),
  );
  const result = await run;
  assert.deepEqual(result.errors, []);
  assert.ok(result.seconds < 5 && result.sent > 0);
});

test('options that make no sense are thrown, and name the option', async () => {
  await assert.rejects(runLoad(options(1, {})), /flow needs seconds or count/);
  await assert.rejects(runLoad(options(1, { mode: 'drain' })), /drain needs count/);
  await assert.rejects(runLoad(options(1, { count: 1, credit: 0 })), /credit must be 1 or more/);
  await assert.rejects(runLoad(options(1, { count: 1, latency: true, sizeBytes: 7 })), /sizeBytes must be 8 or more/);
  await assert.rejects(runLoad(options(1, { count: 1, ratePerSecond: 0 })), /ratePerSecond must be above 0/);
});
