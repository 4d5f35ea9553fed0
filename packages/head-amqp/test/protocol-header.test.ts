import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { hashPassword } from '@angarium/server';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { RawPeer } from './support/raw-peer.ts';

const AMQP_1_0_0 = [0, 1, 0, 0];
const SASL_1_0_0 = [3, 1, 0, 0];

async function answerTo(server: TestServer, bytes: readonly number[]): Promise<readonly number[]> {
  await using peer = await RawPeer.connect(server.amqp);
  peer.send(Uint8Array.from(bytes));
  const header = await peer.header();
  await peer.ended();
  return header;
}

function headerBytes(...rest: readonly number[]): number[] {
  return [...Buffer.from('AMQP'), ...rest];
}

describe('protocol headers (part 2, section 2.2)', () => {
  let server: TestServer;
  let guarded: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off' });
    guarded = await startTestServer({ http: 'off', users: [{ name: 'anna', passwordHash: await hashPassword('secret') }] });
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await guarded[Symbol.asyncDispose]();
  });

  test('[2.2] the header of AMQP 1.0.0 is answered with the same', async () => {
    await using peer = await RawPeer.connect(server.amqp);
    peer.sendHeader();
    assert.deepEqual(await peer.header(), AMQP_1_0_0);
  });

  test('[2.2] a header that comes byte by byte is answered when it is whole', async () => {
    await using peer = await RawPeer.connect(server.amqp);
    for (const byte of headerBytes(...AMQP_1_0_0)) {
      peer.send(Uint8Array.of(byte));
      await new Promise(resolve => setImmediate(resolve));
    }
    assert.deepEqual(await peer.header(), AMQP_1_0_0);
  });

  for (const [what, rest] of [
    ['an older version', [0, 0, 9, 1]],
    ['a newer version', [0, 2, 0, 0]],
    ['another minor version', [0, 1, 1, 0]],
    ['another revision', [0, 1, 0, 1]],
    ['a SASL layer of another version', [3, 2, 0, 0]],
    ['TLS in this connection (protocol id 2), which is not offered', [2, 1, 0, 0]],
    ['an unknown protocol id', [7, 1, 0, 0]],
  ] as const) {
    test(`[2.2] ${what} is answered with a header that would be taken, and the connection ends`, async () => {
      const header = await answerTo(server, headerBytes(...rest));
      assert.ok(
        [AMQP_1_0_0, SASL_1_0_0].some(taken => taken.join() === header.join()),
        header.join(),
      );
    });
  }

  test('[2.2] what is not AMQP at all is answered with a header that would be taken, and the connection ends', async () => {
    const header = await answerTo(server, [...Buffer.from('GET / HTTP/1.1\r\n\r\n')]);
    assert.ok(
      [AMQP_1_0_0, SASL_1_0_0].some(taken => taken.join() === header.join()),
      header.join(),
    );
  });

  test('[2.2] AMQP without SASL, where it is demanded, is answered with the header of SASL, and the connection ends', async () => {
    assert.deepEqual(await answerTo(guarded, headerBytes(...AMQP_1_0_0)), SASL_1_0_0);
  });

  test('[2.2] nothing that follows a refused header is answered', async () => {
    await using peer = await RawPeer.connect(server.amqp);
    peer.send(Uint8Array.from(headerBytes(0, 0, 9, 1)));
    peer.write({ kind: 'open', containerId: 'late' });
    await peer.ended();
    assert.deepEqual(
      peer.received.map(({ type }) => type),
      ['header'],
    );
  });
});
