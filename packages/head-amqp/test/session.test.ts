import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { ACCEPTED, text, textOf } from './support/messages.ts';
import { RawPeer } from './support/raw-peer.ts';
import { RawSession } from './support/raw-session.ts';

describe('sessions (part 2, section 2.5)', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off', amqpIncomingWindowFrames: 10 });
  });
  after(() => server[Symbol.asyncDispose]());

  test('[2.7.2] begin is answered on a channel with remote-channel, windows and handle-max', async () => {
    await using session = await RawSession.open(server.amqp);
    assert.equal(session.answer.remoteChannel, 0);
    assert.equal(session.answer.incomingWindow, 10);
    assert.equal(session.answer.handleMax, 65_535);
  });

  test('[2.5.1] a connection has as many sessions as it begins, each with its own handles and ids', async () => {
    await using peer = await RawPeer.open(server.amqp);
    const sessions = await Promise.all([0, 7, 255].map(channel => RawSession.begin(peer, {}, channel)));
    for (const session of sessions) assert.equal(session.answer.remoteChannel, session.channel);
    const senders = await Promise.all(sessions.map(session => session.sender(`of-${session.channel}`)));
    for (const sender of senders) {
      assert.equal(sender.handle, 0);
      await sender.credit();
      assert.deepEqual(await sender.outcomeOf(text(`over ${sender.session.channel}`)), ACCEPTED);
    }
    for (const session of sessions) {
      const receiver = await session.receiver(`of-${session.channel}`);
      receiver.grant(1);
      const delivery = await receiver.receive();
      assert.equal(delivery.deliveryId, 0);
      assert.equal(textOf(delivery.payload), `over ${session.channel}`);
    }
  });

  test('[2.5.1] a channel that has a session cannot begin another', async () => {
    await using session = await RawSession.open(server.amqp);
    session.peer.write({ kind: 'begin', nextOutgoingId: 0, incomingWindow: 1, outgoingWindow: 1 });
    assert.equal((await session.peer.next('close')).error?.condition, 'amqp:not-allowed');
  });

  test('[2.5.1] a begin with remote-channel answers nothing that the server has begun, and is refused', async () => {
    await using peer = await RawPeer.open(server.amqp);
    peer.write({ kind: 'begin', remoteChannel: 3, nextOutgoingId: 0, incomingWindow: 1, outgoingWindow: 1 });
    assert.equal((await peer.next('close')).error?.condition, 'amqp:not-allowed');
  });

  test('[2.5.2] a frame on a channel without a session closes the connection', async () => {
    await using peer = await RawPeer.open(server.amqp);
    peer.write({ kind: 'flow', incomingWindow: 1, nextOutgoingId: 0, outgoingWindow: 1 }, 5);
    assert.equal((await peer.next('close')).error?.condition, 'amqp:not-allowed');
  });

  test('[2.5.3] end is answered with end, and the channel can begin again', async () => {
    await using session = await RawSession.open(server.amqp);
    await session.sender('before-end');
    await session.end();
    const again = await RawSession.begin(session.peer);
    const sender = await again.sender('after-end');
    await sender.credit();
    assert.deepEqual(await sender.outcomeOf(text('again')), ACCEPTED);
  });

  test('[2.5.3] end releases what the session had, and other sessions go on', async () => {
    await using peer = await RawPeer.open(server.amqp);
    const ending = await RawSession.begin(peer, {}, 1);
    const staying = await RawSession.begin(peer, {}, 2);
    const sender = await staying.sender('released-by-end');
    await sender.credit();
    await sender.outcomeOf(text('handed back'));
    const first = await ending.receiver('released-by-end');
    first.grant(1);
    await first.receive();
    await ending.end();
    const second = await staying.receiver('released-by-end');
    second.grant(1);
    assert.equal(textOf((await second.receive()).payload), 'handed back');
  });

  test('[2.5.4] after an error end what was on its way is passed over until the peer has ended too, and the channel can begin again', async () => {
    await using session = await RawSession.open(server.amqp);
    session.flow({ handle: 9, linkCredit: 1, deliveryCount: 0 });
    session.flow({ handle: 9, linkCredit: 1, deliveryCount: 0 });
    session.attach({ name: 'late', handle: 0, role: 'receiver', source: { address: 'late' } });
    assert.equal((await session.endError()).condition, 'amqp:session:unattached-handle');
    session.peer.write({ kind: 'end' });
    const again = await RawSession.begin(session.peer);
    await again.caughtUp();
    assert.equal(session.peer.unread('attach').length, 0);
    assert.equal(session.peer.unread('end').length, 0);
  });

  describe('handles (part 2, section 2.6.2)', () => {
    test('[2.6.2] a handle that has a link cannot get another: amqp:session:handle-in-use', async () => {
      await using session = await RawSession.open(server.amqp);
      await session.sender('one', { handle: 4 });
      session.attach({ name: 'other', handle: 4, role: 'receiver', source: { address: 'one' } });
      assert.equal((await session.endError()).condition, 'amqp:session:handle-in-use');
    });

    test('[2.7.3] a handle beyond handle-max closes the connection', async () => {
      await using session = await RawSession.open(server.amqp);
      session.attach({ name: 'far', handle: 65_536, role: 'receiver', source: { address: 'far' } });
      assert.equal((await session.peer.next('close')).error?.condition, 'amqp:connection:framing-error');
    });

    test('[2.7.3] the highest handle is taken', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('highest', { handle: 65_535 });
      await sender.credit();
      assert.deepEqual(await sender.outcomeOf(text('far out')), ACCEPTED);
    });

    for (const [what, use] of [
      ['a transfer', session => session.peer.transfer({ handle: 3, deliveryId: 0, deliveryTag: Uint8Array.of(1) }, text('lost'))],
      ['a flow', session => session.flow({ handle: 3, linkCredit: 1, deliveryCount: 0 })],
      ['a detach', session => session.peer.write({ kind: 'detach', handle: 3 })],
    ] as const satisfies readonly (readonly [string, (session: RawSession) => void])[]) {
      test(`[2.8.17] ${what} at a handle without a link ends the session with amqp:session:unattached-handle`, async () => {
        await using session = await RawSession.open(server.amqp);
        use(session);
        assert.equal((await session.endError()).condition, 'amqp:session:unattached-handle');
      });
    }

    test('[2.6.1] a transfer on a link on which the server sends ends the session', async () => {
      await using session = await RawSession.open(server.amqp);
      const receiver = await session.receiver('wrong-way');
      session.peer.transfer({ handle: receiver.handle, deliveryId: 0, deliveryTag: Uint8Array.of(1) }, text('wrong'));
      assert.equal((await session.endError()).condition, 'amqp:not-allowed');
    });
  });

  describe('windows (part 2, section 2.5.6)', () => {
    test('[2.5.6] a flow that asks for an echo gets one with the server’s state', async () => {
      await using session = await RawSession.open(server.amqp);
      const flow = await session.echo();
      assert.equal(flow.nextIncomingId, 0);
      assert.equal(flow.nextOutgoingId, 0);
      assert.equal(flow.incomingWindow, 10);
      assert.notEqual(flow.echo, true);
    });

    test('[2.5.6] a flow that does not ask gets none', async () => {
      await using session = await RawSession.open(server.amqp);
      session.flow();
      session.flow();
      await session.caughtUp();
      assert.equal(session.peer.unread('flow').length, 0);
    });

    test('[2.5.6] more transfers than the incoming window end the session with amqp:session:window-violation', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('window');
      await sender.credit();
      await session.caughtUp();
      // Sent together, so that no flow can come between: 10 fit, the eleventh does not.
      session.peer.socket.cork();
      for (let i = 0; i < 11; i++) sender.send(text(`${i}`), { settled: true });
      session.peer.socket.uncork();
      assert.equal((await session.endError()).condition, 'amqp:session:window-violation');
    });

    test('[2.5.6] as many transfers as the incoming window are taken, and the window opens again', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('full-window');
      await sender.credit();
      await session.caughtUp();
      for (let round = 0; round < 3; round++) {
        session.peer.socket.cork();
        for (let i = 0; i < 10; i++) sender.send(text(`${i}`), { settled: true });
        session.peer.socket.uncork();
        const flow = await session.echo();
        assert.equal(flow.incomingWindow, 10);
        assert.equal(flow.nextIncomingId, 10 * (round + 1));
      }
    });

    test('[2.5.6] the window opens by itself before it is used up', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('half-window');
      await sender.credit();
      for (let i = 0; i < 5; i++) sender.send(text(`${i}`), { settled: true });
      const flow = await session.peer.next('flow', ({ nextIncomingId }) => nextIncomingId === 5);
      assert.equal(flow.incomingWindow, 10);
    });

    test('[2.5.6] a window of one frame opens again after each', async () => {
      await using narrow = await startTestServer({ http: 'off', amqpIncomingWindowFrames: 1 });
      await using session = await RawSession.open(narrow.amqp);
      const sender = await session.sender('narrow');
      await sender.credit();
      for (let i = 1; i < 5; i++) {
        sender.send(text(`${i}`), { settled: true });
        const flow = await session.peer.next('flow', ({ nextIncomingId }) => nextIncomingId === i);
        assert.equal(flow.incomingWindow, 1);
      }
    });

    test('[2.5.6] next-incoming-id wraps around at 2^32', async () => {
      await using peer = await RawPeer.open(server.amqp);
      const session = await RawSession.begin(peer, { nextOutgoingId: 0xffff_fffe });
      const sender = await session.sender('incoming-wrap');
      await sender.credit();
      for (let i = 0; i < 30; i++) {
        const id = sender.send(text(`${i}`));
        assert.equal(id, (0xffff_fffe + i) >>> 0);
        assert.deepEqual(await sender.outcome(id), ACCEPTED);
      }
      assert.equal((await session.echo()).nextIncomingId, 28);
    });

    test('[2.5.6] the peer’s incoming window is honoured exactly, for whole messages', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('outgoing-window');
      await sender.credit();
      for (let i = 0; i < 5; i++) await sender.outcomeOf(text(`${i}`));
      const peer = await RawPeer.open(server.amqp);
      const small = await RawSession.begin(peer, { incomingWindow: 2 });
      await using _ = small;
      const receiver = await small.receiver('outgoing-window');
      receiver.grant(5, { incomingWindow: 2 });
      await small.echo({ incomingWindow: 2 });
      assert.equal(small.nextIncomingId, 2);
      await small.echo({ incomingWindow: 0 });
      assert.equal(small.nextIncomingId, 2);
      await small.echo({ incomingWindow: 1 });
      await small.echo({ incomingWindow: 0 });
      assert.equal(small.nextIncomingId, 3);
      await small.echo({ incomingWindow: 100 });
      for (let i = 0; i < 5; i++) assert.equal(textOf((await receiver.receive()).payload), `${i}`);
    });

    test('[2.5.6] the peer’s incoming window is honoured exactly, in the middle of a message', async () => {
      const peer = await RawPeer.open(server.amqp, { maxFrameSize: 512 });
      const small = await RawSession.begin(peer, { incomingWindow: 1 });
      await using _ = small;
      const sender = await small.sender('window-in-message');
      await sender.credit();
      const body = 'x'.repeat(3000);
      await sender.outcomeOf(text(body));
      await sender.outcomeOf(text('next'));
      const receiver = await small.receiver('window-in-message');
      receiver.grant(2, { incomingWindow: 1 });
      await small.echo({ incomingWindow: 1, nextIncomingId: 0 });
      assert.equal(small.nextIncomingId, 1);
      for (let frames = 2; frames < 5; frames++) {
        await small.echo({ incomingWindow: 1 });
        await small.echo({ incomingWindow: 0 });
        assert.equal(small.nextIncomingId, frames);
      }
      await small.echo({ incomingWindow: 100 });
      assert.equal(textOf((await receiver.receive()).payload), body);
      assert.equal(textOf((await receiver.receive()).payload), 'next');
    });

    test('[2.5.6] a flow that was sent before the peer saw what is on its way counts from its next-incoming-id', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('crossing-flows');
      await sender.credit();
      for (let i = 0; i < 6; i++) await sender.outcomeOf(text(`${i}`));
      const peer = await RawPeer.open(server.amqp);
      const late = await RawSession.begin(peer, { incomingWindow: 3 });
      await using _ = late;
      const receiver = await late.receiver('crossing-flows');
      receiver.grant(6, { incomingWindow: 3 });
      await late.echo({ incomingWindow: 3, nextIncomingId: 0 });
      assert.equal(late.nextIncomingId, 3);
      // Says four from id 0 on, of which three are used.
      await late.echo({ incomingWindow: 4, nextIncomingId: 0 });
      await late.echo({ incomingWindow: 4, nextIncomingId: 0 });
      assert.equal(late.nextIncomingId, 4);
    });

    for (const incomingWindow of [0x7fff_ffff, 0x8000_0000, 0xffff_ffff]) {
      test(`[2.5.6] an incoming window of ${incomingWindow} is a large one`, async () => {
        const peer = await RawPeer.open(server.amqp);
        const wide = await RawSession.begin(peer, { incomingWindow });
        await using _ = wide;
        const sender = await wide.sender('wide-window');
        await sender.credit();
        const receiver = await wide.receiver('wide-window');
        receiver.grant(10, { incomingWindow });
        for (let i = 0; i < 3; i++) {
          await sender.outcomeOf(text(`${i}`));
          const delivery = await receiver.receive();
          assert.equal(textOf(delivery.payload), `${i}`);
          receiver.settle(delivery, ACCEPTED);
          wide.flow({ incomingWindow });
        }
        await wide.echo({ incomingWindow });
      });
    }
  });
});
