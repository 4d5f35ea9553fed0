import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { decodeMessage, FRAME_TYPE_SASL, type Open } from '@angarium/codec-amqp';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { blob, dataOf, text, textOf } from './support/messages.ts';
import { frameBytes, RawPeer } from './support/raw-peer.ts';
import { RawSession } from './support/raw-session.ts';

describe('connections (part 2, section 2.4)', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off' });
  });
  after(() => server[Symbol.asyncDispose]());

  /** The condition with which the server closes. */
  async function closeCondition(peer: RawPeer): Promise<string | undefined> {
    const { error } = await peer.next('close');
    peer.write({ kind: 'close' });
    await peer.ended();
    return error?.condition;
  }

  /** Opens and answers both the peer and the server's open. */
  async function opened(open: Partial<Open> = {}): Promise<[RawPeer, Open]> {
    const peer = await RawPeer.connect(server.amqp);
    peer.sendHeader();
    peer.write({ kind: 'open', containerId: 'raw-peer', ...open });
    return [peer, await peer.next('open')];
  }

  describe('open (part 2, section 2.7.1)', () => {
    test('[2.7.1] the answer says who the server is, and its limits', async () => {
      const [peer, open] = await opened();
      await using _ = peer;
      assert.equal(open.containerId, server.containerId);
      assert.equal(open.maxFrameSize, 65_536);
      assert.equal(open.channelMax, 255);
      assert.equal(open.idleTimeOutMs, 30_000);
      assert.deepEqual(open.offeredCapabilities, [
        'ANONYMOUS-RELAY',
        'DELAYED_DELIVERY',
        'SHARED-SUBS',
        'sole-connection-for-container',
        'angarium:will',
      ]);
      assert.equal(open.properties?.get('product'), 'angarium');
    });

    test('[2.4.1] header, open, begin, attach and transfer may be sent before anything was answered', async () => {
      await using peer = await RawPeer.connect(server.amqp);
      peer.sendHeader();
      peer.write({ kind: 'open', containerId: 'hasty' });
      peer.write({ kind: 'begin', nextOutgoingId: 0, incomingWindow: 10, outgoingWindow: 10 });
      peer.write({ kind: 'attach', name: 'in', handle: 0, role: 'receiver', source: { address: 'hasty-queue' } });
      peer.write({ kind: 'flow', incomingWindow: 10, nextOutgoingId: 0, outgoingWindow: 10, handle: 0, linkCredit: 1 });
      await peer.next('attach');
      await peer.next('open');
      await peer.next('begin');
      const session = await RawSession.open(server.amqp);
      await using _ = session;
      const sender = await session.sender('hasty-queue');
      await sender.credit();
      sender.send(text('at once'));
      assert.equal((await peer.next('transfer')).handle, 0);
    });

    test('[2.4.1] the first frame has to be open', async () => {
      await using peer = await RawPeer.connect(server.amqp);
      peer.sendHeader();
      peer.write({ kind: 'begin', nextOutgoingId: 0, incomingWindow: 10, outgoingWindow: 10 });
      await peer.next('open');
      assert.equal(await closeCondition(peer), 'amqp:not-allowed');
    });

    test('[2.4.1] a second open closes the connection', async () => {
      const [peer] = await opened();
      await using _ = peer;
      peer.write({ kind: 'open', containerId: 'again' });
      assert.equal(await closeCondition(peer), 'amqp:not-allowed');
    });

    test('[2.7.1] a max-frame-size below 512 is refused', async () => {
      const [peer] = await opened({ maxFrameSize: 511 });
      await using _ = peer;
      assert.equal(await closeCondition(peer), 'amqp:invalid-field');
    });

    test('[2.7.1] no frame to a peer is larger than its max-frame-size', async () => {
      for (const maxFrameSize of [512, 513, 700]) {
        const peer = await RawPeer.open(server.amqp, { maxFrameSize });
        const session = await RawSession.begin(peer);
        await using _ = session;
        const sender = await session.sender('small-frames');
        await sender.credit();
        const sent = blob(5000);
        await sender.outcomeOf(sent);
        const receiver = await session.receiver('small-frames');
        receiver.grant(1);
        const { payload, frames, deliveryId } = await receiver.receive();
        assert.deepEqual(dataOf(payload), dataOf(sent));
        for (const { frameBytes } of frames) assert.ok(frameBytes <= maxFrameSize, `${frameBytes}`);
        assert.ok(frames.length <= Math.ceil(5000 / (maxFrameSize - 64)), `${frames.length} frames are more than need be`);
        session.disposition(deliveryId, deliveryId, { kind: 'accepted' });
        await session.caughtUp();
      }
    });

    test('[2.7.1] a frame that is larger than the server takes closes the connection', async () => {
      const [peer] = await opened();
      await using _ = peer;
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setUint32(0, 65_537);
      bytes[4] = 2;
      peer.send(bytes);
      assert.equal(await closeCondition(peer), 'amqp:connection:framing-error');
    });

    test('[2.7.1] a channel beyond channel-max closes the connection', async () => {
      const [peer] = await opened();
      await using _ = peer;
      peer.write({ kind: 'begin', nextOutgoingId: 0, incomingWindow: 10, outgoingWindow: 10 }, 256);
      assert.equal(await closeCondition(peer), 'amqp:connection:framing-error');
    });

    test('[2.7.1] a hostname that is no address space leads to the default one', async () => {
      const [peer] = await opened({ hostname: 'broker.example' });
      await using _ = peer;
      await peer.close();
    });

    test('[2.4.1] an open without container-id is refused', async () => {
      await using peer = await RawPeer.connect(server.amqp);
      peer.sendHeader();
      // size 19, doff 2, type 0, channel 0, described 0x10, list8 with one null
      peer.send(Uint8Array.of(0, 0, 0, 15, 2, 0, 0, 0, 0x00, 0x53, 0x10, 0xc0, 2, 1, 0x40));
      assert.equal(await closeCondition(peer), 'amqp:invalid-field');
    });
  });

  describe('frames (part 2, section 2.3)', () => {
    for (const [what, bytes, condition] of [
      ['a frame smaller than its header', [0, 0, 0, 7, 2, 0, 0, 0], 'amqp:connection:framing-error'],
      ['a data offset inside the header', [0, 0, 0, 8, 1, 0, 0, 0], 'amqp:connection:framing-error'],
      ['a data offset beyond the frame', [0, 0, 0, 8, 3, 0, 0, 0], 'amqp:connection:framing-error'],
      ['a frame of SASL after open', [0, 0, 0, 8, 2, FRAME_TYPE_SASL, 0, 0], 'amqp:connection:framing-error'],
      ['a frame of an unknown type', [0, 0, 0, 8, 2, 9, 0, 0], 'amqp:connection:framing-error'],
      ['a performative that does not exist', [0, 0, 0, 12, 2, 0, 0, 0, 0x00, 0x53, 0x7f, 0x45], 'amqp:not-implemented'],
      ['a body that is no described type', [0, 0, 0, 9, 2, 0, 0, 0, 0x40], 'amqp:decode-error'],
      ['a body that is cut', [0, 0, 0, 13, 2, 0, 0, 0, 0x00, 0x53, 0x11, 0xc0, 9], 'amqp:decode-error'],
    ] as const) {
      test(`[2.3.1] ${what} closes the connection with ${condition}`, async () => {
        const [peer] = await opened();
        await using _ = peer;
        peer.send(Uint8Array.from(bytes));
        assert.equal(await closeCondition(peer), condition);
      });
    }

    test('[2.3.1] an extended header is passed over', async () => {
      const [peer] = await opened();
      await using _ = peer;
      const plain = frameBytes({ kind: 'begin', nextOutgoingId: 0, incomingWindow: 10, outgoingWindow: 10 });
      const extended = new Uint8Array(plain.length + 8);
      extended.set(plain.subarray(0, 8));
      extended.set(plain.subarray(8), 16);
      new DataView(extended.buffer).setUint32(0, extended.length);
      extended[4] = 4;
      peer.send(extended);
      await peer.next('begin');
    });

    test('[2.4.5] empty frames are taken before and after open, on any channel', async () => {
      await using peer = await RawPeer.connect(server.amqp);
      peer.sendHeader();
      peer.send(Uint8Array.of(0, 0, 0, 8, 2, 0, 0, 0));
      peer.write({ kind: 'open', containerId: 'raw-peer' });
      peer.send(Uint8Array.of(0, 0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 7));
      await peer.next('open');
      await peer.close();
    });
  });

  describe('close (part 2, section 2.7.9)', () => {
    test('[2.4.3] close is answered with close, and the connection ends', async () => {
      const [peer] = await opened();
      await using _ = peer;
      await peer.close();
    });

    test('[2.4.3] a close with an error is answered like any other', async () => {
      const [peer] = await opened();
      await using _ = peer;
      peer.write({ kind: 'close', error: { condition: 'amqp:internal-error', description: 'something broke here' } });
      assert.equal((await peer.next('close')).error, undefined);
      await peer.ended();
    });

    test('[2.4.3] close ends sessions that were not ended, and their links', async () => {
      const session = await RawSession.open(server.amqp);
      await using _ = session;
      await session.receiver('left-open');
      session.peer.write({ kind: 'close' });
      await session.peer.next('close');
      await session.peer.ended();
      assert.equal(server.broker.space(undefined).addresses.get('left-open')?.status().consumers, 0);
    });

    test('[2.4.6] open and close may be sent together', async () => {
      await using peer = await RawPeer.connect(server.amqp);
      peer.sendHeader();
      peer.write({ kind: 'open', containerId: 'brief' });
      peer.write({ kind: 'close' });
      await peer.next('open');
      assert.equal((await peer.next('close')).error, undefined);
      await peer.ended();
    });

    test('[2.4.3] a peer that does not answer a close is cut off after a limit', async () => {
      await using impatient = await startTestServer({ http: 'off', amqpCloseTimeoutMs: 1 });
      await using peer = await RawPeer.open(impatient.amqp);
      peer.write({ kind: 'open', containerId: 'again' });
      assert.equal((await peer.next('close')).error?.condition, 'amqp:not-allowed');
      await peer.ended();
    });

    test('[2.4.4] a socket that closes without close releases what it had', async () => {
      const lost = await RawSession.open(server.amqp);
      const sender = await lost.sender('lost-socket');
      await sender.credit();
      await sender.outcomeOf(text('kept'));
      const receiver = await lost.receiver('lost-socket');
      receiver.grant(1);
      await receiver.receive();
      const other = await RawSession.open(server.amqp);
      await using _ = other;
      const second = await other.receiver('lost-socket');
      second.grant(1);
      await lost[Symbol.asyncDispose]();
      // In doubt: the one who had it may have worked on it.
      assert.equal(decodeMessage((await second.receive()).payload).header?.deliveryCount, 1);
    });

    test('[2.4.3] when the server stops, peers hear amqp:connection:forced', async () => {
      const stopping = await startTestServer({ http: 'off' });
      await using peer = await RawPeer.open(stopping.amqp);
      const stopped = stopping.stop();
      const { error } = await peer.next('close');
      assert.equal(error?.condition, 'amqp:connection:forced');
      peer.write({ kind: 'close' });
      await peer.ended();
      await stopped;
    });
  });

  test('[2.4.1] a connection that does not get as far as open is cut off after a limit', async () => {
    await using impatient = await startTestServer({ http: 'off', amqpHandshakeTimeoutMs: 1 });
    await using silent = await RawPeer.connect(impatient.amqp);
    await using headerOnly = await RawPeer.connect(impatient.amqp);
    headerOnly.sendHeader();
    await silent.ended();
    await headerOnly.ended();
  });

  test('strangers do not take the place of clients: beyond strangersMax the oldest are cut, long before handshakeTimeoutMs', async () => {
    await using small = await startTestServer({
      http: 'off',
      connectionsMax: 6,
      amqpStrangersMax: 2,
      amqpHandshakeTimeoutMs: 3_600_000,
    });
    await using neighbour = await RawSession.open(small.amqp);
    const strangers: RawPeer[] = [];
    for (let i = 0; i < 5; i++) {
      const stranger = await RawPeer.connect(small.amqp);
      strangers.push(stranger);
      // A protocol header alone does not say who somebody is.
      if (i % 2 === 0) continue;
      stranger.sendHeader();
      await stranger.header();
    }
    for (const oldest of strangers.slice(0, 3)) await oldest.ended();
    for (const youngest of strangers.slice(3)) {
      if (youngest === strangers[4]) youngest.sendHeader();
      youngest.write({ kind: 'open', containerId: 'late' });
      await youngest.next('open');
    }
    await using newcomer = await RawSession.open(small.amqp);
    const receiver = await newcomer.receiver('room');
    receiver.grant(1);
    const sender = await neighbour.sender('room');
    sender.send(text('for everybody'));
    assert.equal(textOf((await receiver.receive()).payload), 'for everybody');
    for (const stranger of strangers) await stranger[Symbol.asyncDispose]();
  });
});
