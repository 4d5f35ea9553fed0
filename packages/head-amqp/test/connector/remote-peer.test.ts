import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type AmqpError, decodeMessage } from '@angarium/codec-amqp';
import { openConnectors } from '@angarium/head-amqp';
import { EventLoopTurn } from '@angarium/server';
import { Forwarding, fails } from '../support/forwarding.ts';
import { text, textOf } from '../support/messages.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import { RawRemote, REMOTE_CHANNEL, REMOTE_HANDLE } from '../support/raw-remote.ts';
import { RheaClient, send } from '../support/rhea-client.ts';

const OUT = { connector: 'raw', direction: 'out', address: 'q', remoteAddress: 'theirs' } as const;
const IN = { ...OUT, direction: 'in' } as const;

/** Its clock goes ahead. */
class AheadTurn extends EventLoopTurn {
  aheadMs = 0;

  override get nowMs(): number {
    return super.nowMs + this.aheadMs;
  }
}

describe('a remote that says exactly this', () => {
  let ours: Forwarding;
  let remote: RawRemote;
  let client: RheaClient;
  let peer: RawPeer;
  let names = 0;
  /** Of the forwarder and the address of a test. */
  let name: string;

  before(async () => {
    [ours, remote] = await Promise.all([Forwarding.start(), RawRemote.listen()]);
    client = await RheaClient.connect(ours.server);
  });
  after(async () => {
    await client?.[Symbol.asyncDispose]();
    await peer?.[Symbol.asyncDispose]();
    await ours?.[Symbol.asyncDispose]();
    await remote?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await ours.server.connectors.forwarders.remove(ours.space, name);
    await peer?.[Symbol.asyncDispose]();
    await ours.server.connectors.connectors.remove(ours.space, 'raw');
    name = `n${names++}`;
    const works = ours.connect('raw', { host: remote.host, port: remote.port });
    ({ peer } = await remote.open());
    await works;
  });

  /** What a sender of the address has of it. */
  function flow(deliveryCount: number, linkCredit: number): void {
    const windows = { nextIncomingId: 0, incomingWindow: 1000, nextOutgoingId: 0, outgoingWindow: 1000 };
    peer.write({ kind: 'flow', ...windows, handle: REMOTE_HANDLE, deliveryCount, linkCredit }, REMOTE_CHANNEL);
  }

  function put(spec: typeof OUT | typeof IN): void {
    assert.equal(ours.server.connectors.forwarders.put(ours.space, name, { ...spec, address: name }), undefined);
  }

  test('[2.6] our handle and channel are our own, and the remote’s its own', async () => {
    put(OUT);
    const asked = await remote.attached(peer);
    assert.equal(asked.role, 'sender');
    assert.deepEqual(asked.target, { kind: 'target', address: 'theirs' });
    flow(0, 1);
    await send(await client.sender(name), { body: 'hello' });
    const { channel, performative, payload } = await peer.frameOf('transfer');
    assert.deepEqual([channel, performative.handle, textOf(payload)], [0, 0, 'hello']);
    peer.write({ kind: 'disposition', role: 'receiver', first: 0, settled: true, state: { kind: 'accepted' } }, REMOTE_CHANNEL);
  });

  test('[2.6.7] nothing is sent without credit, and as much as there is', async () => {
    put(OUT);
    await remote.attached(peer);
    const sender = await client.sender(name);
    for (let i = 0; i < 5; i++) await send(sender, { body: i, durable: true });
    assert.equal(peer.unread('transfer').length, 0);
    flow(0, 3);
    for (let i = 0; i < 3; i++) await peer.frameOf('transfer');
    // What is said next is behind whatever would have been sent.
    peer.write(
      { kind: 'flow', incomingWindow: 1000, nextOutgoingId: 0, outgoingWindow: 1000, nextIncomingId: 3, echo: true },
      REMOTE_CHANNEL,
    );
    await peer.frameOf('flow');
    assert.equal(peer.unread('transfer').length, 0);
  });

  test('what was not settled when the remote goes is sent again, and is no failed attempt', async () => {
    await ours.declare(name, { type: 'queue', redelivery: { attemptsMax: 1 } });
    put(OUT);
    await send(await client.sender(name), { body: 'kept', durable: true });
    for (let round = 0; round < 3; round++) {
      await remote.attached(peer);
      flow(0, 10);
      const { payload, performative } = await peer.frameOf('transfer');
      assert.equal(textOf(payload), 'kept');
      assert.equal(performative.settled ?? false, false);
      assert.equal(decodeMessage(payload).header?.deliveryCount ?? 0, 0);
      await peer[Symbol.asyncDispose]();
      ({ peer } = await remote.open());
    }
  });

  test('[2.6.12] in: nothing is settled before it is stored; what the remote gets is its outcome', async () => {
    put(IN);
    const asked = await remote.attached(peer);
    assert.equal(asked.role, 'receiver');
    assert.equal(asked.sndSettleMode, 0, 'unsettled');
    const { performative: credit } = await peer.frameOf('flow', ({ linkCredit = 0 }) => linkCredit > 0);
    assert.equal(credit.handle, 0);
    const transfer = { handle: REMOTE_HANDLE, deliveryId: 0, deliveryTag: Buffer.from('a'), messageFormat: 0 };
    peer.transfer(transfer, text('stored', { header: { durable: true } }), REMOTE_CHANNEL);
    const { performative, channel } = await peer.frameOf('disposition');
    assert.equal(channel, 0);
    assert.deepEqual(performative, { kind: 'disposition', role: 'receiver', first: 0, settled: true, state: { kind: 'accepted' } });
    assert.equal(ours.space.find(name)?.stored, 1);
  });

  for (const [how, refuse] of [
    ['detaches', (error: AmqpError) => peer.write({ kind: 'detach', handle: REMOTE_HANDLE, closed: true, error }, REMOTE_CHANNEL)],
    ['ends the session', (error: AmqpError) => peer.write({ kind: 'end', error }, REMOTE_CHANNEL)],
  ] as const) {
    test(`[2.6.3] a remote that refuses a link and ${how} is asked again; the connection stays`, async () => {
      put(OUT);
      const error = { condition: 'amqp:unauthorized-access', description: 'no such right' };
      for (let round = 0; round < 2; round++) {
        const failed = ours.log.lines.length;
        const asked = await remote.asked(peer);
        if (how === 'detaches') {
          const { target: _target, ...without } = asked;
          peer.write({ ...without, role: 'receiver', handle: REMOTE_HANDLE }, REMOTE_CHANNEL);
        }
        refuse(error);
        const end = await peer.frameOf('end');
        assert.equal(end.channel, 0);
        if (how === 'detaches') peer.write({ kind: 'end' }, REMOTE_CHANNEL);
        if (round === 0) {
          const line = await ours.forwarderSays(name, fails, failed);
          assert.match(line.why as string, /amqp:unauthorized-access: no such right/);
        }
      }
      assert.equal(ours.connector('raw').phase, 'Active');
      await remote.attached(peer);
      await ours.forwarderSays(name, line => line.msg === 'forwarder works', 0);
    });
  }

  test('a message that the remote gives back again and again does not go to and fro without a pause', async () => {
    put(OUT);
    await remote.attached(peer);
    flow(0, 1000);
    await send(await client.sender(name), { body: 'unwanted', durable: true });
    const pause = ours.log.find(({ msg }) => msg.startsWith('forwarder pauses'));
    let count = 0;
    for (; count < 100; count++) {
      const { performative } = await peer.frameOf('transfer');
      const first = performative.deliveryId!;
      peer.write({ kind: 'disposition', role: 'receiver', first, settled: true, state: { kind: 'released' } }, REMOTE_CHANNEL);
    }
    await pause;
    assert.equal(ours.forwarder(name).outcomes.released, 100);
    assert.match(ours.forwarder(name).lastRejection!, /gave back 100 messages/);
    const { performative } = await peer.frameOf('transfer');
    assert.equal(performative.deliveryId, 100, 'after the pause it is tried again');
  });

  test('a remote that does not answer is asked again', async () => {
    const turn = new AheadTurn();
    await using connectors = openConnectors({ broker: ours.server.broker, turn, report: () => {}, containerId: 'ahead' });
    connectors.connectors.put(ours.space, 'ahead', { host: remote.host, port: remote.port });
    const { peer: other } = await remote.open();
    connectors.forwarders.put(ours.space, 'ahead', { ...OUT, connector: 'ahead' });
    await remote.asked(other);
    turn.aheadMs = 31_000;
    const { performative } = await other.frameOf('end');
    assert.match(performative.error!.description!, /does not answer for 30000 ms: is theirs there/);
    other.write({ kind: 'end' }, REMOTE_CHANNEL);
    turn.aheadMs = 41_000;
    await remote.attached(other);
    await other[Symbol.asyncDispose]();
  });

  test('a link of ours that the remote detaches is attached again', async () => {
    put(OUT);
    await remote.attached(peer);
    peer.write({ kind: 'detach', handle: REMOTE_HANDLE, closed: true, error: { condition: 'amqp:link:detach-forced' } }, REMOTE_CHANNEL);
    await peer.frameOf('end');
    peer.write({ kind: 'end' }, REMOTE_CHANNEL);
    await remote.attached(peer);
  });

  test('a remote may attach nothing of its own, and begin no session', async () => {
    put(OUT);
    await remote.attached(peer);
    const from = ours.log.lines.length;
    const theirs = { name: 'theirs', handle: 9, role: 'receiver', source: { address: 'secret' } } as const;
    peer.write({ kind: 'attach', ...theirs }, REMOTE_CHANNEL);
    assert.equal((await peer.frameOf('end')).performative.error?.condition, 'amqp:not-allowed');
    peer.write({ kind: 'begin', nextOutgoingId: 0, incomingWindow: 1, outgoingWindow: 1 }, 77);
    assert.equal((await peer.next('close')).error?.condition, 'amqp:not-allowed');
    assert.match(
      (await ours.log.find(({ msg }) => msg.startsWith('connector fails'), from)).why as string,
      /^the remote broke the protocol/,
    );
    ({ peer } = await remote.open());
  });

  test('a close says why, and the connector comes back', async () => {
    const from = ours.log.lines.length;
    peer.write({ kind: 'close', error: { condition: 'amqp:connection:forced', description: 'maintenance' } });
    const line = await ours.log.find(each => each.connector === 'raw' && fails(each), from);
    assert.equal(line.why, 'the remote closed the connection: amqp:connection:forced: maintenance');
    ({ peer } = await remote.open());
  });

  test('[2.4.5] heartbeats go to a remote that asks for them', async () => {
    await peer[Symbol.asyncDispose]();
    ({ peer } = await remote.open({ idleTimeOutMs: 2000 }));
    await peer.until('a heartbeat', received => received.type === 'heartbeat');
  });

  test('[2.4.5] a remote that says nothing is left', async () => {
    await ours.server.connectors.connectors.remove(ours.space, 'raw');
    const failed = ours.connect('raw', { host: remote.host, port: remote.port, idleTimeoutMs: 1000 }, fails);
    ({ peer } = await remote.open());
    assert.match((await failed).why as string, /Nothing came for 1000 ms/);
    ({ peer } = await remote.open());
  });
});
