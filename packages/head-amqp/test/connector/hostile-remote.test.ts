import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Performative, SaslFrame } from '@angarium/codec-amqp';
import { startTestServer, type TestServer } from '@angarium/testkit';
import fc from 'fast-check';
import { Forwarding } from '../support/forwarding.ts';
import { text } from '../support/messages.ts';
import { frameBytes, type RawPeer, saslBytes, transferBytes } from '../support/raw-peer.ts';
import { RawRemote, REMOTE_CHANNEL, REMOTE_HANDLE } from '../support/raw-remote.ts';
import { RheaClient, said, send } from '../support/rhea-client.ts';

/** How far the remote behaves before it does not any more. */
const STAGES = ['at once', 'after the header', 'after SASL', 'after open', 'after begin', 'after attach'] as const;
const RUNS = 250;
const HOSTILE = ['hostile-out', 'hostile-in'] as const;

const WINDOWS = { incomingWindow: 100, nextOutgoingId: 0, outgoingWindow: 100, nextIncomingId: 0 };
const DELIVERY = { handle: REMOTE_HANDLE, deliveryId: 0, deliveryTag: Buffer.from('t'), messageFormat: 0 };

/** What a remote says, well formed: where it stands, and what became of it, is what makes it hostile. */
const FRAMES: readonly Uint8Array[] = [
  ...(
    [
      { kind: 'open', containerId: 'again' },
      { kind: 'begin', remoteChannel: 0, ...WINDOWS },
      { kind: 'begin', remoteChannel: 1, ...WINDOWS },
      { kind: 'begin', ...WINDOWS },
      { kind: 'attach', name: 'strange', handle: 1, role: 'sender', initialDeliveryCount: 0 },
      { kind: 'flow', ...WINDOWS, handle: REMOTE_HANDLE, deliveryCount: 0, linkCredit: 0xffff_ffff },
      { kind: 'flow', ...WINDOWS, handle: 3, linkCredit: 1, deliveryCount: 5, drain: true, echo: true },
      { kind: 'disposition', role: 'receiver', first: 0, last: 0xffff_ffff, settled: true, state: { kind: 'released' } },
      { kind: 'disposition', role: 'sender', first: 5, settled: true },
      { kind: 'detach', handle: REMOTE_HANDLE, closed: true },
      { kind: 'end' },
      { kind: 'close' },
    ] as const satisfies readonly Performative[]
  ).map(performative => frameBytes(performative, REMOTE_CHANNEL)),
  ...(
    [
      { kind: 'sasl-mechanisms', mechanisms: ['SCRAM-SHA-256', 'ANONYMOUS'] },
      { kind: 'sasl-challenge', challenge: Buffer.from('r=,s=,i=0') },
      { kind: 'sasl-outcome', code: 0 },
      { kind: 'sasl-outcome', code: 3 },
    ] as const satisfies readonly SaslFrame[]
  ).map(saslBytes),
  transferBytes(DELIVERY, text('x'), REMOTE_CHANNEL),
  transferBytes({ ...DELIVERY, more: true }, text('y'), REMOTE_CHANNEL),
  transferBytes({ ...DELIVERY, aborted: true }, new Uint8Array(0), REMOTE_CHANNEL),
];

/** A frame, some of whose bytes are others. */
const spoilt = fc
  .tuple(fc.constantFrom(...FRAMES), fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }))
  .map(([frame, changes]) => {
    const bytes = Buffer.from(frame);
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    return bytes;
  });
const garbage = fc.uint8Array({ minLength: 1, maxLength: 4000 }).map(bytes => Buffer.from(bytes));

describe('a remote that says anything', () => {
  let ours: Forwarding;
  let remote: RawRemote;
  let neighbour: TestServer;

  before(async () => {
    [ours, remote, neighbour] = await Promise.all([Forwarding.start({ http: 'off', mqtt: 'off' }), RawRemote.listen(), startTestServer()]);
    await ours.connect('neighbour', { ...neighbour.amqp });
    await ours.forward('neighbour', { connector: 'neighbour', direction: 'out', address: 'good', remoteAddress: 'good' });
    const backoff = { initialMs: 1, maxMs: 2, multiplier: 1, jitter: 0 };
    assert.equal(
      ours.server.connectors.connectors.put(ours.space, 'hostile', { host: remote.host, port: remote.port, backoff }),
      undefined,
    );
    for (const name of HOSTILE) {
      const direction = name === 'hostile-out' ? 'out' : 'in';
      ours.server.connectors.forwarders.put(ours.space, name, { connector: 'hostile', direction, address: name, remoteAddress: 'r' });
    }
  });
  after(async () => {
    await ours?.[Symbol.asyncDispose]();
    await remote?.[Symbol.asyncDispose]();
    await neighbour?.[Symbol.asyncDispose]();
  });

  async function behaved(stage: (typeof STAGES)[number]): Promise<RawPeer> {
    const depth = STAGES.indexOf(stage);
    if (depth === 0) return await remote.accept();
    if (depth === 1) return await remote.greet('ANONYMOUS');
    if (depth === 2) {
      const peer = await remote.greet('ANONYMOUS');
      await peer.saslFrame('sasl-init');
      peer.sasl({ kind: 'sasl-outcome', code: 0 });
      return peer;
    }
    const { peer } = await remote.open();
    if (depth === 3) return peer;
    for (const channel of [REMOTE_CHANNEL, REMOTE_CHANNEL + 1]) {
      const asked = await remote.asked(peer, {}, channel);
      if (depth > 4) remote.grant(peer, asked, {}, channel);
    }
    return peer;
  }

  test('ends its own connection at the most: no exception, and nobody else is disturbed', async () => {
    await using here = await RheaClient.connect(ours.server);
    await using there = await RheaClient.connect(neighbour);
    const [sender, receiver] = [await here.sender('good'), await there.receiver('good')];
    for (let i = 0; i < 20; i++) assert.equal((await send(await here.sender('hostile-out'), { body: i })).outcome, 'accepted');
    const said20 = fc.array(fc.oneof({ weight: 4, arbitrary: spoilt }, { weight: 1, arbitrary: garbage }), { minLength: 1, maxLength: 20 });
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...STAGES), said20, async (stage, chunks) => {
        const peer = await behaved(stage);
        for (const chunk of chunks) peer.send(chunk);
        await peer[Symbol.asyncDispose]();
        if (++runs % 50 !== 0) return;
        const arrived = said(receiver, 'message');
        await send(sender, { body: runs });
        assert.equal((await arrived).message?.body, runs);
      }),
      { numRuns: RUNS },
    );
    assert.equal(ours.connector('neighbour').attempts, 0);
    // A remote that behaves gets on with it.
    const { peer } = await remote.open();
    await ours.log.find(({ connector, msg }) => connector === 'hostile' && msg === 'connector works', ours.log.lines.length - 1);
    await peer[Symbol.asyncDispose]();
  });
});
