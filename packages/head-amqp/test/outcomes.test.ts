import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AmqpMap, AmqpSymbol, type DeliveryState, decodeMessage, RECEIVER_SECOND, symbol, toPlain, uint } from '@angarium/codec-amqp';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { ACCEPTED, RELEASED, text, textOf } from './support/messages.ts';
import { type RawReceiver, type RawSender, RawSession } from './support/raw-session.ts';

const REJECTED: DeliveryState = { kind: 'rejected', error: { condition: 'shop:sold-out', description: 'no more of these' } };
const FAILED: DeliveryState = { kind: 'modified', deliveryFailed: true };
const UNDELIVERABLE: DeliveryState = { kind: 'modified', undeliverableHere: true };

describe('outcomes (part 3, section 3.4)', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off' });
  });
  after(() => server[Symbol.asyncDispose]());

  function stored(address: string): number {
    return server.broker.space(undefined).addresses.get(address)?.stored ?? -1;
  }

  /** A sender and a receiver with credit, of one address. */
  async function pair(session: RawSession, address: string, type: 'queue' | 'anycast' | 'multicast'): Promise<[RawSender, RawReceiver]> {
    const receiver = await session.receiver({ address, capabilities: [type] });
    receiver.grant(10);
    const sender = await session.sender(address);
    await sender.credit();
    return [sender, receiver];
  }

  describe('through an anycast address the producer hears what the consumer said', () => {
    for (const [what, state] of [
      ['accepted', ACCEPTED],
      ['rejected, without a reason', { kind: 'rejected' }],
      ['rejected, with the consumer’s own error', REJECTED],
      ['released', RELEASED],
    ] as const satisfies readonly (readonly [string, DeliveryState])[]) {
      test(`[3.4] ${what}`, async () => {
        await using session = await RawSession.open(server.amqp);
        const [sender, receiver] = await pair(session, `through-${what}`, 'anycast');
        const id = sender.send(text('question'));
        receiver.settle(await receiver.receive(), state);
        const disposition = await sender.disposition(id);
        assert.deepEqual(disposition.state, state);
        assert.equal(disposition.settled, true);
      });
    }

    test('[3.4.5] modified, with all of its fields', async () => {
      await using session = await RawSession.open(server.amqp);
      const [sender, receiver] = await pair(session, 'through-modified', 'anycast');
      const id = sender.send(text('question'));
      const messageAnnotations = new AmqpMap([[symbol('x-opt-tried-by'), 'someone']]);
      receiver.settle(await receiver.receive(), { kind: 'modified', deliveryFailed: true, undeliverableHere: true, messageAnnotations });
      const state = await sender.outcome(id);
      assert.ok(state?.kind === 'modified');
      assert.equal(state.deliveryFailed, true);
      assert.equal(state.undeliverableHere, true);
      assert.equal(state.messageAnnotations?.get('x-opt-tried-by'), 'someone');
      assert.ok(state.messageAnnotations?.entries[0]?.[0] instanceof AmqpSymbol);
    });

    test('[2.6.12] nothing is said before the consumer has', async () => {
      await using session = await RawSession.open(server.amqp);
      const [sender, receiver] = await pair(session, 'not-before', 'anycast');
      sender.send(text('question'));
      await receiver.receive();
      await session.caughtUp();
      assert.equal(session.peer.unread('disposition').length, 0);
    });

    test('[3.4] one disposition for a range, and others out of order', async () => {
      await using session = await RawSession.open(server.amqp);
      const [sender, receiver] = await pair(session, 'out-of-order', 'anycast');
      for (let i = 0; i < 6; i++) sender.send(text(`${i}`));
      const deliveries = [];
      for (let i = 0; i < 6; i++) deliveries.push(await receiver.receive());
      session.disposition(4, 5, RELEASED);
      assert.deepEqual(await sender.outcome(4), RELEASED);
      assert.deepEqual(await sender.outcome(5), RELEASED);
      session.disposition(2, 2, ACCEPTED);
      session.disposition(0, 0, ACCEPTED);
      session.disposition(1, 1, ACCEPTED);
      const { first, last } = await session.peer.next('disposition');
      assert.deepEqual([first, last], [0, 2], 'accepted ones of one turn are one range, in whatever order they were settled');
      session.disposition(3, 3, REJECTED);
      assert.deepEqual(await sender.outcome(3), REJECTED);
    });

    test('[2.6.12] a consumer that goes without an outcome leaves the delivery released', async () => {
      await using session = await RawSession.open(server.amqp);
      const [sender, receiver] = await pair(session, 'gone', 'anycast');
      const id = sender.send(text('question'));
      await receiver.receive();
      await receiver.detach();
      assert.deepEqual(await sender.outcome(id), RELEASED);
    });

    test('[2.6.12] a consumer whose connection breaks leaves it modified: it may have been worked on', async () => {
      await using session = await RawSession.open(server.amqp);
      const other = await RawSession.open(server.amqp, 'breaking');
      const receiver = await other.receiver({ address: 'broken', capabilities: ['anycast'] });
      receiver.grant(1);
      const sender = await session.sender('broken');
      await sender.credit();
      const id = sender.send(text('question'));
      await receiver.receive();
      await other[Symbol.asyncDispose]();
      const state = await sender.outcome(id);
      assert.ok(state?.kind === 'modified' && state.deliveryFailed);
    });
  });

  describe('through a multicast address the most telling outcome of all consumers counts', () => {
    for (const [states, expected] of [
      [[ACCEPTED, ACCEPTED], 'accepted'],
      [[ACCEPTED, RELEASED], 'accepted'],
      [[RELEASED, RELEASED], 'released'],
      [[REJECTED, ACCEPTED], 'rejected'],
      [[FAILED, RELEASED], 'modified'],
    ] as const) {
      test(`[3.4] ${states.map(({ kind }) => kind).join(' and ')}: ${expected}`, async () => {
        await using session = await RawSession.open(server.amqp);
        const address = `many-${states.map(({ kind }) => kind).join('-')}`;
        const [sender, first] = await pair(session, address, 'multicast');
        const second = await session.receiver(address);
        second.grant(10);
        await session.caughtUp();
        const id = sender.send(text('to all'));
        first.settle(await first.receive(), states[0]);
        const delivery = await second.receive();
        await session.caughtUp();
        assert.equal(session.peer.unread('disposition').length, 0, 'not before all have said theirs');
        second.settle(delivery, states[1]);
        assert.equal((await sender.outcome(id))?.kind, expected);
      });
    }
  });

  describe('from a queue', () => {
    async function queued(session: RawSession, address: string): Promise<RawReceiver> {
      const [sender, receiver] = await pair(session, address, 'queue');
      await sender.outcomeOf(text('task'));
      return receiver;
    }

    test('[3.4.2] accepted: the message is gone', async () => {
      await using session = await RawSession.open(server.amqp);
      const receiver = await queued(session, 'q-accepted');
      receiver.settle(await receiver.receive(), ACCEPTED);
      await session.caughtUp();
      assert.equal(stored('q-accepted'), 0);
    });

    test('[3.4.3] rejected: the message is gone, and not tried again', async () => {
      await using session = await RawSession.open(server.amqp);
      const receiver = await queued(session, 'q-rejected');
      receiver.settle(await receiver.receive(), REJECTED);
      await session.caughtUp();
      assert.equal(stored('q-rejected'), 0);
    });

    test('[3.4.4] released: the message comes again with its delivery-count as it was', async () => {
      await using session = await RawSession.open(server.amqp);
      const receiver = await queued(session, 'q-released');
      const first = await receiver.receive();
      assert.equal(decodeMessage(first.payload).header?.firstAcquirer, true);
      receiver.settle(first, RELEASED);
      const { header } = decodeMessage((await receiver.receive()).payload);
      assert.equal(header?.deliveryCount ?? 0, 0);
      assert.notEqual(header?.firstAcquirer, true);
    });

    test('[3.4.5] modified with delivery-failed: it comes again with its delivery-count increased', async () => {
      await using session = await RawSession.open(server.amqp);
      const receiver = await queued(session, 'q-failed');
      for (let attempts = 0; attempts < 3; attempts++) {
        const delivery = await receiver.receive();
        assert.equal(decodeMessage(delivery.payload).header?.deliveryCount ?? 0, attempts);
        receiver.settle(delivery, FAILED);
      }
    });

    test('[3.4.5] modified with undeliverable-here: another link gets it', async () => {
      await using session = await RawSession.open(server.amqp);
      const receiver = await queued(session, 'q-elsewhere');
      receiver.settle(await receiver.receive(), UNDELIVERABLE);
      await session.caughtUp();
      assert.equal(session.peer.unread('transfer').length, 0);
      const other = await session.receiver('q-elsewhere');
      other.grant(1);
      assert.equal(textOf((await other.receive()).payload), 'task');
    });

    test('[3.4.5] modified with message-annotations: the stored message has them when it comes again, after the delay that it asks for', async () => {
      await using session = await RawSession.open(server.amqp);
      const receiver = await queued(session, 'q-annotated');
      const messageAnnotations = new AmqpMap([
        [symbol('x-opt-tried-by'), 'someone'],
        [symbol('x-opt-delivery-delay'), uint(20)],
      ]);
      receiver.settle(await receiver.receive(), { kind: 'modified', deliveryFailed: true, undeliverableHere: false, messageAnnotations });
      const again = decodeMessage((await receiver.receive()).payload);
      assert.equal(again.header?.deliveryCount, 1);
      assert.deepEqual(
        again.messageAnnotations?.entries.map(([name, value]) => [`${toPlain(name)}`, value]),
        [['x-opt-tried-by', 'someone']],
      );
    });

    test('[3.4.4] what is released keeps its place in the order', async () => {
      await using session = await RawSession.open(server.amqp);
      const [sender, receiver] = await pair(session, 'q-order', 'queue');
      for (const word of ['one', 'two', 'three']) await sender.outcomeOf(text(word));
      const deliveries = [await receiver.receive(), await receiver.receive(), await receiver.receive()];
      session.disposition(deliveries[0]!.deliveryId, deliveries[1]!.deliveryId, RELEASED);
      assert.equal(textOf((await receiver.receive()).payload), 'one');
      assert.equal(textOf((await receiver.receive()).payload), 'two');
    });

    test('[2.6.12] settled without an outcome: the default outcome of the source', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('q-default');
      await sender.credit();
      for (const [defaultOutcome, left] of [
        [ACCEPTED, 0],
        [RELEASED, 1],
      ] as const) {
        await sender.outcomeOf(text('task'));
        const receiver = await session.receiver({ address: 'q-default', defaultOutcome });
        assert.deepEqual(receiver.answer.source?.defaultOutcome, defaultOutcome);
        receiver.grant(1);
        receiver.settle(await receiver.receive(), undefined, true);
        await receiver.detach();
        assert.equal(stored('q-default'), left);
      }
    });

    test('[2.6.12] a disposition for deliveries that are settled already changes nothing', async () => {
      await using session = await RawSession.open(server.amqp);
      const receiver = await queued(session, 'q-twice');
      const delivery = await receiver.receive();
      receiver.settle(delivery, ACCEPTED);
      receiver.settle(delivery, RELEASED);
      session.disposition(0, 0xffff, RELEASED);
      await session.caughtUp();
      assert.equal(stored('q-twice'), 0);
      assert.equal(session.peer.unread('transfer').length, 0);
    });

    test('[2.6.12] an unsettled disposition without an outcome (received) changes nothing', async () => {
      await using session = await RawSession.open(server.amqp);
      const receiver = await queued(session, 'q-received');
      const delivery = await receiver.receive();
      receiver.settle(delivery, { kind: 'received', sectionNumber: 0, sectionOffset: 0n }, false);
      await session.caughtUp();
      assert.equal(stored('q-received'), 1);
      receiver.settle(delivery, ACCEPTED);
      await session.caughtUp();
      assert.equal(stored('q-received'), 0);
    });

    for (const [state, left] of [
      [ACCEPTED, 0],
      [REJECTED, 0],
      [RELEASED, 1],
    ] as const) {
      test(`[2.8.3] receiver settle mode second: after ${state.kind} the server settles, and says nothing else of the outcome`, async () => {
        await using session = await RawSession.open(server.amqp);
        const address = `q-second-${state.kind}`;
        const sender = await session.sender(address);
        await sender.credit();
        await sender.outcomeOf(text('task', { header: { durable: true } }));
        const receiver = await session.receiver(address, { rcvSettleMode: RECEIVER_SECOND });
        assert.equal(receiver.answer.rcvSettleMode, RECEIVER_SECOND);
        receiver.grant(1);
        const { deliveryId } = await receiver.receive();
        session.disposition(deliveryId, deliveryId, state, false);
        const answer = await session.peer.next('disposition', ({ role }) => role === 'sender');
        assert.equal(answer.first, deliveryId);
        assert.equal(answer.settled, true);
        assert.ok(answer.state === undefined || answer.state.kind === state.kind, `${answer.state?.kind}`);
        assert.equal(stored(address), left);
      });
    }

    test('[2.8.3] receiver settle mode second: many outcomes are settled as ranges', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('q-second-range');
      await sender.credit();
      for (let i = 0; i < 20; i++) sender.send(text(`${i}`), { settled: true });
      const receiver = await session.receiver('q-second-range', { rcvSettleMode: RECEIVER_SECOND });
      receiver.grant(20);
      for (let i = 0; i < 20; i++) await receiver.receive();
      session.disposition(0, 19, ACCEPTED, false);
      const answer = await session.peer.next('disposition', ({ role }) => role === 'sender');
      assert.deepEqual([answer.first, answer.last], [0, 19]);
    });
  });
});
