import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { ACCEPTED, text } from './support/messages.ts';
import { RawPeer } from './support/raw-peer.ts';
import { RawSession } from './support/raw-session.ts';

const SERVER_TIMEOUT_MS = 1000;

describe('idle time-out (part 2, section 2.4.5)', { concurrency: true }, () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off', amqpIdleTimeoutMs: SERVER_TIMEOUT_MS });
  });
  after(() => server[Symbol.asyncDispose]());

  test('[2.4.5] the server announces half of the time after which it closes', async () => {
    await using peer = await RawPeer.connect(server.amqp);
    peer.sendHeader();
    peer.write({ kind: 'open', containerId: 'raw-peer' });
    assert.equal((await peer.next('open')).idleTimeOutMs, SERVER_TIMEOUT_MS / 2);
  });

  test('[2.4.5] a peer that is silent for too long is closed with amqp:resource-limit-exceeded', async () => {
    await using peer = await RawPeer.open(server.amqp);
    const since = performance.now();
    const { error } = await peer.next('close');
    assert.equal(error?.condition, 'amqp:resource-limit-exceeded');
    assert.ok(performance.now() - since >= SERVER_TIMEOUT_MS - 50, 'not too early');
  });

  test('[2.4.5] a peer that sends empty frames is not', async () => {
    await using peer = await RawPeer.open(server.amqp);
    await using witness = await RawPeer.open(server.amqp);
    const beating = setInterval(() => peer.send(Uint8Array.of(0, 0, 0, 8, 2, 0, 0, 0)), SERVER_TIMEOUT_MS / 4);
    try {
      // The other one says nothing, and goes: this one had as much time to go.
      await witness.next('close');
    } finally {
      clearInterval(beating);
    }
    await peer.close();
  });

  test('a peer that is held back for a rate of its address space is not taken for silent', async () => {
    await using held = await startTestServer({ http: 'off', amqpIdleTimeoutMs: SERVER_TIMEOUT_MS });
    held.broker.space(undefined).limits.change({ messagesPerSecondMax: 10 });
    await using session = await RawSession.open(held.amqp);
    const sender = await session.sender('held');
    await sender.credit();
    // In one chunk: a debt of two seconds is made at once, while the peer has said all that it has to say.
    session.peer.socket.cork();
    const sent = Array.from({ length: 20 }, () => sender.send(text('x')));
    session.peer.socket.uncork();
    for (const deliveryId of sent) assert.deepEqual(await sender.outcome(deliveryId), ACCEPTED);
    // It is read after the debt, and what was a heartbeat by its time too.
    await session.end();
    await session.peer.close();
  });

  for (const idleTimeOutMs of [1000, 2000]) {
    test(`[2.4.5] a peer that wants a frame every ${idleTimeOutMs} ms gets one`, async () => {
      await using quiet = await startTestServer({ http: 'off' });
      await using peer = await RawPeer.open(quiet.amqp, { idleTimeOutMs });
      let last = performance.now();
      for (let beat = 0; beat < 3; beat++) {
        await peer.until('an empty frame', received => received.type === 'heartbeat');
        const now = performance.now();
        assert.ok(now - last < idleTimeOutMs, `${Math.round(now - last)} ms without a frame`);
        last = now;
      }
    });
  }

  test('[2.4.5] an idle-time-out that the server cannot keep is refused with an error', async () => {
    await using peer = await RawPeer.connect(server.amqp);
    peer.sendHeader();
    peer.write({ kind: 'open', containerId: 'raw-peer', idleTimeOutMs: 20 });
    const { error } = await peer.next('close');
    assert.equal(error?.condition, 'amqp:resource-limit-exceeded');
    assert.match(error?.description ?? '', /20 ms/);
  });

  test('[2.4.5] a peer that wants none gets none', async () => {
    await using quiet = await startTestServer({ http: 'off' });
    const session = await RawSession.open(quiet.amqp);
    await using _ = session;
    await using beaten = await RawPeer.open(quiet.amqp, { idleTimeOutMs: 1000 });
    for (let beat = 0; beat < 2; beat++) await beaten.until('an empty frame', received => received.type === 'heartbeat');
    await session.caughtUp();
    assert.deepEqual(
      session.peer.received.filter(({ type }) => type === 'heartbeat'),
      [],
    );
  });
});
