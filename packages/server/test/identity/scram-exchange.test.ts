import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALL_RIGHTS, Principal } from '@angarium/core';
import { ScramClient } from '@angarium/testkit';
import type { ExchangeReply, ScramMechanism } from '@angarium/transport';
import fc from 'fast-check';
import {
  ITERATIONS_MIN,
  impossibleScramCredentials,
  makeScramCredentials,
  type ScramCredentials,
} from '../../src/identity/scram-credentials.ts';
import { SCRAM_MESSAGE_BYTES_MAX, ScramExchange, type ScramUser } from '../../src/identity/scram-exchange.ts';

const USER = new Principal({ user: 'user', space: 'default', rights: ALL_RIGHTS });
const SECRET = Buffer.alloc(32, 7);
const MECHANISMS: readonly ScramMechanism[] = ['SCRAM-SHA-256', 'SCRAM-SHA-512'];

async function credentialsOf(mechanism: ScramMechanism, password: string, salt?: Buffer): Promise<ScramCredentials> {
  const made = await makeScramCredentials(mechanism, password, ITERATIONS_MIN, salt);
  assert.ok(made);
  return made;
}

/** Knows one user; everybody else has credentials that no password has. */
function only(mechanism: ScramMechanism, user: string, credentials: ScramCredentials): (name: string) => ScramUser {
  return name =>
    name === user
      ? { admit: () => USER, credentials }
      : { admit: () => undefined, credentials: impossibleScramCredentials(mechanism, name, SECRET, credentials) };
}

function said(exchange: ScramExchange, message: Uint8Array | string): ExchangeReply {
  const replies: ExchangeReply[] = [];
  exchange.step(Buffer.from(message), reply => replies.push(reply));
  assert.equal(replies.length, 1, 'each message is answered once');
  return replies[0]!;
}

function challenged(exchange: ScramExchange, message: Uint8Array | string): string {
  const reply = said(exchange, message);
  assert.equal(reply.kind, 'challenge', JSON.stringify(reply));
  return reply.kind === 'challenge' ? Buffer.from(reply.data).toString() : '';
}

