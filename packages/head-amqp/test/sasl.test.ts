import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PROTOCOL_HEADER_AMQP, PROTOCOL_HEADER_SASL, SASL_AUTH, SASL_OK, type SaslInit } from '@angarium/codec-amqp';
import { hashPassword } from '@angarium/server';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { frameBytes, joined, RawPeer, saslBytes } from './support/raw-peer.ts';

function plain(user: string, password: string, authorization = ''): SaslInit {
  return { mechanism: 'PLAIN', initialResponse: Buffer.from(`${authorization}\0${user}\0${password}`) };
}

async function codeOf(server: TestServer, init: SaslInit): Promise<number> {
  await using peer = await RawPeer.connect(server.amqp);
  peer.sendHeader(true);
  await peer.header();
  peer.sasl({ kind: 'sasl-init', ...init });
  const { code } = await peer.saslFrame('sasl-outcome');
  if (code !== SASL_OK) await peer.ended();
  return code;
}

describe('SASL (part 5, section 5.3)', () => {
  let open: TestServer;
  let guarded: TestServer;

  before(async () => {
    open = await startTestServer({ http: 'off' });
    guarded = await startTestServer({ http: 'off', users: [{ name: 'anna', passwordHash: await hashPassword('sesam öffne dich') }] });
  });
  after(async () => {
    await open[Symbol.asyncDispose]();
    await guarded[Symbol.asyncDispose]();
  });

  test('[5.3.3.1] the server offers ANONYMOUS to this machine, and PLAIN alone once there are users', async () => {
    for (const [server, mechanisms] of [
      [open, ['ANONYMOUS']],
      [guarded, ['PLAIN']],
    ] as const) {
      await using peer = await RawPeer.connect(server.amqp);
      peer.sendHeader(true);
      assert.deepEqual((await peer.saslFrame('sasl-mechanisms')).mechanisms, mechanisms);
    }
  });

  test('[5.3.2] after the outcome both send the header of AMQP, and open', async () => {
    await using peer = await RawPeer.connect(open.amqp);
    peer.sendHeader(true);
    assert.deepEqual(await peer.header(), [3, 1, 0, 0]);
    peer.sasl({ kind: 'sasl-init', mechanism: 'ANONYMOUS' });
    assert.equal((await peer.saslFrame('sasl-outcome')).code, SASL_OK);
    peer.sendHeader();
    assert.deepEqual(await peer.header(), [0, 1, 0, 0]);
    peer.write({ kind: 'open', containerId: 'anybody' });
    assert.equal((await peer.next('open')).containerId, open.containerId);
  });

  test('[5.3.3.6] PLAIN with the right password is ok', async () => {
    assert.equal(await codeOf(guarded, plain('anna', 'sesam öffne dich')), SASL_OK);
  });

  test('[5.3.3.6] PLAIN may name the user himself as the one to act for', async () => {
    assert.equal(await codeOf(guarded, plain('anna', 'sesam öffne dich', 'anna')), SASL_OK);
  });

  for (const [what, init] of [
    ['a wrong password', plain('anna', 'sesam')],
    ['an unknown user', plain('berta', 'sesam öffne dich')],
    ['somebody else to act for', plain('anna', 'sesam öffne dich', 'berta')],
    ['no user', plain('', 'sesam öffne dich')],
    ['PLAIN without a response', { mechanism: 'PLAIN' }],
    ['PLAIN with a response of other shape', { mechanism: 'PLAIN', initialResponse: Buffer.from('anna') }],
    ['a mechanism that is not offered', { mechanism: 'ANONYMOUS' }],
    ['a mechanism that does not exist', { mechanism: 'GUESS' }],
  ] as const satisfies readonly (readonly [string, SaslInit])[]) {
    test(`[5.3.3.6] ${what} is refused with the code auth, and the connection ends`, async () => {
      assert.equal(await codeOf(guarded, init), SASL_AUTH);
    });
  }

  test('[5.3.2] a frame other than sasl-init is refused', async () => {
    await using peer = await RawPeer.connect(open.amqp);
    peer.sendHeader(true);
    peer.sasl({ kind: 'sasl-response', response: Uint8Array.of(1) });
    assert.equal((await peer.saslFrame('sasl-outcome')).code, SASL_AUTH);
    await peer.ended();
  });

  test('[5.3.1] an AMQP frame in place of a SASL frame ends the connection', async () => {
    await using peer = await RawPeer.connect(open.amqp);
    peer.sendHeader(true);
    peer.write({ kind: 'open', containerId: 'too-early' });
    await peer.ended();
    assert.equal(peer.unread('open').length, 0);
  });

  for (const [what, server, init] of [
    ['ANONYMOUS', () => open, { mechanism: 'ANONYMOUS' }],
    ['PLAIN, which takes its time', () => guarded, plain('anna', 'sesam öffne dich')],
  ] as const) {
    const conversation = (): Uint8Array =>
      joined(
        PROTOCOL_HEADER_SASL,
        saslBytes({ kind: 'sasl-init', ...init }),
        PROTOCOL_HEADER_AMQP,
        frameBytes({ kind: 'open', containerId: 'hasty' }),
        frameBytes({ kind: 'begin', nextOutgoingId: 0, incomingWindow: 10, outgoingWindow: 10 }),
      );

    async function expectSession(peer: RawPeer): Promise<void> {
      assert.equal((await peer.saslFrame('sasl-outcome')).code, SASL_OK);
      await peer.next('open');
      assert.equal((await peer.next('begin')).remoteChannel, 0);
    }

    test(`[2.4.1] everything up to begin may be sent at once (${what})`, async () => {
      await using peer = await RawPeer.connect(server().amqp);
      peer.send(conversation());
      await expectSession(peer);
    });

    test(`[2.3] the stream may be cut anywhere: byte by byte (${what})`, async () => {
      await using peer = await RawPeer.connect(server().amqp);
      for (const byte of conversation()) {
        peer.send(Uint8Array.of(byte));
        await new Promise(resolve => setImmediate(resolve));
      }
      await expectSession(peer);
    });

    test(`[2.3] the stream may be cut anywhere: once, at every place (${what})`, async () => {
      const bytes = conversation();
      for (let cut = 1; cut < bytes.length; cut += 3) {
        await using peer = await RawPeer.connect(server().amqp);
        peer.send(bytes.subarray(0, cut));
        await new Promise(resolve => setImmediate(resolve));
        peer.send(bytes.subarray(cut));
        await expectSession(peer);
      }
    });
  }

  test('[5.3.2] what is sent after a refused sasl-init is not looked at', async () => {
    await using peer = await RawPeer.connect(guarded.amqp);
    peer.send(
      joined(
        PROTOCOL_HEADER_SASL,
        saslBytes({ kind: 'sasl-init', ...plain('anna', 'wrong') }),
        PROTOCOL_HEADER_AMQP,
        frameBytes({ kind: 'open', containerId: 'intruder' }),
      ),
    );
    assert.equal((await peer.saslFrame('sasl-outcome')).code, SASL_AUTH);
    await peer.ended();
    assert.equal(peer.unread('open').length, 0);
  });
});
