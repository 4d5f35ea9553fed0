import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { RECEIVER_SECOND, SENDER_SETTLED } from '@angarium/codec-amqp';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { ACCEPTED, blob, dataOf, RELEASED, text, textOf } from './support/messages.ts';
import { RawPeer } from './support/raw-peer.ts';
import { type RawReceiver, RawSession, WIDE_WINDOW } from './support/raw-session.ts';

const ASSEMBLY_BYTES_MAX = 100_000;

describe('links on which the peer sends (part 2, section 2.6)', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off', amqpAssemblyBytesMax: ASSEMBLY_BYTES_MAX, ...WIDE_WINDOW });
  });
  after(() => server[Symbol.asyncDispose]());

  function stored(address: string): number {
    return server.broker.space(undefined).addresses.get(address)?.stored ?? -1;
  }

  /** A receiver of an anycast address that exists from now on. */
  async function anycastReceiver(session: RawSession, address: string, credit: number): Promise<RawReceiver> {
    const receiver = await session.receiver({ address, capabilities: ['anycast'] });
    receiver.grant(credit);
    await session.caughtUp();
    return receiver;
  }

  describe('credit (part 2, section 2.6.7)', () => {
    test('[2.6.7] a sender gets credit by a flow, counted from its initial delivery-count', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('credit', { initialDeliveryCount: 77 });
      const flow = await sender.credit();
      assert.equal(flow.deliveryCount, 77);
      assert.equal(flow.linkCredit, 1000);
    });

    test('[2.6.7] the delivery-count wraps around at 2^32, and credit with it', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('count-wrap', { initialDeliveryCount: 0xffff_fffe });
      assert.equal((await sender.credit()).deliveryCount, 0xffff_fffe);
      for (let i = 0; i < 600; i++) sender.send(text(`${i}`), { settled: true });
      const flow = await sender.credit();
      assert.ok(flow.deliveryCount! < 600, `${flow.deliveryCount}`);
      for (let i = 0; i < 600; i++) sender.send(text(`${i}`), { settled: true });
      await session.caughtUp();
      assert.equal(stored('count-wrap'), 1200);
    });

    test('[2.6.7] a sender to an anycast address has the credit of its consumers, and no more', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender({ address: 'exact', capabilities: ['anycast'] });
      await session.caughtUp();
      assert.equal(session.peer.unread('flow').length, 0, 'no consumer, no credit');
      await anycastReceiver(session, 'exact', 3);
      assert.equal((await sender.credit()).linkCredit, 3);
    });

    test('[2.6.7] a transfer without credit detaches the link with amqp:link:transfer-limit-exceeded', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender({ address: 'without-credit', capabilities: ['anycast'] });
      sender.send(text('hasty'));
      assert.equal((await sender.detachError()).condition, 'amqp:link:transfer-limit-exceeded');
    });

    test('[2.6.7] as many transfers as the credit are taken, and the one beyond is not', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender({ address: 'limit', capabilities: ['anycast'] });
      const receiver = await anycastReceiver(session, 'limit', 2);
      await sender.credit();
      for (let i = 0; i < 3; i++) sender.send(text(`${i}`));
      assert.equal((await sender.detachError()).condition, 'amqp:link:transfer-limit-exceeded');
      assert.equal(textOf((await receiver.receive()).payload), '0');
      assert.equal(textOf((await receiver.receive()).payload), '1');
      await session.caughtUp();
      assert.equal(session.peer.unread('transfer').length, 0);
    });

    test('[2.6.7] what is sent on credit that was taken back meanwhile is not a violation, but comes back', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender({ address: 'taken-back', capabilities: ['anycast'] });
      const receiver = await anycastReceiver(session, 'taken-back', 5);
      await sender.credit();
      await receiver.detach();
      assert.deepEqual(await sender.outcomeOf(text('too late')), RELEASED);
    });

    test('[2.6.8] a flow that asks for an echo gets the link’s state', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('echo');
      await sender.credit();
      await sender.outcomeOf(text('one'));
      session.flow({ handle: sender.handle, deliveryCount: 1, echo: true });
      const flow = await session.peer.next('flow', ({ handle }) => handle === sender.answer.handle);
      assert.equal(flow.deliveryCount, 1);
      assert.equal(flow.linkCredit, 999);
    });
  });

  describe('settlement (part 2, section 2.6.12)', () => {
    test('[2.6.12] an unsettled message to a queue is accepted and settled', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('unsettled');
      await sender.credit();
      const disposition = await sender.disposition(sender.send(text('one')));
      assert.equal(disposition.settled, true);
      assert.deepEqual(disposition.state, ACCEPTED);
      assert.equal(disposition.role, 'receiver');
    });

    test('[2.6.12] a settled message gets no disposition', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('settled');
      await sender.credit();
      sender.send(text('one'), { settled: true });
      await sender.outcomeOf(text('two'));
      await session.caughtUp();
      assert.equal(session.peer.unread('disposition').length, 0);
      assert.equal(stored('settled'), 2);
    });

    test('[2.8.2] on a link with sender settle mode settled, transfers count as settled', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('mode-settled', { sndSettleMode: SENDER_SETTLED });
      assert.equal(sender.answer.sndSettleMode, SENDER_SETTLED);
      await sender.credit();
      sender.send(text('one'), { settled: true });
      await session.caughtUp();
      assert.equal(session.peer.unread('disposition').length, 0);
      assert.equal(stored('mode-settled'), 1);
    });

    test('[2.8.3] with receiver settle mode second, the outcome comes unsettled, and the sender settles', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('second', { rcvSettleMode: RECEIVER_SECOND });
      assert.equal(sender.answer.rcvSettleMode, RECEIVER_SECOND);
      await sender.credit();
      const id = sender.send(text('one'));
      const disposition = await sender.disposition(id);
      assert.notEqual(disposition.settled, true);
      assert.deepEqual(disposition.state, ACCEPTED);
      session.peer.write({ kind: 'disposition', role: 'sender', first: id, settled: true, state: ACCEPTED });
      await session.caughtUp();
      assert.equal(session.peer.unread('disposition').length, 0);
    });

    test('[2.6.12] a batch is answered with one disposition for its range', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('batch');
      await sender.credit();
      session.peer.socket.cork();
      for (let i = 0; i < 50; i++) sender.send(text(`${i}`));
      session.peer.socket.uncork();
      const { first, last, settled, state } = await session.peer.next('disposition');
      assert.deepEqual({ first, last, settled, state }, { first: 0, last: 49, settled: true, state: ACCEPTED });
    });

    test('[2.8.10] a range of delivery-ids wraps around at 2^32', async () => {
      const peer = await RawPeer.open(server.amqp);
      const session = await RawSession.begin(peer, { nextOutgoingId: 0xffff_fffa });
      await using _ = session;
      const sender = await session.sender('range-wrap');
      await sender.credit();
      peer.socket.cork();
      for (let i = 0; i < 20; i++) sender.send(text(`${i}`));
      peer.socket.uncork();
      const { first, last } = await peer.next('disposition');
      assert.deepEqual({ first, last }, { first: 0xffff_fffa, last: 13 });
    });
  });

  describe('deliveries in several frames (part 2, section 2.6.14)', () => {
    test('[2.6.14] a message in many frames is one message', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('frames');
      await sender.credit();
      const sent = blob(10_000);
      assert.deepEqual(await sender.outcome(sender.sendInFrames(sent, 100)), ACCEPTED);
      const receiver = await session.receiver('frames');
      receiver.grant(1);
      assert.deepEqual(dataOf((await receiver.receive()).payload), dataOf(sent));
    });

    test('[2.6.14] messages of two links may come in turns, frame by frame', async () => {
      await using session = await RawSession.open(server.amqp);
      const one = await session.sender('turns');
      const other = await session.sender('turns');
      await one.credit();
      await other.credit();
      const [first, second] = [text('a'.repeat(100)), text('b'.repeat(100))];
      const firstId = one.send(first.subarray(0, 50), { more: true });
      const secondId = other.send(second.subarray(0, 50), { more: true });
      one.frame(first.subarray(50, 70), { deliveryId: firstId, more: true });
      other.frame(second.subarray(50), { more: false });
      one.frame(first.subarray(70), {});
      assert.deepEqual(await one.outcome(firstId), ACCEPTED);
      assert.deepEqual(await other.outcome(secondId), ACCEPTED);
      const receiver = await session.receiver('turns');
      receiver.grant(2);
      assert.equal(textOf((await receiver.receive()).payload), 'b'.repeat(100));
      assert.equal(textOf((await receiver.receive()).payload), 'a'.repeat(100));
    });

    test('[2.6.14] settled on the last frame settles the whole delivery', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('settled-late');
      await sender.credit();
      const whole = text('settled at the end');
      sender.send(whole.subarray(0, 10), { more: true });
      sender.frame(whole.subarray(10), { settled: true });
      await session.caughtUp();
      assert.equal(session.peer.unread('disposition').length, 0);
      assert.equal(stored('settled-late'), 1);
    });

    test('[2.6.14] a delivery that begins before the last one of its link has ended detaches the link', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('mixed-up');
      await sender.credit();
      sender.send(text('one').subarray(0, 5), { more: true });
      sender.send(text('two'));
      assert.equal((await sender.detachError()).condition, 'amqp:invalid-field');
      assert.equal(stored('mixed-up'), 0);
    });

    test('[2.7.5] a first transfer without delivery-id detaches the link', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('no-id');
      await sender.credit();
      sender.frame(text('one'), { deliveryTag: Uint8Array.of(1) });
      assert.equal((await sender.detachError()).condition, 'amqp:invalid-field');
    });

    test('[2.6.14] an aborted delivery to a queue leaves nothing behind, and its credit comes back', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('aborted');
      await sender.credit();
      // More of them than there is credit: each has to come back.
      for (let i = 0; i < 1500; i++) {
        sender.send(text('half of it').subarray(0, 8), { more: true });
        sender.frame(new Uint8Array(0), { aborted: true });
        if (i % 400 === 399) await session.caughtUp();
      }
      session.flow({ handle: sender.handle, deliveryCount: 1500, echo: true });
      await session.caughtUp();
      assert.deepEqual(await sender.outcomeOf(text('whole')), ACCEPTED);
      assert.equal(stored('aborted'), 1);
      const flow = session.peer.unread('flow').at(-1)!.performative;
      assert.equal(flow.linkCredit! + flow.deliveryCount!, 2500, 'none of the credit is lost');
    });

    test('[2.6.14] a delivery may be aborted in its first transfer', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('aborted-at-once');
      await sender.credit();
      sender.send(text('nothing'), { aborted: true });
      assert.deepEqual(await sender.outcomeOf(text('whole')), ACCEPTED);
      session.flow({ handle: sender.handle, deliveryCount: 2, echo: true });
      const flow = await session.peer.next('flow', ({ deliveryCount }) => deliveryCount === 2);
      assert.equal(flow.linkCredit! + flow.deliveryCount!, 1001);
      assert.equal(stored('aborted-at-once'), 1);
    });

    test('[2.6.14] an aborted delivery of an anycast address is aborted for its consumer, and the next one goes through', async () => {
      await using session = await RawSession.open(server.amqp);
      const receiver = await anycastReceiver(session, 'aborted-through', 5);
      const sender = await session.sender('aborted-through');
      await sender.credit();
      const whole = text('x'.repeat(1000));
      sender.send(whole.subarray(0, 500), { more: true });
      const first = await receiver.frame();
      assert.equal(first.performative.more, true);
      sender.frame(new Uint8Array(0), { aborted: true });
      assert.equal((await receiver.frame()).performative.aborted, true);
      const id = sender.send(text('next'));
      const next = await receiver.receive();
      assert.equal(textOf(next.payload), 'next');
      receiver.settle(next, ACCEPTED);
      assert.deepEqual(await sender.outcome(id), ACCEPTED);
    });

    test('[2.6.14] a delivery that nobody takes any more may still be aborted', async () => {
      await using session = await RawSession.open(server.amqp);
      const receiver = await anycastReceiver(session, 'aborted-after-release', 5);
      const sender = await session.sender('aborted-after-release');
      await sender.credit();
      await receiver.detach();
      const id = sender.send(text('half').subarray(0, 5), { more: true });
      assert.deepEqual(await sender.outcome(id), RELEASED);
      sender.frame(new Uint8Array(0), { aborted: true });
      await session.caughtUp();
    });

    test('[2.6.14] a link that detaches in the middle of a delivery aborts it', async () => {
      await using session = await RawSession.open(server.amqp);
      const receiver = await anycastReceiver(session, 'detached-within', 5);
      const sender = await session.sender('detached-within');
      await sender.credit();
      sender.send(text('x'.repeat(1000)).subarray(0, 500), { more: true });
      assert.equal((await receiver.frame()).performative.more, true);
      await sender.detach();
      assert.equal((await receiver.frame()).performative.aborted, true);
    });

    test('[2.6.14] unfinished messages beyond the limit detach the link, and the limit is free again', async () => {
      await using session = await RawSession.open(server.amqp);
      for (let round = 0; round < 3; round++) {
        const sender = await session.sender('assembled');
        await sender.credit();
        sender.sendInFrames(blob(ASSEMBLY_BYTES_MAX + 1000), 30_000);
        assert.equal((await sender.detachError()).condition, 'amqp:resource-limit-exceeded');
        await sender.session.peer.write({ kind: 'detach', handle: sender.handle, closed: true });
      }
      const sender = await session.sender('assembled');
      await sender.credit();
      assert.deepEqual(await sender.outcome(sender.sendInFrames(blob(ASSEMBLY_BYTES_MAX - 1000), 30_000)), ACCEPTED);
    });
  });

  describe('message size (part 2, section 2.7.3)', () => {
    before(async () => {
      const space = server.broker.space(undefined);
      await new Promise(resolve => space.declare('small-messages', { type: 'queue', messageSizeBytesMax: 1000 }, resolve));
    });

    test('[2.7.3] the answer to attach says max-message-size', async () => {
      await using session = await RawSession.open(server.amqp);
      assert.equal((await session.sender('small-messages')).answer.maxMessageSize, 1000n);
      assert.ok((await session.sender('large-messages')).answer.maxMessageSize! > 10_000_000n);
    });

    test('[2.7.3] a message of max-message-size is taken', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('small-messages');
      await sender.credit();
      const largest = blob(1000 - (blob(900).length - 900));
      assert.equal(largest.length, 1000);
      assert.deepEqual(await sender.outcomeOf(largest), ACCEPTED);
      assert.deepEqual(await sender.outcome(sender.sendInFrames(largest, 300)), ACCEPTED);
    });

    for (const bytesPerFrame of [10_000, 999, 100]) {
      test(`[2.8.18] a larger one, in frames of ${bytesPerFrame} bytes, detaches the link with amqp:link:message-size-exceeded, each time`, async () => {
        await using session = await RawSession.open(server.amqp);
        for (let round = 0; round < 3; round++) {
          const sender = await session.sender('small-messages');
          await sender.credit();
          sender.sendInFrames(blob(1000), bytesPerFrame);
          assert.equal((await sender.detachError()).condition, 'amqp:link:message-size-exceeded');
          session.peer.write({ kind: 'detach', handle: sender.handle, closed: true });
        }
      });
    }
  });

  describe('malformed messages', () => {
    test('[3.2] a message to a queue that cannot be decoded is rejected with amqp:decode-error, and its credit comes back', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('malformed');
      await sender.credit();
      const broken = Uint8Array.of(0x00, 0x53, 0x70, 0xc0, 0x20, 0x01, 0x41);
      const state = await sender.outcomeOf(broken);
      assert.equal(state?.kind === 'rejected' && state.error?.condition, 'amqp:decode-error');
      for (let i = 0; i < 1500; i++) {
        sender.send(broken, { settled: true });
        if (i % 400 === 399) await session.caughtUp();
      }
      assert.deepEqual(await sender.outcomeOf(text('whole')), ACCEPTED);
    });
  });
});
