import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { saslPrepared } from '@angarium/transport';
import {
  formatScramCredentials,
  ITERATIONS,
  impossibleScramCredentials,
  makeScramCredentials,
  parseScramCredentials,
} from '../../src/identity/scram-credentials.ts';

/** Of the password "pencil", from the example of RFC 7677, section 3. */
const PENCIL =
  'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=';

describe('credentials for SCRAM', () => {
  test('[RFC 5803, 3] they are written and read in the form that other servers have', async () => {
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
    const credentials = await makeScramCredentials('SCRAM-SHA-256', 'pencil', 4096, salt);
    assert.ok(credentials);
    assert.equal(formatScramCredentials('SCRAM-SHA-256', credentials), PENCIL);
    assert.deepEqual(parseScramCredentials(PENCIL, 'SCRAM-SHA-256'), credentials);
  });

  test('new ones differ each time, and cost as much as every client takes', async () => {
    const one = await makeScramCredentials('SCRAM-SHA-512', 'x');
    const other = await makeScramCredentials('SCRAM-SHA-512', 'x');
    assert.ok(one && other);
    assert.notDeepEqual(one.salt, other.salt);
    assert.equal(one.iterations, ITERATIONS);
  });

  test('[RFC 7677, 4] what costs too little, or is of another mechanism or form, is not taken', () => {
    assert.ok(parseScramCredentials(PENCIL, 'SCRAM-SHA-256'));
    for (const bad of [
      '',
      PENCIL.replace('4096', '4095'),
      PENCIL.replace('4096', '99999999'),
      PENCIL.replace('4096', '-1'),
      PENCIL.replace('SHA-256', 'SHA-512'),
      PENCIL.replace('WG5d8oPm', ''),
      PENCIL.replace('wfPLwcE6', ''),
      PENCIL.replace('W22ZaJ0SNY7soEsUEjb6gQ==', ''),
      `${PENCIL} `,
    ])
      assert.equal(parseScramCredentials(bad, 'SCRAM-SHA-256'), undefined, bad);
    assert.equal(parseScramCredentials(PENCIL, 'SCRAM-SHA-512'), undefined);
  });

  test('[RFC 5802, 9] a name of nobody has a salt as long, and as many iterations, the same ones each time; another server has others', async () => {
    const anna = await makeScramCredentials('SCRAM-SHA-256', 'secret', 5000);
    assert.ok(anna);
    const nobody = (name: string, secret: number) => impossibleScramCredentials('SCRAM-SHA-256', name, Buffer.alloc(32, secret), anna);
    assert.equal(nobody('nobody', 1).iterations, 5000);
    assert.equal(nobody('nobody', 1).salt.length, anna.salt.length);
    assert.deepEqual(nobody('nobody', 1), nobody('nobody', 1));
    assert.notDeepEqual(nobody('somebody', 1).salt, nobody('nobody', 1).salt);
    assert.notDeepEqual(nobody('nobody', 2).salt, nobody('nobody', 1).salt);
  });
});

describe('SASLprep', () => {
  for (const [given, prepared] of [
    ['I\u00adX', 'IX'],
    ['user', 'user'],
    ['USER', 'USER'],
    ['\u00aa', 'a'],
    ['\u2168', 'IX'],
    ['\u0007', undefined],
    ['sesam\u00a0öffne dich', 'sesam öffne dich'],
    ['a\u0308', 'ä'],
    ['\ud800', undefined],
    ['\ue000', undefined],
  ] as const) {
    test(`[RFC 4013, 3] ${JSON.stringify(given)} becomes ${prepared === undefined ? 'nothing that is taken' : JSON.stringify(prepared)}`, () => {
      assert.equal(saslPrepared(given), prepared);
    });
  }
});
