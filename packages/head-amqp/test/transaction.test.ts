import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AmqpMap, type DeliveryState, RECEIVER_SECOND, symbol } from '@angarium/codec-amqp';
import { TRANSACTION_IDLE_TIMEOUT_MS } from '@angarium/core';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { ACCEPTED, RELEASED, text, textOf } from './support/messages.ts';
import { type RawReceiver, type RawSender, RawSession } from './support/raw-session.ts';
import { begin, conditionOf, coordinator, declare, discharge, inTransaction } from './support/transactions.ts';

const DURABLE = { header: { durable: true } };

describe('transactions (part 4)', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off' });
  });
  after(() => server[Symbol.asyncDispose]());

  function stored(address: string): number {
    return server.broker.space(undefined).addresses.get(address)?.stored ?? -1;
  }

  async function sender(session: RawSession, address: string): Promise<RawSender> {
    const link = await session.sender(address);
    await link.credit();
    return link;
  }

  /** A queue with these messages, and a receiver with credit. */
  async function filled(session: RawSession, address: string, ...texts: string[]): Promise<RawReceiver> {
    const link = await sender(session, address);
    for (const one of texts) assert.deepEqual(await link.outcomeOf(text(one, DURABLE)), ACCEPTED);
    const receiver = await session.receiver(address);
    receiver.grant(10);
    return receiver;
  }

  describe('the coordinator (sections 4.2, 4.3)', () => {
    test('[4.2] a link to a coordinator is attached, with what it can do', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      assert.deepEqual(control.answer.target, {
        kind: 'coordinator',
        capabilities: ['amqp:local-transactions', 'amqp:multi-txns-per-ssn', 'amqp:multi-ssns-per-txn'],
      });
    });

    test('[4.3] each declare is answered with a transaction id of its own', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      const ids = [await begin(control), await begin(control)];
      assert.notDeepEqual(ids[0], ids[1]);
      for (const id of ids) assert.deepEqual(await control.outcomeOf(discharge(id)), ACCEPTED);
    });

    test('[4.3] a coordinator gives credit anew as it is used', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      for (let i = 0; i < 300; i++) assert.deepEqual(await control.outcomeOf(discharge(await begin(control), i % 2 === 0)), ACCEPTED);
    });

    test('[4.5.2] a declare that is settled detaches the link: nobody could be told the id', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      control.send(declare(), { settled: true });
      assert.equal((await control.detachError()).condition, 'amqp:not-allowed');
    });

    test('[4.5.2] a declare with a global id is rejected: transactions are local', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      assert.equal(await conditionOf(control.outcomeOf(declare('global'))), 'amqp:not-implemented');
    });

    test('[4.2] a message that is no request is rejected, and the coordinator goes on', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      assert.equal(await conditionOf(control.outcomeOf(text('begin!'))), 'amqp:decode-error');
      await begin(control);
    });

    test('[4.3] a discharge of an unknown transaction is rejected with amqp:transaction:unknown-id', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      assert.equal(await conditionOf(control.outcomeOf(discharge(Uint8Array.of(9, 9, 9, 9)))), 'amqp:transaction:unknown-id');
      const id = await begin(control);
      await control.outcomeOf(discharge(id));
      assert.equal(await conditionOf(control.outcomeOf(discharge(id))), 'amqp:transaction:unknown-id');
    });

    test('[4.3] where the source does not take rejected, the link is detached with the error', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session, ['amqp:accepted:list']);
      control.send(discharge(Uint8Array.of(1, 2, 3)));
      assert.equal((await control.detachError()).condition, 'amqp:transaction:unknown-id');
    });

    test('more transactions than a connection may have are rejected with amqp:resource-limit-exceeded', async () => {
      await using limited = await startTestServer({ http: 'off', amqpTransactionsPerConnectionMax: 2 });
      await using session = await RawSession.open(limited.amqp);
      const control = await coordinator(session);
      const id = await begin(control);
      await begin(control);
      assert.equal(await conditionOf(control.outcomeOf(declare())), 'amqp:resource-limit-exceeded');
      await control.outcomeOf(discharge(id));
      await begin(control);
    });

    test('[4.3] a discharge that is settled is done, and not answered', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      const link = await sender(session, 'silent');
      const id = await begin(control);
      await link.outcomeOf(text('a'), { state: inTransaction(id) });
      control.send(discharge(id), { settled: true });
      await session.caughtUp();
      assert.equal(stored('silent'), 1);
    });

    for (const how of ['detaches', 'ends its session', 'is lost'] as const)
      test(`[4.3] transactions roll back when the controller ${how}`, async () => {
        await using other = await RawSession.open(server.amqp, 'other');
        const address = `abandoned-${how}`;
        const receiver = await filled(other, address, 'a');
        await receiver.detach();
        {
          await using session = await RawSession.open(server.amqp);
          const control = await coordinator(session);
          const id = await begin(control);
          const mine = await session.receiver(address);
          mine.grant(1);
          mine.settle(await mine.receive(), inTransaction(id, ACCEPTED));
          await (await sender(session, address)).outcomeOf(text('b'), { state: inTransaction(id) });
          if (how === 'detaches') await control.detach();
          if (how === 'ends its session') await session.end();
        }
        const again = await other.receiver(address);
        again.grant(2);
        const delivery = await again.receive();
        assert.equal(textOf(delivery.payload), 'a');
        again.settle(delivery, ACCEPTED);
        await other.caughtUp();
        assert.equal(stored(address), 0);
      });
  });

  describe('posting (section 4.4.1)', () => {
    test('[4.4.1] a message is provisionally accepted, and becomes available with the discharge', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      const link = await sender(session, 'posted');
      const receiver = await session.receiver('posted');
      receiver.grant(10);
      const id = await begin(control);
      const delivery = link.send(text('a', DURABLE), { state: inTransaction(id) });
      const disposition = await link.disposition(delivery);
      assert.deepEqual(disposition.state, inTransaction(id, ACCEPTED));
      assert.equal(disposition.settled, true);
      await session.caughtUp();
      assert.equal(stored('posted'), 0);
      assert.deepEqual(await control.outcomeOf(discharge(id)), ACCEPTED);
      assert.equal(textOf((await receiver.receive()).payload), 'a');
    });

    test('[4.4.1] messages of a transaction that is discharged as failed are dropped', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      const link = await sender(session, 'failed');
      const id = await begin(control);
      await link.outcomeOf(text('a', DURABLE), { state: inTransaction(id) });
      assert.deepEqual(await control.outcomeOf(discharge(id, true)), ACCEPTED);
      assert.equal(stored('failed'), 0);
    });

    test('[4.4.1] many messages of a transaction are answered with one disposition', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      const link = await sender(session, 'many');
      const id = await begin(control);
      let last = -1;
      for (let i = 0; i < 50; i++) last = link.send(text(`${i}`), { state: inTransaction(id) });
      await link.disposition(last);
      await control.outcomeOf(discharge(id));
      assert.equal(stored('many'), 50);
    });

    test('[4.4.1] one transaction goes over several addresses and sessions of a connection', async () => {
      await using session = await RawSession.open(server.amqp);
      const second = await RawSession.begin(session.peer, {}, 1);
      const control = await coordinator(session);
      const id = await begin(control);
      await (await sender(session, 'one')).outcomeOf(text('a'), { state: inTransaction(id) });
      await (await sender(second, 'two')).outcomeOf(text('b'), { state: inTransaction(id) });
      assert.deepEqual([stored('one'), stored('two')], [0, 0]);
      await control.outcomeOf(discharge(id));
      assert.deepEqual([stored('one'), stored('two')], [1, 1]);
    });

    test('[4.4.1] a message in several frames belongs to the transaction of its first', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      const link = await sender(session, 'frames');
      const id = await begin(control);
      const delivery = link.sendInFrames(text('x'.repeat(1000)), 100, { state: inTransaction(id) });
      assert.deepEqual(await link.outcome(delivery), inTransaction(id, ACCEPTED));
      assert.equal(stored('frames'), 0);
      await control.outcomeOf(discharge(id));
      assert.equal(stored('frames'), 1);
    });

    test('[4.4.1] a discharge before a message has come to its end detaches the coordinator with amqp:transaction:rollback', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      const link = await sender(session, 'cut');
      const id = await begin(control);
      await link.outcomeOf(text('whole'), { state: inTransaction(id) });
      const message = text('x'.repeat(1000));
      link.send(message.subarray(0, 100), { state: inTransaction(id), more: true });
      control.send(discharge(id));
      assert.equal((await control.detachError()).condition, 'amqp:transaction:rollback');
      link.frame(message.subarray(100), {});
      assert.equal((await link.detachError()).condition, 'amqp:transaction:unknown-id');
      assert.equal(stored('cut'), 0);
    });

    test('[4.4.1] a message in an unknown transaction detaches its link with amqp:transaction:unknown-id', async () => {
      await using session = await RawSession.open(server.amqp);
      const link = await sender(session, 'unknown');
      link.send(text('a'), { state: inTransaction(Uint8Array.of(1, 2, 3, 4)) });
      assert.equal((await link.detachError()).condition, 'amqp:transaction:unknown-id');
      assert.equal(stored('unknown'), 0);
    });

    test('a transaction of another connection is unknown', async () => {
      await using one = await RawSession.open(server.amqp, 'one');
      await using other = await RawSession.open(server.amqp, 'other');
      const id = await begin(await coordinator(one));
      const link = await sender(other, 'foreign');
      link.send(text('a'), { state: inTransaction(id) });
      assert.equal((await link.detachError()).condition, 'amqp:transaction:unknown-id');
    });

    for (const type of ['anycast', 'multicast'] as const)
      test(`a message for ${type} is provisionally rejected: it cannot wait for a discharge`, async () => {
        await using session = await RawSession.open(server.amqp);
        const control = await coordinator(session);
        const receiver = await session.receiver({ address: `direct-${type}`, capabilities: [type] });
        receiver.grant(10);
        const link = await sender(session, `direct-${type}`);
        const id = await begin(control);
        const state = await link.outcomeOf(text('a'), { state: inTransaction(id) });
        assert.ok(state?.kind === 'transactional-state' && state.outcome?.kind === 'rejected');
        assert.equal(state.outcome.error?.condition, 'amqp:not-implemented');
        const large = link.sendInFrames(text('x'.repeat(1000)), 100, { state: inTransaction(id) });
        assert.equal((await link.outcome(large))?.kind, 'transactional-state');
        assert.deepEqual(await control.outcomeOf(discharge(id)), ACCEPTED);
        const plain = link.send(text('plain'));
        receiver.settle(await receiver.receive(), ACCEPTED);
        assert.deepEqual(await link.outcome(plain), ACCEPTED);
      });

    test('a settled message that cannot be part of a transaction makes its discharge fail', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      const anonymous = await session.sender({});
      await anonymous.credit();
      const id = await begin(control);
      anonymous.send(text('a', { properties: { to: 'settled-good' } }), { settled: true, state: inTransaction(id) });
      anonymous.send(text('b', { properties: { to: 'not//valid' } }), { settled: true, state: inTransaction(id) });
      assert.equal(await conditionOf(control.outcomeOf(discharge(id))), 'amqp:transaction:rollback');
      assert.equal(stored('settled-good'), 0);
    });

    test('the anonymous terminus takes messages for several addresses in one transaction', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      const anonymous = await session.sender({});
      await anonymous.credit();
      const id = await begin(control);
      for (const to of ['relay-one', 'relay-two'])
        await anonymous.outcomeOf(text(to, { properties: { to } }), { state: inTransaction(id) });
      await control.outcomeOf(discharge(id));
      assert.deepEqual([stored('relay-one'), stored('relay-two')], [1, 1]);
    });

    test('a sender that settles second hears the provisional outcome unsettled', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      const link = await session.sender('second', { rcvSettleMode: RECEIVER_SECOND });
      await link.credit();
      const id = await begin(control);
      const disposition = await link.disposition(link.send(text('a'), { state: inTransaction(id) }));
      assert.deepEqual([disposition.settled, disposition.state], [false, inTransaction(id, ACCEPTED)]);
    });
  });

  describe('retirement (section 4.4.2)', () => {
    test('[4.4.2] a settled outcome counts with the discharge', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      const receiver = await filled(session, 'retired', 'a');
      const id = await begin(control);
      receiver.settle(await receiver.receive(), inTransaction(id, ACCEPTED));
      await session.caughtUp();
      assert.equal(stored('retired'), 1);
      assert.deepEqual(await control.outcomeOf(discharge(id)), ACCEPTED);
      assert.equal(stored('retired'), 0);
    });

    test('[4.4.2] a delivery that was settled in a transaction which fails comes again, with its delivery-count increased', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      const receiver = await filled(session, 'rolled-back', 'a');
      const id = await begin(control);
      receiver.settle(await receiver.receive(), inTransaction(id, ACCEPTED));
      await control.outcomeOf(discharge(id, true));
      const again = await receiver.receive();
      assert.equal(textOf(again.payload), 'a');
      assert.deepEqual([...again.payload.subarray(0, 3)], [0x00, 0x53, 0x70]);
      assert.equal(stored('rolled-back'), 1);
      assert.equal(server.broker.space(undefined).addresses.get('rolled-back')?.status().counters.modified, 1);
    });

    test('[4.4.2] an unsettled outcome counts with the discharge, and the sender settles', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      const receiver = await filled(session, 'unsettled', 'a', 'b');
      const id = await begin(control);
      const deliveries = [await receiver.receive(), await receiver.receive()];
      for (const delivery of deliveries) receiver.settle(delivery, inTransaction(id, ACCEPTED), false);
      await session.caughtUp();
      assert.equal(stored('unsettled'), 2);
      await control.outcomeOf(discharge(id));
      assert.equal(stored('unsettled'), 0);
      const settled = await session.peer.next('disposition', ({ role }) => role === 'sender');
      assert.deepEqual([settled.first, settled.last, settled.settled], [deliveries[0]!.deliveryId, deliveries[1]!.deliveryId, true]);
    });

    test('[4.4.2] a delivery that was not settled stays with its receiver when the transaction fails, which may say another outcome', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      const receiver = await filled(session, 'stays', 'a');
      const id = await begin(control);
      const delivery = await receiver.receive();
      receiver.settle(delivery, inTransaction(id, ACCEPTED), false);
      await control.outcomeOf(discharge(id, true));
      assert.equal(session.peer.unread('transfer').length, 0);
      const next = await begin(control);
      receiver.settle(delivery, inTransaction(next, ACCEPTED), false);
      receiver.settle(delivery, inTransaction(next, ACCEPTED), true);
      await control.outcomeOf(discharge(next));
      assert.equal(stored('stays'), 0);
    });

    test('[4.4.2] every outcome may be part of a transaction', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      const receiver = await filled(session, 'all-outcomes', 'a', 'b', 'c', 'd');
      const id = await begin(control);
      const states = [ACCEPTED, { kind: 'rejected' }, RELEASED, { kind: 'modified', deliveryFailed: true }] satisfies DeliveryState[];
      for (const state of states) receiver.settle(await receiver.receive(), inTransaction(id, state));
      await control.outcomeOf(discharge(id));
      assert.deepEqual([textOf((await receiver.receive()).payload), textOf((await receiver.receive()).payload)], ['c', 'd']);
      const { accepted, rejected, released, modified } = server.broker.space(undefined).addresses.get('all-outcomes')!.status().counters;
      assert.deepEqual([accepted, rejected, released, modified], [1, 1, 1, 1]);
    });

    test('[4.4.2] an outcome in an unknown transaction detaches the receiver with amqp:transaction:unknown-id', async () => {
      await using session = await RawSession.open(server.amqp);
      const receiver = await filled(session, 'lost-outcome', 'a');
      receiver.settle(await receiver.receive(), inTransaction(Uint8Array.of(1, 2, 3, 4), ACCEPTED));
      assert.equal((await receiver.detachError()).condition, 'amqp:transaction:unknown-id');
      assert.equal(stored('lost-outcome'), 1);
    });

    test('[4.4.2] the outcome of a delivery in two transactions detaches the coordinator with amqp:transaction:rollback', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      const receiver = await filled(session, 'in-two', 'a');
      const ids = [await begin(control), await begin(control)];
      const delivery = await receiver.receive();
      for (const id of ids) receiver.settle(delivery, inTransaction(id, ACCEPTED), false);
      assert.equal((await control.detachError()).condition, 'amqp:transaction:rollback');
      receiver.settle(delivery, ACCEPTED);
      await session.caughtUp();
      assert.equal(stored('in-two'), 0);
    });

    test('an unsettled outcome whose receiver leaves makes the discharge fail', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      const receiver = await filled(session, 'left', 'a');
      const id = await begin(control);
      receiver.settle(await receiver.receive(), inTransaction(id, ACCEPTED), false);
      await receiver.detach();
      assert.equal(await conditionOf(control.outcomeOf(discharge(id))), 'amqp:transaction:rollback');
      assert.equal(stored('left'), 1);
    });

    test('a settled outcome counts although its receiver has left', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      const receiver = await filled(session, 'left-settled', 'a');
      const id = await begin(control);
      receiver.settle(await receiver.receive(), inTransaction(id, ACCEPTED));
      await receiver.detach();
      assert.deepEqual(await control.outcomeOf(discharge(id)), ACCEPTED);
      assert.equal(stored('left-settled'), 0);
    });

    test('[4.4.3] credit for acquiring in a transaction is refused with amqp:not-implemented', async () => {
      await using session = await RawSession.open(server.amqp);
      const id = await begin(await coordinator(session));
      const receiver = await session.receiver('acquired');
      receiver.grant(1, { properties: new AmqpMap([[symbol('txn-id'), id]]) });
      assert.equal((await receiver.detachError()).condition, 'amqp:not-implemented');
    });
  });

  describe('a discharge that cannot be', () => {
    test('[4.5.8] a transaction that was left alone is rolled back: its discharge is rejected with amqp:transaction:timeout', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      const receiver = await filled(session, 'slow', 'a');
      const id = await begin(control);
      receiver.settle(await receiver.receive(), inTransaction(id, ACCEPTED));
      await session.caughtUp();
      const { transactions } = server.broker.space(undefined);
      transactions.expire(transactions.shard.turn.nowMs + TRANSACTION_IDLE_TIMEOUT_MS);
      assert.equal(textOf((await receiver.receive()).payload), 'a');
      assert.equal(await conditionOf(control.outcomeOf(discharge(id))), 'amqp:transaction:timeout');
    });

    test('[4.3] the address is gone: the whole transaction rolls back, and the answer says why', async () => {
      await using session = await RawSession.open(server.amqp);
      const control = await coordinator(session);
      const receiver = await filled(session, 'source', 'a');
      const link = await sender(session, 'doomed');
      const id = await begin(control);
      receiver.settle(await receiver.receive(), inTransaction(id, ACCEPTED));
      await link.outcomeOf(text('b'), { state: inTransaction(id) });
      server.broker.space(undefined).remove('doomed', { force: true }, () => {});
      const state = await control.outcomeOf(discharge(id));
      assert.ok(state?.kind === 'rejected');
      assert.equal(state.error?.condition, 'amqp:transaction:rollback');
      assert.match(state.error.description!, /doomed/);
      assert.equal(textOf((await receiver.receive()).payload), 'a');
    });

    test('[4.3] a queue has no room: nothing is stored', async () => {
      await using session = await RawSession.open(server.amqp);
      await new Promise<void>(resolve =>
        server.broker.space(undefined).declare('small', { type: 'queue', messagesMax: 2 }, () => resolve()),
      );
      const control = await coordinator(session);
      const link = await sender(session, 'small');
      const id = await begin(control);
      for (const one of ['a', 'b', 'c'])
        assert.equal((await link.outcomeOf(text(one), { state: inTransaction(id) }))?.kind, 'transactional-state');
      assert.equal(await conditionOf(control.outcomeOf(discharge(id))), 'amqp:transaction:rollback');
      assert.equal(stored('small'), 0);
    });
  });
});
