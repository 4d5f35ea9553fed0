import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ScramAnswer, ScramClient } from '@angarium/transport';

const PENCIL = { user: 'user', password: 'pencil' };
const NONCE = 'rOprNGfwEbeRWgbNEkqO';
const SALT = 's=W22ZaJ0SNY7soEsUEjb6gQ==';
const CHALLENGE = `r=${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,${SALT},i=4096`;

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

function answerTo(client: ScramClient, challenge: string): Promise<ScramAnswer> {
  return new Promise(resolve => client.final(Buffer.from(challenge), resolve));
}

describe('the client’s side of SCRAM', () => {
  test('[RFC 7677, 3] the example of SCRAM-SHA-256 comes out to the letter', async () => {
    const client = new ScramClient('SCRAM-SHA-256', PENCIL, NONCE);
    assert.equal(textOf(client.first), `n,,n=user,r=${NONCE}`);
    const answer = await answerTo(client, CHALLENGE);
    assert.ok('message' in answer);
    assert.equal(textOf(answer.message), `c=biws,r=${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`);
    assert.ok(client.verify(Buffer.from('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')));
  });

  test('[RFC 5802, 5] a server that does not know the password is not believed', async () => {
    const client = new ScramClient('SCRAM-SHA-256', PENCIL, NONCE);
    assert.equal(client.verify(Buffer.from('v=undefined')), false, 'before the proof');
    await answerTo(client, CHALLENGE);
    for (const last of ['', 'v=', 'v=AAAA', 'e=other-error']) assert.equal(client.verify(Buffer.from(last)), false, last);
  });

  test('[RFC 5802, 5.1] commas and equals signs of a name are written as such', () => {
    assert.equal(textOf(new ScramClient('SCRAM-SHA-512', { user: 'a,b=c', password: '' }, 'n').first), 'n,,n=a=2Cb=3Dc,r=n');
  });

  for (const [what, challenge, why] of [
    ['whose nonce is not ours', `r=other,${SALT},i=4096`, /nonce/],
    ['that adds nothing to our nonce', `r=${NONCE},${SALT},i=4096`, /nonce/],
    ['that asks for few iterations', `r=${NONCE}x,${SALT},i=1`, /1 iterations/],
    ['that asks for endless iterations', `r=${NONCE}x,${SALT},i=999999999`, /999999999 iterations/],
    ['that is none', 'hello', /not one of SCRAM/],
    ['that is too long', `r=${NONCE}${'x'.repeat(4000)},${SALT},i=4096`, /not one of SCRAM/],
  ] as const) {
    test(`[RFC 5802, 9] a challenge ${what} is not answered`, async () => {
      const answer = await answerTo(new ScramClient('SCRAM-SHA-256', PENCIL, NONCE), challenge);
      assert.ok('why' in answer);
      assert.match(answer.why, why);
    });
  }
});
