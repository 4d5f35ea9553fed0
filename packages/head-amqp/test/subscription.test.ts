import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Source } from '@angarium/codec-amqp';
import { startTestServer, type TestServer, temporaryFolder } from '@angarium/testkit';
import { ACCEPTED, text, textOf } from './support/messages.ts';
import { RawPeer } from './support/raw-peer.ts';
import { type RawReceiver, RawSession } from './support/raw-session.ts';

const DURABLE: Omit<Source, 'address'> = { durable: 2, expiryPolicy: 'never', capabilities: ['topic'] };

describe('subscriptions of topics (part 3, section 3.5.6)', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off' });
  });
  after(() => server[Symbol.asyncDispose]());

  function subscriptions(address: string): number | undefined {
    return server.broker.space(undefined).addresses.get(address)?.status().subscriptions;
  }

  async function publish(address: string, ...words: string[]): Promise<void> {
    await using session = await RawSession.open(server.amqp, 'publisher');
    const sender = await session.sender(address);
    await sender.credit();
    for (const word of words) assert.deepEqual(await sender.outcomeOf(text(word)), ACCEPTED);
  }

  async function expectWords(receiver: RawReceiver, ...words: string[]): Promise<void> {
    receiver.grant(words.length + 10);
    for (const word of words) {
      const delivery = await receiver.receive();
      assert.equal(textOf(delivery.payload), word);
      receiver.settle(delivery, ACCEPTED);
    }
    await receiver.session.caughtUp();
    assert.equal(receiver.session.peer.unread('transfer').length, 0);
  }

  test('[3.5.6] what was published before the link is not for it, and every link gets what comes then', async () => {
    await using session = await RawSession.open(server.amqp);
    await session.sender({ address: 'news', capabilities: ['topic'] });
    await publish('news', 'old');
    const receivers = [await session.receiver('news'), await session.receiver('news')];
    await publish('news', 'one', 'two');
    for (const receiver of receivers) await expectWords(receiver, 'one', 'two');
  });

  test('[3.5.6] a link that asks for nothing leaves no subscription behind', async () => {
    await using session = await RawSession.open(server.amqp);
    const receiver = await session.receiver({ address: 'private', capabilities: ['topic'] });
    assert.equal(subscriptions('private'), 1);
    await receiver.detach(false);
    assert.equal(subscriptions('private'), 0);
  });

  test('[3.5.5] a durable subscription is kept while its link is detached, and gets what was published meanwhile', async () => {
    await using session = await RawSession.open(server.amqp, 'kept');
    const first = await session.receiver({ address: 'kept', ...DURABLE }, { name: 'sub' });
    assert.equal(first.answer.source?.durable, 2);
    assert.equal(first.answer.source?.expiryPolicy, 'never');
    await first.detach(false);
    await publish('kept', 'meanwhile');
    const second = await session.receiver({ address: 'kept', ...DURABLE }, { name: 'sub' });
    await expectWords(second, 'meanwhile');
  });

  test('[2.6.3] a receiver without a source resumes the durable subscription of its container and name', async () => {
    await using session = await RawSession.open(server.amqp, 'resuming');
    await (await session.receiver({ address: 'resumed', ...DURABLE }, { name: 'sub' })).detach(false);
    await publish('resumed', 'meanwhile');
    const again = await session.receiver(undefined, { name: 'sub' });
    assert.equal(again.answer.source?.address, 'resumed');
    await expectWords(again, 'meanwhile');
  });

  test('[2.6.6] detach with closed ends a durable subscription', async () => {
    await using session = await RawSession.open(server.amqp, 'closing');
    const receiver = await session.receiver({ address: 'closed', ...DURABLE }, { name: 'sub' });
    await receiver.detach(true);
    assert.equal(subscriptions('closed'), 0);
    const gone = await session.receiver(undefined, { name: 'sub' });
    assert.equal((await gone.detachError()).condition, 'amqp:not-found');
  });

  test('[3.5.5] a durable subscription is kept over a broken connection and a restart, with durable messages and without others', async () => {
    await using folder = await temporaryFolder();
    await using before = await startTestServer({ http: 'off', dataDir: folder.path });
    const session = await RawSession.open(before.amqp, 'restarting');
    await session.receiver({ address: 'restarted', ...DURABLE }, { name: 'sub' });
    const sender = await session.sender('restarted');
    await sender.credit();
    await session[Symbol.asyncDispose]();
    const publisher = await RawSession.open(before.amqp, 'publisher');
    const again = await publisher.sender('restarted');
    await again.credit();
    assert.deepEqual(await again.outcomeOf(text('durable', { header: { durable: true } })), ACCEPTED);
    assert.deepEqual(await again.outcomeOf(text('not durable')), ACCEPTED);
    await publisher[Symbol.asyncDispose]();
    await before.stop();
    await using restarted = await startTestServer({ http: 'off', dataDir: folder.path });
    await using back = await RawSession.open(restarted.amqp, 'restarting');
    const receiver = await back.receiver({ address: 'restarted', ...DURABLE }, { name: 'sub' });
    await expectWords(receiver, 'durable');
  });

  test('[2.6.1] a durable subscription that another connection of the container attaches to leaves the older link stolen', async () => {
    await using older = await RawSession.open(server.amqp, 'twice');
    await using newer = await RawSession.open(server.amqp, 'twice');
    const first = await older.receiver({ address: 'taken', ...DURABLE }, { name: 'sub' });
    const second = await newer.receiver({ address: 'taken', ...DURABLE }, { name: 'sub' });
    assert.equal((await first.detachError()).condition, 'amqp:link:stolen');
    await publish('taken', 'for the newer');
    await expectWords(second, 'for the newer');
  });

  test('[3.5.6] two containers may use the same name for subscriptions of their own', async () => {
    await using one = await RawSession.open(server.amqp, 'container-one');
    await using other = await RawSession.open(server.amqp, 'container-two');
    const first = await one.receiver({ address: 'both', ...DURABLE }, { name: 'sub' });
    const second = await other.receiver({ address: 'both', ...DURABLE }, { name: 'sub' });
    await publish('both', 'to each');
    await expectWords(first, 'to each');
    await expectWords(second, 'to each');
  });

  test('the links of a shared subscription compete', async () => {
    await using one = await RawSession.open(server.amqp, 'sharing');
    await using other = await RawSession.open(server.amqp, 'sharing');
    const source: Source = { address: 'shared', capabilities: ['topic', 'shared'], durable: 2, expiryPolicy: 'never' };
    const first = await one.receiver(source, { name: 'group' });
    const second = await other.receiver(source, { name: 'group|2' });
    first.grant(1);
    second.grant(1);
    await one.caughtUp();
    await other.caughtUp();
    await publish('shared', 'one', 'two');
    const words = [textOf((await first.receive()).payload), textOf((await second.receive()).payload)];
    assert.deepEqual(words.toSorted(), ['one', 'two']);
  });

  test('a global shared subscription is one for all containers', async () => {
    await using one = await RawSession.open(server.amqp, 'global-one');
    await using other = await RawSession.open(server.amqp, 'global-two');
    const source: Source = { address: 'global', capabilities: ['topic', 'shared', 'global'] };
    await one.receiver(source, { name: 'group' });
    await other.receiver(source, { name: 'group' });
    assert.equal(subscriptions('global'), 1);
  });

  test('a subscription that is shared cannot be attached to unshared', async () => {
    await using session = await RawSession.open(server.amqp, 'mismatch');
    const source: Source = { address: 'mismatched', ...DURABLE };
    await session.receiver({ ...source, capabilities: ['topic', 'shared'] }, { name: 'sub' });
    const unshared = await session.receiver(source, { name: 'sub' });
    // Attaching again under the same name takes the older link's place before anything else.
    assert.equal((await unshared.detachError()).condition, 'amqp:precondition-failed');
  });

  test('[3.5.6] link-detach with a timeout: kept that long after the link is detached', async () => {
    await using session = await RawSession.open(server.amqp, 'timed');
    const source: Source = { address: 'timed', capabilities: ['topic'], expiryPolicy: 'link-detach', timeout: 60 };
    const first = await session.receiver(source, { name: 'sub' });
    await first.detach(false);
    assert.equal(subscriptions('timed'), 1);
    await publish('timed', 'meanwhile');
    const second = await session.receiver(source, { name: 'sub' });
    await expectWords(second, 'meanwhile');
    await second.detach(true);
    assert.equal(subscriptions('timed'), 0);
  });

  test('[3.5.6] link-detach with a timeout: gone when it is over', async () => {
    await using session = await RawSession.open(server.amqp, 'brief');
    const source: Source = { address: 'brief', capabilities: ['topic'], expiryPolicy: 'link-detach', timeout: 1 };
    const first = await session.receiver(source, { name: 'sub' });
    await first.detach(false);
    const deadline = performance.now() + 5000;
    while (subscriptions('brief') === 1 && performance.now() < deadline) await session.caughtUp();
    assert.equal(subscriptions('brief'), 0);
  });

  test('[3.5.6] session-end: kept over a detach, and gone with the session', async () => {
    await using peer = await RawPeer.open(server.amqp, { containerId: 'by-session' });
    const session = await RawSession.begin(peer, {}, 1);
    const source: Source = { address: 'by-session', capabilities: ['topic'], expiryPolicy: 'session-end' };
    const receiver = await session.receiver(source, { name: 'sub' });
    await receiver.detach(false);
    assert.equal(subscriptions('by-session'), 1);
    await session.end();
    assert.equal(subscriptions('by-session'), 0);
  });

  test('[3.5.6] connection-close: kept over the end of its session, and gone with the connection', async () => {
    await using peer = await RawPeer.open(server.amqp, { containerId: 'by-connection' });
    const source: Source = { address: 'by-connection', capabilities: ['topic'], expiryPolicy: 'connection-close' };
    const first = await RawSession.begin(peer);
    await first.receiver(source, { name: 'sub' });
    await first.end();
    assert.equal(subscriptions('by-connection'), 1);
    await publish('by-connection', 'meanwhile');
    const second = await RawSession.begin(peer);
    await expectWords(await second.receiver(source, { name: 'sub' }), 'meanwhile');
    await peer.close();
    assert.equal(subscriptions('by-connection'), 0);
  });
});
