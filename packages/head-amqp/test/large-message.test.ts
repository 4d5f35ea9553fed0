import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { ACCEPTED, blob, dataOf, RELEASED, text, textOf } from './support/messages.ts';
import { type RawSender, RawSession } from './support/raw-session.ts';

const MEBIBYTE = 1024 * 1024;
const FRAME_PAYLOAD_BYTES = 65_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What this process, and with it the server, keeps in memory, in bytes: without what only waits to be collected. */
function memoryKept(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** What of the session's window the server has left to a sender. */
function windowLeft(session: RawSession): number {
  const flow = session.peer.flowByChannel.get(session.channel);
  const announced = flow ?? { nextIncomingId: session.begin.nextOutgoingId, incomingWindow: session.answer.incomingWindow };
  return announced.incomingWindow - ((session.nextOutgoingId - (announced.nextIncomingId ?? 0)) | 0);
}

/** Sends the frames of one message as the window allows, and lets the socket and flows come in between. */
async function sendWithinWindow(sender: RawSender, sizeBytes: number, onHeld: () => void): Promise<void> {
  const { session } = sender;
  const part = new Uint8Array(FRAME_PAYLOAD_BYTES);
  for (let sent = 0; sent < sizeBytes; sent += part.length) {
    if (windowLeft(session) <= 0) onHeld();
    while (windowLeft(session) <= 0) await session.peer.next('flow');
    const more = sent + part.length < sizeBytes;
    if (sent === 0) sender.send(part, { more });
    else sender.frame(part, { more });
    if (session.peer.socket.writableNeedDrain) await once(session.peer.socket, 'drain');
    await new Promise(resolve => setImmediate(resolve));
  }
}

describe('large messages', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off' });
  });
  after(() => server[Symbol.asyncDispose]());

  test('a message of 64 MiB on an anycast address is forwarded while it arrives: the server keeps less than 24 MiB of it', async () => {
    await using consuming = await RawSession.open(server.amqp, 'consumer');
    await using producing = await RawSession.open(server.amqp, 'producer');
    const receiver = await consuming.receiver({ address: 'large', capabilities: ['anycast'] });
    receiver.grant(1, { incomingWindow: 20 });
    const sender = await producing.sender('large');
    await sender.credit();
    let received = 0;
    const taking = (async () => {
      for (let frames = 1; ; frames++) {
        const { performative, payload } = await receiver.frame();
        received += payload.length;
        if (!performative.more) return frames;
        assert.notEqual(performative.aborted, true);
      }
    })();
    const memoryBefore = memoryKept();
    let memoryMost = 0;
    let held = 0;
    // The consumer takes nothing until the producer was asked to wait, and then a little.
    const onHeld = (): void => {
      held++;
      memoryMost = Math.max(memoryMost, memoryKept());
      consuming.flow({ incomingWindow: 100 });
    };
    await sendWithinWindow(sender, 64 * MEBIBYTE, onHeld);
    consuming.flow();
    await taking;
    consuming.disposition(0, 0, ACCEPTED);
    assert.deepEqual(await sender.outcome(0), ACCEPTED);
    assert.ok(received >= 64 * MEBIBYTE);
    assert.ok(held >= 8, `the producer was held back by the session window ${held} times`);
    const grownMebibytes = (memoryMost - memoryBefore) / MEBIBYTE;
    assert.ok(grownMebibytes < 24, `the server grew by ${grownMebibytes.toFixed(1)} MiB`);
  });

  test('a producer that sends all that its window allows at once does not lose the message', async () => {
    await using consuming = await RawSession.open(server.amqp, 'consumer');
    await using producing = await RawSession.open(server.amqp, 'producer');
    const receiver = await consuming.receiver({ address: 'burst', capabilities: ['anycast'] });
    receiver.grant(1, { incomingWindow: 1 });
    const sender = await producing.sender('burst');
    await sender.credit();
    const part = new Uint8Array(FRAME_PAYLOAD_BYTES);
    const window = producing.answer.incomingWindow;
    assert.ok(window > 10);
    for (let i = 0; i < window; i++) {
      if (i === 0) sender.send(part, { more: true });
      else sender.frame(part, { more: true });
    }
    await producing.caughtUp();
    consuming.flow({ incomingWindow: 10_000 });
    await producing.peer.next('flow', ({ incomingWindow }) => incomingWindow > 0);
    sender.frame(part, { more: false });
    const delivery = await receiver.receive();
    assert.equal(delivery.aborted, false);
    assert.equal(delivery.payload.length, (window + 1) * FRAME_PAYLOAD_BYTES);
  });

  test('[2.5.6] the window of a session grows when its frames are small', async () => {
    await using session = await RawSession.open(server.amqp);
    const sender = await session.sender('growing');
    await sender.credit();
    for (let i = 0; i < 400; i++) await sender.outcomeOf(text('small'));
    assert.ok((await session.echo()).incomingWindow > session.answer.incomingWindow);
  });

  test('[2.6.14] a producer that aborts while its consumer’s window is closed: the abort comes when it opens', async () => {
    await using consuming = await RawSession.open(server.amqp, 'consumer');
    await using producing = await RawSession.open(server.amqp, 'producer');
    const receiver = await consuming.receiver({ address: 'abort-closed', capabilities: ['anycast'] });
    receiver.grant(2, { incomingWindow: 1 });
    const sender = await producing.sender('abort-closed');
    await sender.credit();
    sender.send(new Uint8Array(1000), { more: true });
    await receiver.frame();
    sender.frame(new Uint8Array(1000), { more: true });
    sender.frame(new Uint8Array(0), { aborted: true });
    await producing.caughtUp();
    await consuming.caughtUp();
    assert.equal(consuming.nextIncomingId, 1, 'nothing beyond the window');
    consuming.flow({ incomingWindow: 10 });
    const { performative, payload } = await receiver.frame();
    assert.equal(performative.aborted, true);
    assert.equal(payload.length, 0);
    sender.send(text('next'));
    assert.equal(textOf((await receiver.receive()).payload), 'next');
  });

  test('a message that a slow consumer cannot take in bounds is given up: aborted for it, released to its producer, and the next one is whole', async () => {
    await using strict = await startTestServer({ http: 'off', amqpStreamUnsentBytesMax: 100_000 });
    await using consuming = await RawSession.open(strict.amqp, 'consumer');
    await using one = await RawSession.open(strict.amqp, 'one');
    await using other = await RawSession.open(strict.amqp, 'other');
    const receiver = await consuming.receiver({ address: 'given-up', capabilities: ['anycast'] });
    receiver.grant(10, { incomingWindow: 1 });
    const slow = await one.sender('given-up');
    await slow.credit();
    // Small messages make the window wide, in frames.
    const small = await one.sender('small');
    await small.credit();
    for (let i = 0; i < 200; i++) await small.outcomeOf(text('small'));
    const quick = await other.sender('given-up');
    await quick.credit();
    const id = slow.send(new Uint8Array(1000), { more: true });
    for (let i = 0; i < 10; i++) slow.frame(new Uint8Array(20_000), { more: true });
    assert.deepEqual(await slow.outcome(id), RELEASED);
    consuming.flow({ incomingWindow: 1000 });
    assert.equal((await receiver.receive()).aborted, true);
    // The rest of the message that was given up may not get into the next one.
    const whole = blob(100_000);
    const nextId = quick.send(whole.subarray(0, 50_000), { more: true });
    const first = await receiver.frame();
    slow.frame(new Uint8Array(5000).fill(0xee), { more: true });
    slow.frame(new Uint8Array(5000).fill(0xee), { more: false });
    await one.caughtUp();
    quick.frame(whole.subarray(50_000), { more: false });
    const parts = [first.payload];
    for (let last = first; last.performative.more; ) {
      last = await receiver.frame();
      parts.push(last.payload);
    }
    assert.deepEqual(dataOf(Buffer.concat(parts)), dataOf(whole));
    consuming.disposition(first.performative.deliveryId!, first.performative.deliveryId!, ACCEPTED);
    assert.deepEqual(await quick.outcome(nextId), ACCEPTED);
  });

  for (const type of ['queue', 'topic', 'anycast', 'multicast'] as const) {
    test(`a message of 4 MiB goes through an address of type ${type} unchanged`, async () => {
      await using consuming = await RawSession.open(server.amqp, 'consumer');
      await using producing = await RawSession.open(server.amqp, 'producer');
      const receiver = await consuming.receiver({ address: `large-${type}`, capabilities: [type] });
      receiver.grant(1);
      const sender = await producing.sender(`large-${type}`);
      await sender.credit();
      const sent = blob(4 * MEBIBYTE);
      const id = sender.sendInFrames(sent, 50_000);
      const delivery = await receiver.receive();
      assert.equal(Buffer.compare(dataOf(delivery.payload), dataOf(sent)), 0);
      receiver.settle(delivery, ACCEPTED);
      assert.deepEqual(await sender.outcome(id), ACCEPTED);
    });
  }
});

