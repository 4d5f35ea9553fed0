import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { saslPrepared } from '@angarium/transport';
import {
  formatScramCredentials,
  ITERATIONS,
  ITERATIONS_MIN,
  makeScramCredentials,
  parseScramCredentials,
} from '../../src/identity/scram-credentials.ts';
import { ScramUsers } from '../../src/identity/scram-users.ts';
import { StartError } from '../../src/start-error.ts';

async function made(mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512', password: string, iterations = ITERATIONS_MIN): Promise<string> {
  const credentials = await makeScramCredentials(mechanism, password, iterations);
  assert.ok(credentials);
  return formatScramCredentials(mechanism, credentials);
}

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

  test('a user whose credentials cannot be used is named, and so are two that clients could not tell apart', async () => {
    assert.throws(() => new ScramUsers([{ name: 'anna', scramSha256: 'SCRAM-SHA-256$1:x$y:z' }]), {
      message: /scramSha256 of user "anna"/,
    });
    const scramSha256 = await made('SCRAM-SHA-256', 'secret');
    const twins = [
      { name: 'Ⅸ', scramSha256 },
      { name: 'IX', scramSha256 },
    ];
    assert.throws(() => new ScramUsers(twins), StartError);
    assert.throws(() => new ScramUsers([{ name: 'a\x07', scramSha256 }]), StartError);
  });

  test('a mechanism is offered when a user has credentials for it, the stronger one first', async () => {
    const scramSha256 = await made('SCRAM-SHA-256', 'secret');
    const scramSha512 = await made('SCRAM-SHA-512', 'secret');
    assert.deepEqual(new ScramUsers([{ name: 'anna' }]).mechanisms, []);
    assert.deepEqual(new ScramUsers([{ name: 'anna', scramSha256 }]).mechanisms, ['SCRAM-SHA-256']);
    const both = [
      { name: 'anna', scramSha256 },
      { name: 'berta', scramSha512 },
    ];
    assert.deepEqual(new ScramUsers(both).mechanisms, ['SCRAM-SHA-512', 'SCRAM-SHA-256']);
    assert.deepEqual(new ScramUsers(both).lacking, ['anna', 'berta']);
    assert.deepEqual(new ScramUsers([{ name: 'anna', scramSha256, scramSha512 }, { name: 'caro' }]).lacking, ['caro']);
    assert.deepEqual(new ScramUsers([{ name: 'anna' }]).lacking, []);
  });

  test('[RFC 5802, 9] a name of nobody has a salt as long, and as many iterations, the same ones each time; another server has others', async () => {
    const scramSha256 = await made('SCRAM-SHA-256', 'secret', 5000);
    const users = new ScramUsers([{ name: 'anna', scramSha256 }]);
    const secret = Buffer.alloc(32, 1);
    const anna = users.find('SCRAM-SHA-256', 'anna', secret);
    const nobody = users.find('SCRAM-SHA-256', 'nobody', secret);
    assert.equal(anna.user, 'anna');
    assert.equal(nobody.user, undefined);
    assert.equal(nobody.credentials.iterations, 5000);
    assert.equal(nobody.credentials.salt.length, anna.credentials.salt.length);
    assert.deepEqual(new ScramUsers([{ name: 'anna', scramSha256 }]).find('SCRAM-SHA-256', 'nobody', secret), nobody);
    assert.notDeepEqual(users.find('SCRAM-SHA-256', 'somebody', secret).credentials.salt, nobody.credentials.salt);
    assert.notDeepEqual(users.find('SCRAM-SHA-256', 'nobody', Buffer.alloc(32, 2)).credentials.salt, nobody.credentials.salt);
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
