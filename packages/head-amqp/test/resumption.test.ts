import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AmqpMap,
  type AmqpValue,
  type Attach,
  Described,
  decodeMessage,
  RECEIVER_SECOND,
  type Source,
  type Target,
  ulong,
} from '@angarium/codec-amqp';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { ACCEPTED, text, textOf } from './support/messages.ts';
import { type RawDelivery, type RawReceiver, type RawSender, RawSession } from './support/raw-session.ts';

const DURABLE = { header: { durable: true } };
const KEPT = { expiryPolicy: 'link-detach', timeout: 60 } as const;
/** accepted, as a value (part 3, section 3.4.2). */
const ACCEPTED_VALUE = new Described(ulong(0x24), []);

/** An unsettled map: tags, and what is known of them. */
function map(...entries: [Uint8Array, AmqpValue][]): AmqpMap {
  return new AmqpMap(entries);
}

function tagsOf({ answer }: { readonly answer: Attach }): Uint8Array[] {
  return (answer.unsettled?.entries ?? []).map(([tag]) => tag as Uint8Array);
}

describe('links that are resumed (part 2, section 2.6.13)', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off' });
  });
  after(() => server[Symbol.asyncDispose]());

  function stored(address: string): number {
    return server.broker.space(undefined).find(address)?.stored ?? -1;
  }

  async function fill(session: RawSession, address: string, ...texts: string[]): Promise<void> {
    const sender = await session.sender(address, { name: `filler-${address}` });
    await sender.credit();
    for (const one of texts) assert.deepEqual(await sender.outcomeOf(text(one, DURABLE)), ACCEPTED);
    await sender.detach();
  }

  function receiver(session: RawSession, address: string, unsettled?: AmqpMap, source: Partial<Source> = {}): Promise<RawReceiver> {
    return session.receiver(
      { address, ...KEPT, ...source },
      { name: `link-${address}`, rcvSettleMode: RECEIVER_SECOND, ...(unsettled && { unsettled }) },
    );
  }

  function sender(session: RawSession, address: string, unsettled?: AmqpMap, target: Partial<Target> = {}): Promise<RawSender> {
    return session.sender(
      { address, ...KEPT, ...target },
      { name: `link-${address}`, rcvSettleMode: RECEIVER_SECOND, ...(unsettled && { unsettled }) },
    );
  }

  async function take(link: RawReceiver, count: number): Promise<RawDelivery[]> {
    link.grant(count);
    const deliveries: RawDelivery[] = [];
    while (deliveries.length < count) deliveries.push(await link.receive());
    return deliveries;
  }

  describe('to a receiver', () => {
    test('[2.6.13] what the receiver had accepted before the link was lost is settled by a resumed transfer, and does not come again', async () => {
      let tag: Uint8Array;
      {
        await using session = await RawSession.open(server.amqp);
        await fill(session, 'decided', 'a');
        const [delivery] = await take(await receiver(session, 'decided'), 1);
        tag = delivery!.tag;
      }
      await using again = await RawSession.open(server.amqp);
      const link = await receiver(again, 'decided', map([tag, ACCEPTED_VALUE]));
      assert.deepEqual(tagsOf(link), [tag]);
      link.grant(10);
      const { performative, payload } = await link.frame();
      assert.deepEqual([performative.resume, performative.deliveryTag, performative.state, payload.length], [true, tag, ACCEPTED, 0]);
      const settled = await again.peer.next('disposition', ({ role }) => role === 'sender');
      assert.deepEqual([settled.first, settled.settled], [performative.deliveryId, true]);
      assert.equal(stored('decided'), 0);
    });

    test('[2.6.13] what it had not decided is aborted, and comes again as a new delivery with a new tag', async () => {
      let tags: Uint8Array[];
      {
        await using session = await RawSession.open(server.amqp);
        await fill(session, 'undecided', 'a', 'b');
        const link = await receiver(session, 'undecided');
        tags = (await take(link, 2)).map(({ tag }) => tag);
        await link.detach(false);
      }
      await using again = await RawSession.open(server.amqp);
      const link = await receiver(again, 'undecided', map([tags[0]!, null], [tags[1]!, ACCEPTED_VALUE]));
      link.grant(10);
      const first = await link.frame();
      assert.deepEqual([first.performative.resume, first.performative.aborted, first.performative.deliveryTag], [true, true, tags[0]]);
      const second = await link.frame();
      assert.deepEqual([second.performative.resume, second.performative.deliveryTag], [true, tags[1]]);
      link.deliveryCount += 2;
      const fresh = await link.receive();
      assert.equal(textOf(fresh.payload), 'a');
      for (const tag of tags) assert.notDeepEqual(fresh.tag, tag);
      assert.equal(fresh.frames[0]!.performative.resume ?? false, false);
    });

    test('[2.6.13] what it does not know is given back, for anybody', async () => {
      {
        await using session = await RawSession.open(server.amqp);
        await fill(session, 'unknown', 'a');
        await take(await receiver(session, 'unknown'), 1);
      }
      await using again = await RawSession.open(server.amqp);
      const link = await receiver(again, 'unknown', map([Uint8Array.of(9, 9), ACCEPTED_VALUE]));
      assert.equal(tagsOf(link).length, 1);
      const [delivery] = await take(link, 1);
      assert.equal(textOf(delivery!.payload), 'a');
      assert.equal(decodeMessage(delivery!.payload).header?.deliveryCount ?? 0, 0);
    });

    test('[2.6.13] nobody else gets what is kept, until a link of the name comes without an unsettled map', async () => {
      await using session = await RawSession.open(server.amqp);
      await fill(session, 'held', 'a');
      const link = await receiver(session, 'held');
      await take(link, 1);
      await link.detach(false);
      const other = await session.receiver('held', { name: 'other' });
      other.grant(1);
      await session.caughtUp();
      assert.equal(session.peer.unread('transfer').length, 0);
      await receiver(session, 'held');
      assert.equal(textOf((await other.receive()).payload), 'a');
    });

    test('[2.6.6] a link that is closed keeps nothing', async () => {
      await using session = await RawSession.open(server.amqp);
      await fill(session, 'closed', 'a');
      const link = await receiver(session, 'closed');
      const [delivery] = await take(link, 1);
      await link.detach(true);
      const again = await receiver(session, 'closed', map([delivery!.tag, null]));
      assert.equal(again.answer.unsettled, undefined);
      assert.equal(textOf((await take(again, 1))[0]!.payload), 'a');
    });

    test('[3.5.6] session-end: kept over a detach, and given back with the session', async () => {
      await using session = await RawSession.open(server.amqp);
      await fill(session, 'until-end', 'a');
      const second = await RawSession.begin(session.peer, {}, 1);
      const link = await receiver(second, 'until-end', undefined, { expiryPolicy: 'session-end', timeout: 0 });
      await take(link, 1);
      await link.detach(false);
      const other = await session.receiver('until-end', { name: 'other' });
      other.grant(1);
      await session.caughtUp();
      assert.equal(session.peer.unread('transfer').length, 0);
      await second.end();
      assert.equal(textOf((await other.receive()).payload), 'a');
    });

    test('[3.5.6] what is kept is given back after the limit, whatever was asked for', async () => {
      await using strict = await startTestServer({ http: 'off', amqpSuspendedTimeoutMs: 50 });
      await using session = await RawSession.open(strict.amqp);
      await fill(session, 'limit', 'a');
      const link = await receiver(session, 'limit', undefined, { expiryPolicy: 'never' });
      await take(link, 1);
      await link.detach(false);
      const other = await session.receiver('limit', { name: 'other' });
      other.grant(1);
      assert.equal(textOf((await other.receive()).payload), 'a');
    });

    test('beyond the most links that are kept, the oldest gives back what it had', async () => {
      await using strict = await startTestServer({ http: 'off', amqpSuspendedLinksMax: 1 });
      await using session = await RawSession.open(strict.amqp);
      for (const address of ['oldest', 'newest']) {
        await fill(session, address, 'a');
        const link = await receiver(session, address);
        await take(link, 1);
        await link.detach(false);
      }
      const other = await session.receiver('oldest', { name: 'other' });
      other.grant(1);
      assert.equal(textOf((await other.receive()).payload), 'a');
    });

    test('[2.6.1] a link that is still attached elsewhere is stolen by one that resumes it', async () => {
      await using session = await RawSession.open(server.amqp);
      await fill(session, 'stolen', 'a');
      const link = await receiver(session, 'stolen');
      const [delivery] = await take(link, 1);
      await using again = await RawSession.open(server.amqp);
      const resumed = await receiver(again, 'stolen', map([delivery!.tag, ACCEPTED_VALUE]));
      assert.equal((await link.detachError()).condition, 'amqp:link:stolen');
      resumed.grant(1);
      assert.equal((await resumed.frame()).performative.resume, true);
      await again.peer.next('disposition', ({ role }) => role === 'sender');
      assert.equal(stored('stolen'), 0);
    });

    test('a client of another name does not get what is kept', async () => {
      let tag: Uint8Array;
      {
        await using session = await RawSession.open(server.amqp);
        await fill(session, 'foreign', 'a');
        [{ tag }] = (await take(await receiver(session, 'foreign'), 1)) as [RawDelivery];
      }
      await using foreign = await RawSession.open(server.amqp, 'somebody-else');
      const link = await receiver(foreign, 'foreign', map([tag, ACCEPTED_VALUE]));
      assert.equal(link.answer.unsettled, undefined);
      assert.equal(stored('foreign'), 1);
    });
  });

  describe('from a sender that settles last', () => {
    test('[2.6.13] a message whose outcome the sender did not hear is taken once: its resumed transfer is answered with the outcome', async () => {
      const tag = Uint8Array.of(1, 2, 3);
      {
        await using session = await RawSession.open(server.amqp);
        const link = await sender(session, 'once');
        await link.credit();
        const disposition = await link.disposition(link.send(text('a', DURABLE), { deliveryTag: tag }));
        assert.deepEqual([disposition.settled, disposition.state], [false, ACCEPTED]);
      }
      await using again = await RawSession.open(server.amqp);
      const link = await sender(again, 'once', map([tag, null]));
      const [[theirTag, state]] = link.answer.unsettled!.entries as [[Uint8Array, Described]];
      assert.deepEqual([theirTag, Number((state.descriptor as { value: bigint }).value)], [tag, 0x24]);
      await link.credit();
      const resumed = link.send(text('a', DURABLE), { deliveryTag: tag, resume: true });
      assert.deepEqual(await link.outcome(resumed), ACCEPTED);
      again.peer.write({ kind: 'disposition', role: 'sender', first: resumed, settled: true, state: ACCEPTED });
      await again.caughtUp();
      assert.equal(stored('once'), 1);
      await link.detach(false);
      assert.deepEqual(tagsOf(await sender(again, 'once', map([tag, null]))), []);
    });

    test('[2.7.5] a resumed transfer that is settled, in several frames, ends the delivery', async () => {
      const tag = Uint8Array.of(7);
      await using session = await RawSession.open(server.amqp);
      const first = await sender(session, 'frames');
      await first.credit();
      await first.outcomeOf(text('a', DURABLE), { deliveryTag: tag });
      await first.detach(false);
      const link = await sender(session, 'frames', map([tag, null]));
      await link.credit();
      link.sendInFrames(text('x'.repeat(500)), 100, { deliveryTag: tag, resume: true, settled: true });
      assert.deepEqual(await link.outcomeOf(text('b', DURABLE)), ACCEPTED);
      assert.equal(stored('frames'), 2);
      await link.detach(false);
      assert.equal(tagsOf(await sender(session, 'frames', map([tag, null], [Uint8Array.of(0, 0), null]))).length, 0);
    });

    test('[2.7.5] a resumed transfer that the server knows nothing of is ignored, and another one goes through', async () => {
      await using session = await RawSession.open(server.amqp);
      const link = await sender(session, 'ignored', map([Uint8Array.of(5), null]));
      assert.equal(link.answer.unsettled, undefined);
      await link.credit();
      link.send(text('lost'), { deliveryTag: Uint8Array.of(5), resume: true });
      assert.deepEqual(await link.outcomeOf(text('new')), ACCEPTED);
      assert.equal(stored('ignored'), 1);
    });

    test('[2.6.13] what the sender has settled meanwhile is forgotten', async () => {
      await using session = await RawSession.open(server.amqp);
      const first = await sender(session, 'forgotten');
      await first.credit();
      const ids = ['a', 'b'].map(one => first.send(text(one, DURABLE)));
      for (const id of ids) await first.outcome(id);
      session.peer.write({ kind: 'disposition', role: 'sender', first: ids[0]!, settled: true, state: ACCEPTED });
      await first.detach(false);
      const link = await sender(session, 'forgotten', map([Uint8Array.of(0, ids[0]!), null], [Uint8Array.of(0, ids[1]!), null]));
      assert.deepEqual(tagsOf(link), [Uint8Array.of(0, ids[1]!)]);
    });

    test('a sender that leaves more unsettled than a session may have is detached', async () => {
      await using strict = await startTestServer({ http: 'off', amqpUnsettledMax: 3 });
      await using session = await RawSession.open(strict.amqp);
      const link = await sender(session, 'hoarded');
      await link.credit();
      for (let i = 0; i < 4; i++) link.send(text(`${i}`));
      assert.equal((await link.detachError()).condition, 'amqp:resource-limit-exceeded');
    });
  });
});