describe('the server’s side of SCRAM', () => {
  test('[RFC 7677, 3] the example of SCRAM-SHA-256 comes out to the letter', async () => {
    const credentials = await credentialsOf('SCRAM-SHA-256', 'pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'));
    const find = only('SCRAM-SHA-256', 'user', credentials);
    const exchange = new ScramExchange('SCRAM-SHA-256', find, '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0');
    assert.equal(
      challenged(exchange, 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO'),
      'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    );
    const last = said(
      exchange,
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    );
    assert.deepEqual(last, {
      kind: 'success',
      principal: USER,
      data: Buffer.from('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='),
    });
  });

  test('[RFC 5802, 3] any password lets its user in, no other one does, and the server proves itself', async () => {
    const text = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...MECHANISMS), text, text, text, async (mechanism, user, password, other) => {
        const find = only(mechanism, user, await credentialsOf(mechanism, password));
        const exchange = new ScramExchange(mechanism, find, 'ours');
        const client = new ScramClient(mechanism, user, other);
        const reply = said(exchange, client.final(Buffer.from(challenged(exchange, client.first))));
        assert.equal(reply.kind, password === other ? 'success' : 'failure');
        if (reply.kind === 'success') assert.ok(client.verifies(reply.data));
      }),
      { numRuns: 40, examples: [['SCRAM-SHA-512', 'a=b,c', 'secret', 'secret']] },
    );
  });

  test('[RFC 5802, 5.1] a client that begins without a message is asked for it once', async () => {
    const find = only('SCRAM-SHA-256', 'anna', await credentialsOf('SCRAM-SHA-256', 'secret'));
    const exchange = new ScramExchange('SCRAM-SHA-256', find, 'ours');
    assert.equal(challenged(exchange, ''), '');
    const client = new ScramClient('SCRAM-SHA-256', 'anna', 'secret');
    assert.equal(said(exchange, client.final(Buffer.from(challenged(exchange, client.first)))).kind, 'success');
    const other = new ScramExchange('SCRAM-SHA-256', find, 'ours');
    challenged(other, '');
    assert.equal(said(other, '').kind, 'failure');
  });

  for (const [what, first] of [
    ['no message', 'n,,'],
    ['no name', 'n,,r=nonce'],
    ['an empty name', 'n,,n=,r=nonce'],
    ['no nonce', 'n,,n=anna'],
    ['an empty nonce', 'n,,n=anna,r='],
    ['a nonce that is not printable', 'n,,n=anna,r=no\x01nce'],
    ['[5.1] a name with an equals sign that stands for nothing', 'n,,n=an=na,r=nonce'],
    ['[5.1] an extension that must be understood', 'n,,m=what,n=anna,r=nonce'],
    ['[6] channel binding', 'p=tls-unique,,n=anna,r=nonce'],
    ['another flag', 'x,,n=anna,r=nonce'],
    ['somebody else to act for', 'n,a=berta,n=anna,r=nonce'],
    ['a name with a control character', 'n,,n=an\x07na,r=nonce'],
    ['a NUL', 'n,,n=anna,r=nonce\0'],
    ['a message that is too long', `n,,n=anna,r=${'x'.repeat(SCRAM_MESSAGE_BYTES_MAX)}`],
    ['bytes that are no UTF-8', Buffer.from('n,,n=ann\xff,r=nonce', 'latin1')],
  ] as const) {
    test(`[RFC 5802, 5.1] a first message with ${what} fails, and the exchange is over`, async () => {
      const find = only('SCRAM-SHA-256', 'anna', await credentialsOf('SCRAM-SHA-256', 'secret'));
      const exchange = new ScramExchange('SCRAM-SHA-256', find, 'ours');
      assert.equal(said(exchange, first).kind, 'failure');
      assert.equal(said(exchange, new ScramClient('SCRAM-SHA-256', 'anna', 'secret').first).kind, 'failure');
    });
  }

  test('[RFC 5802, 5.1] the user himself may be named as the one to act for, and y is as good as n', async () => {
    const find = only('SCRAM-SHA-256', 'anna', await credentialsOf('SCRAM-SHA-256', 'secret'));
    challenged(new ScramExchange('SCRAM-SHA-256', find, 'ours'), 'n,a=anna,n=anna,r=nonce');
    challenged(new ScramExchange('SCRAM-SHA-256', find, 'ours'), 'y,,n=anna,r=nonce,x=more');
  });

  for (const [what, change] of [
    ['another nonce', (final: string) => final.replace('ours', 'yours')],
    ['another header', (final: string) => final.replace('c=biws', 'c=eSws')],
    ['no proof', (final: string) => final.replace(/,p=.*/, '')],
    ['a proof of another length', (final: string) => final.replace(/,p=.*/, ',p=AAAA')],
    ['a proof of the right length', (final: string) => final.replace(/,p=.*/, `,p=${Buffer.alloc(32).toString('base64')}`)],
    ['an extension that the proof does not cover', (final: string) => final.replace(',p=', ',x=1,p=')],
    ['nothing', () => ''],
  ] as const) {
    test(`[RFC 5802, 5.1] a last message with ${what} fails, and the right one after it too`, async () => {
      const find = only('SCRAM-SHA-256', 'anna', await credentialsOf('SCRAM-SHA-256', 'secret'));
      const exchange = new ScramExchange('SCRAM-SHA-256', find, 'ours');
      const client = new ScramClient('SCRAM-SHA-256', 'anna', 'secret');
      const final = client.final(Buffer.from(challenged(exchange, client.first))).toString();
      assert.equal(said(exchange, change(final)).kind, 'failure');
      assert.equal(said(exchange, final).kind, 'failure');
    });
  }

  test('[RFC 5802, 9] what was overheard lets nobody in again: neither in the same exchange nor in another', async () => {
    const find = only('SCRAM-SHA-256', 'anna', await credentialsOf('SCRAM-SHA-256', 'secret'));
    const exchange = new ScramExchange('SCRAM-SHA-256', find, 'ours');
    const client = new ScramClient('SCRAM-SHA-256', 'anna', 'secret');
    const final = client.final(Buffer.from(challenged(exchange, client.first)));
    assert.equal(said(exchange, final).kind, 'success');
    assert.equal(said(exchange, final).kind, 'failure');
    const another = new ScramExchange('SCRAM-SHA-256', find, 'other');
    challenged(another, client.first);
    assert.equal(said(another, final).kind, 'failure');
  });

  test('garbage fails, whatever it is', async () => {
    const find = only('SCRAM-SHA-256', 'anna', await credentialsOf('SCRAM-SHA-256', 'secret'));
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.uint8Array(), (first, second) => {
        const exchange = new ScramExchange('SCRAM-SHA-256', find, 'ours');
        assert.equal(said(exchange, first).kind, 'failure');
        assert.equal(said(exchange, second).kind, 'failure');
        const later = new ScramExchange('SCRAM-SHA-256', find, 'ours');
        challenged(later, 'n,,n=anna,r=nonce');
        assert.equal(said(later, second).kind, 'failure');
      }),
    );
  });
});