describe('consumers that do not read', () => {
  test('a consumer that does not read gets no more than the limit of unsent bytes, others go on, and it is cut off in the end', async () => {
    await using server = await startTestServer({ http: 'off', amqpUnsentBytesMax: 100_000, amqpStallTimeoutMs: 500 });
    await using stuck = await RawSession.open(server.amqp, 'stuck');
    await using quick = await RawSession.open(server.amqp, 'quick');
    await using producing = await RawSession.open(server.amqp, 'producer');
    for (const session of [stuck, quick]) {
      const receiver = await session.receiver({ address: 'all', capabilities: ['topic'] });
      receiver.grant(100_000);
      await session.caughtUp();
    }
    stuck.peer.socket.pause();
    const sender = await producing.sender('all');
    await sender.credit();
    const connection = [...server.head.connections].find(({ containerId }) => containerId === 'stuck')!;
    const body = blob(50_000);
    let most = 0;
    for (let i = 0; i < 400; i++) {
      await sender.outcomeOf(body);
      most = Math.max(most, connection.status().unsentBytes);
    }
    // One delivery may begin below the limit and end above it.
    assert.ok(most > 0 && most <= 100_000 + 65_536, `${most} bytes unsent`);
    for (let i = 0; i < 400; i++) await quick.peer.next('transfer');
    const gone = performance.now() + 5000;
    while (server.head.connections.has(connection) && performance.now() < gone) await quick.caughtUp();
    assert.equal(server.head.connections.has(connection), false);
  });

  test('a consumer that reads again gets the rest', async () => {
    await using server = await startTestServer({ http: 'off', amqpUnsentBytesMax: 100_000 });
    await using consuming = await RawSession.open(server.amqp, 'consumer');
    await using producing = await RawSession.open(server.amqp, 'producer');
    const receiver = await consuming.receiver('reads-again');
    receiver.grant(1000);
    await consuming.caughtUp();
    consuming.peer.socket.pause();
    const sender = await producing.sender('reads-again');
    await sender.credit();
    const body = blob(200_000);
    for (let i = 0; i < 60; i++) await sender.outcome(sender.sendInFrames(body, 60_000));
    consuming.peer.socket.resume();
    for (let i = 0; i < 60; i++) assert.equal(Buffer.compare(dataOf((await receiver.receive()).payload), dataOf(body)), 0);
  });
});
