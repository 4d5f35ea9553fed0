import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SENDER_SETTLED, SENDER_UNSETTLED } from '@angarium/codec-amqp';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { ACCEPTED, blob, dataOf, text, textOf } from './support/messages.ts';
import { RawPeer } from './support/raw-peer.ts';
import { RawSession } from './support/raw-session.ts';

describe('links on which the peer receives (part 2, section 2.6)', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off' });
  });
  after(() => server[Symbol.asyncDispose]());

  async function fill(address: string, count: number): Promise<void> {
    await using session = await RawSession.open(server.amqp);
    const sender = await session.sender(address);
    await sender.credit();
    for (let i = 0; i < count; i++) await sender.outcomeOf(text(`${i}`));
  }

  function stored(address: string): number {
    return server.broker.space(undefined).addresses.get(address)?.stored ?? -1;
  }

  describe('credit (part 2, section 2.6.7)', () => {
    test('[2.6.7] nothing is sent before there is credit, and exactly as many as there is', async () => {
      await fill('exact', 5);
      await using session = await RawSession.open(server.amqp);
      const receiver = await session.receiver('exact');
      assert.equal(receiver.answer.initialDeliveryCount, 0);
      await session.caughtUp();
      assert.equal(session.nextIncomingId, 0);
      receiver.grant(2);
      await session.caughtUp();
      assert.equal(session.nextIncomingId, 2);
      receiver.deliveryCount = 2;
      receiver.grant(1);
      await session.caughtUp();
      assert.equal(session.nextIncomingId, 3);
    });

    test('[2.6.7] credit counts from the delivery-count that the receiver has seen', async () => {
      await fill('seen', 5);
      await using session = await RawSession.open(server.amqp);
      const receiver = await session.receiver('seen');
      receiver.grant(2);
      await session.caughtUp();
      // Says: four from the beginning on, of which two are used up.
      receiver.grant(4, { deliveryCount: 0 });
      await session.caughtUp();
      assert.equal(session.nextIncomingId, 4);
      // Less than what was used: none is left.
      receiver.grant(1, { deliveryCount: 0 });
      await session.caughtUp();
      assert.equal(session.nextIncomingId, 4);
    });

    test('[2.6.7] a flow without delivery-count, before the attach was seen, counts from the initial one', async () => {
      await fill('unseen', 2);
      await using session = await RawSession.open(server.amqp);
      const receiver = await session.receiver('unseen');
      session.flow({ handle: receiver.handle, linkCredit: 1 });
      await session.caughtUp();
      assert.equal(session.nextIncomingId, 1);
    });

    test('[2.6.7] credit that is taken back is not used', async () => {
      await fill('revoked', 1);
      await using session = await RawSession.open(server.amqp);
      const receiver = await session.receiver('revoked-empty');
      receiver.grant(5);
      receiver.grant(0);
      await session.caughtUp();
      const sender = await session.sender('revoked-empty');
      await sender.credit();
      await sender.outcomeOf(text('kept'));
      await session.caughtUp();
      assert.equal(session.nextIncomingId, 0);
      assert.equal(stored('revoked-empty'), 1);
    });

    for (const linkCredit of [0x7fff_ffff, 0xffff_ffff]) {
      test(`[2.6.7] a credit of ${linkCredit} is a large one`, async () => {
        await fill('wide', 3);
        await using session = await RawSession.open(server.amqp);
        const receiver = await session.receiver('wide');
        receiver.grant(linkCredit);
        for (let i = 0; i < 3; i++) {
          const delivery = await receiver.receive();
          assert.equal(textOf(delivery.payload), `${i}`);
          receiver.settle(delivery, ACCEPTED);
        }
        await session.caughtUp();
      });
    }

    test('[2.6.7] a flow says how many messages are available', async () => {
      await fill('available', 7);
      await using session = await RawSession.open(server.amqp);
      const receiver = await session.receiver('available');
      receiver.grant(0, { echo: true });
      assert.equal((await receiver.flowed()).available, 7);
      receiver.grant(2);
      await session.caughtUp();
      receiver.deliveryCount = 2;
      receiver.grant(0, { echo: true });
      const flow = await receiver.flowed();
      assert.equal(flow.available, 5);
      assert.equal(flow.deliveryCount, 2);
      assert.equal(flow.linkCredit, 0);
    });
  });

  describe('drain (part 2, section 2.6.7)', () => {
    test('[2.6.7] drain of a queue without messages uses up the credit at once', async () => {
      await using session = await RawSession.open(server.amqp);
      const receiver = await session.receiver('drain-empty');
      receiver.grant(10, { drain: true });
      const flow = await receiver.flowed();
      assert.equal(flow.deliveryCount, 10);
      assert.equal(flow.linkCredit, 0);
      assert.equal(flow.drain, true);
      assert.equal(flow.available, 0);
    });

    test('[2.6.7] drain hands out what is there, and then uses up the credit', async () => {
      await fill('drain-some', 3);
      await using session = await RawSession.open(server.amqp);
      const receiver = await session.receiver('drain-some');
      receiver.grant(10, { drain: true });
      const flow = await receiver.flowed();
      assert.equal(session.nextIncomingId, 3, 'deliveries come before the flow');
      assert.equal(flow.deliveryCount, 10);
      assert.equal(flow.linkCredit, 0);
    });

    test('[2.6.7] drain with fewer credits than messages hands out as many as there are credits', async () => {
      await fill('drain-many', 5);
      await using session = await RawSession.open(server.amqp);
      const receiver = await session.receiver('drain-many');
      receiver.grant(2, { drain: true });
      const flow = await receiver.flowed();
      assert.equal(session.nextIncomingId, 2);
      assert.equal(flow.deliveryCount, 2);
      assert.equal(flow.linkCredit, 0);
    });

    test('[2.6.7] after a drain nothing comes without new credit, and then it does', async () => {
      await using session = await RawSession.open(server.amqp);
      const receiver = await session.receiver('drain-again');
      receiver.grant(10, { drain: true });
      receiver.deliveryCount = (await receiver.flowed()).deliveryCount!;
      await fill('drain-again', 2);
      await session.caughtUp();
      assert.equal(session.nextIncomingId, 0);
      receiver.grant(1);
      assert.equal(textOf((await receiver.receive()).payload), '0');
    });

    for (const type of ['topic', 'anycast', 'multicast'] as const) {
      test(`[2.6.7] drain is answered by an address of type ${type}`, async () => {
        await using session = await RawSession.open(server.amqp);
        const receiver = await session.receiver({ address: `drain-${type}`, capabilities: [type] });
        receiver.grant(4, { drain: true });
        const flow = await receiver.flowed();
        assert.equal(flow.deliveryCount, 4);
        assert.equal(flow.linkCredit, 0);
      });
    }
  });

  describe('settle modes (part 2, section 2.8.2)', () => {
    test('[2.8.2] sender settle mode settled: deliveries come settled and are gone', async () => {
      await fill('presettled', 2);
      await using session = await RawSession.open(server.amqp);
      const receiver = await session.receiver('presettled', { sndSettleMode: SENDER_SETTLED });
      assert.equal(receiver.answer.sndSettleMode, SENDER_SETTLED);
      receiver.grant(2);
      assert.equal((await receiver.receive()).settled, true);
      assert.equal((await receiver.receive()).settled, true);
      await session.caughtUp();
      assert.equal(stored('presettled'), 0);
    });

    test('[2.8.2] sender settle mode mixed or unsettled: deliveries of a queue come unsettled and stay until they are settled', async () => {
      await fill('unsettled', 2);
      await using session = await RawSession.open(server.amqp);
      for (const sndSettleMode of [SENDER_UNSETTLED, 2] as const) {
        const receiver = await session.receiver('unsettled', { sndSettleMode });
        receiver.grant(1);
        const delivery = await receiver.receive();
        assert.equal(delivery.settled, false);
        assert.ok(stored('unsettled') > 0);
        receiver.settle(delivery, ACCEPTED);
        await receiver.detach();
      }
      assert.equal(stored('unsettled'), 0);
    });

    for (const [sndSettleMode, settled] of [
      [SENDER_UNSETTLED, false],
      [SENDER_SETTLED, true],
      [2, true],
    ] as const) {
      test(`[2.8.2] a settled message of an anycast address comes ${settled ? 'settled' : 'unsettled'} to a receiver of mode ${sndSettleMode}`, async () => {
        await using session = await RawSession.open(server.amqp);
        const receiver = await session.receiver({ address: `any-${sndSettleMode}`, capabilities: ['anycast'] }, { sndSettleMode });
        receiver.grant(1);
        const sender = await session.sender(`any-${sndSettleMode}`);
        await sender.credit();
        sender.send(text('quick'), { settled: true });
        assert.equal((await receiver.receive()).settled, settled);
      });
    }

    test('[2.6.12] every delivery of a link has its own tag', async () => {
      await fill('tags', 20);
      await using session = await RawSession.open(server.amqp);
      const receiver = await session.receiver('tags');
      receiver.grant(20);
      const tags = new Set<string>();
      for (let i = 0; i < 20; i++) tags.add(Buffer.from((await receiver.receive()).tag).toString('hex'));
      assert.equal(tags.size, 20);
    });
  });

  describe('deliveries in several frames (part 2, section 2.6.14)', () => {
    test('[2.6.14] only the first frame of a delivery has id, tag and format', async () => {
      const peer = await RawPeer.open(server.amqp, { maxFrameSize: 512 });
      const session = await RawSession.begin(peer);
      await using _ = session;
      const sender = await session.sender('frames');
      await sender.credit();
      const sent = blob(2000);
      await sender.outcomeOf(sent, { messageFormat: 0x1234 });
      const receiver = await session.receiver('frames');
      receiver.grant(1);
      const { frames, payload, format } = await receiver.receive();
      assert.equal(format, 0x1234);
      assert.deepEqual(dataOf(payload), dataOf(sent));
      for (const { performative } of frames.slice(1)) {
        assert.ok([undefined, frames[0]!.performative.deliveryId].includes(performative.deliveryId));
        assert.equal(performative.deliveryTag, undefined);
      }
    });

    test('[2.6.14] a large message on one link does not hold up another link of the session', async () => {
      const peer = await RawPeer.open(server.amqp, { maxFrameSize: 512 });
      const session = await RawSession.begin(peer, { incomingWindow: 4 });
      await using _ = session;
      const sender = await session.sender('large-beside');
      await sender.credit();
      await sender.outcomeOf(blob(4000));
      const other = await session.sender('small-beside');
      await other.credit();
      await other.outcomeOf(text('small'));
      const large = await session.receiver('large-beside');
      const small = await session.receiver('small-beside');
      large.grant(1, { incomingWindow: 4 });
      await session.echo({ incomingWindow: 4, nextIncomingId: 0 });
      small.grant(1, { incomingWindow: 100 });
      assert.equal(textOf((await small.receive()).payload), 'small');
      assert.equal((await large.receive()).frames.length, 9);
    });

    test('[2.6.14] a receiver that detaches within a delivery can attach again and get it from the beginning', async () => {
      const peer = await RawPeer.open(server.amqp, { maxFrameSize: 512 });
      const session = await RawSession.begin(peer, { incomingWindow: 2 });
      await using _ = session;
      const sender = await session.sender('detach-within');
      await sender.credit();
      const sent = blob(4000);
      await sender.outcomeOf(sent);
      const first = await session.receiver('detach-within');
      first.grant(1, { incomingWindow: 2 });
      await first.frame();
      await first.detach();
      const second = await session.receiver('detach-within');
      second.grant(1);
      assert.deepEqual(dataOf((await second.receive()).payload), dataOf(sent));
    });
  });

  describe('browsing (part 3, section 3.5.7)', () => {
    test('[3.5.7] distribution-mode copy shows the messages and leaves them', async () => {
      await fill('browsed', 3);
      await using session = await RawSession.open(server.amqp);
      for (let round = 0; round < 2; round++) {
        const browser = await session.receiver({ address: 'browsed', distributionMode: 'copy' });
        assert.equal(browser.answer.source?.distributionMode, 'copy');
        browser.grant(10, { drain: true });
        for (let i = 0; i < 3; i++) {
          const delivery = await browser.receive();
          assert.equal(textOf(delivery.payload), `${i}`);
          browser.settle(delivery, ACCEPTED);
        }
        assert.equal((await browser.flowed()).deliveryCount, 10);
        await browser.detach();
      }
      assert.equal(stored('browsed'), 3);
    });

    test('[3.5.7] a browser sees what comes later, too', async () => {
      await using session = await RawSession.open(server.amqp);
      const browser = await session.receiver({ address: 'browsed-live', distributionMode: 'copy' });
      browser.grant(10);
      await fill('browsed-live', 1);
      assert.equal(textOf((await browser.receive()).payload), '0');
      assert.equal(stored('browsed-live'), 1);
    });

    test('[3.5.7] without it, the answer says move for a queue and copy for a topic', async () => {
      await using session = await RawSession.open(server.amqp);
      assert.equal((await session.receiver('mode-queue')).answer.source?.distributionMode, 'move');
      const topic = await session.receiver({ address: 'mode-topic', capabilities: ['topic'] });
      assert.equal(topic.answer.source?.distributionMode, 'copy');
    });
  });

  test('[2.6.12] deliveries beyond the limit of unsettled ones wait until some are settled', async () => {
    await using strict = await startTestServer({ http: 'off', amqpUnsettledMax: 4 });
    await using session = await RawSession.open(strict.amqp);
    const sender = await session.sender('unsettled-limit');
    await sender.credit();
    for (let i = 0; i < 10; i++) await sender.outcomeOf(text(`${i}`));
    const receiver = await session.receiver('unsettled-limit');
    receiver.grant(10);
    await session.caughtUp();
    await session.caughtUp();
    assert.equal(session.nextIncomingId, 4);
    session.disposition(0, 1, ACCEPTED);
    await session.caughtUp();
    await session.caughtUp();
    assert.equal(session.nextIncomingId, 6);
    session.disposition(2, 5, ACCEPTED);
    for (let i = 0; i < 10; i++) assert.equal(textOf((await receiver.receive()).payload), `${i}`);
  });

  test('[2.6.2] a message that does not fit what the receiver takes is not sent: max-message-size', async () => {
    await using session = await RawSession.open(server.amqp);
    const sender = await session.sender('too-large');
    await sender.credit();
    await sender.outcomeOf(blob(500));
    const receiver = await session.receiver('too-large', { maxMessageSize: 100n });
    receiver.grant(1);
    assert.equal((await receiver.detachError()).condition, 'amqp:link:message-size-exceeded');
    assert.equal(session.nextIncomingId, 0);
    assert.equal(stored('too-large'), 1);
  });
});
