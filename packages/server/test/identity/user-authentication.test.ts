import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parsePasswordHash, verifyPassword } from '../../src/identity/password-hash.ts';
import {
  HASH_MEMORY_KIB_MAX,
  keptAuthentication,
  passwordCredentials,
  refuseNewPassword,
  refuseUserAuthentication,
  type UserAuthentication,
} from '../../src/identity/user-authentication.ts';

describe('how a user proves who it is, as it is kept', () => {
  const refused = (written: UserAuthentication, name = 'ada'): string => refuseUserAuthentication(name, written) ?? 'taken';

  test('a password is kept as a hash and credentials for SCRAM, and not as itself', async () => {
    const kept = await keptAuthentication({ type: 'password', password: 'open sesame' }, undefined);
    assert.deepEqual(Object.keys(kept).sort(), ['passwordHash', 'scramSha256', 'scramSha512', 'type']);
    assert.equal(await verifyPassword('open sesame', parsePasswordHash(kept.passwordHash!)!), true);
    assert.equal(JSON.stringify(kept).includes('sesame'), false);
  });

  test('a password that is written again keeps its credentials, and another one has its own', async () => {
    const before = await keptAuthentication({ type: 'password', password: 'open sesame' }, undefined);
    assert.deepEqual(await keptAuthentication({ type: 'password', password: 'open sesame' }, before), before);
    const other = await keptAuthentication({ type: 'password', password: 'open barley' }, before);
    assert.equal(await verifyPassword('open barley', parsePasswordHash(other.passwordHash!)!), true);
    const { scramSha256: _, ...older } = before;
    assert.notEqual((await keptAuthentication({ type: 'password', password: 'open sesame' }, older)).scramSha256, undefined);
  });

  test('with another hash, the credentials of the old password go; with the same one they stay', async () => {
    const before: UserAuthentication = { type: 'password', ...(await passwordCredentials('old')) };
    const { passwordHash, scramSha512 } = await passwordCredentials('new');
    assert.deepEqual(await keptAuthentication({ ...before, passwordHash }, before), { type: 'password', passwordHash });
    assert.deepEqual(await keptAuthentication({ ...before, passwordHash, scramSha512 }, before), {
      type: 'password',
      passwordHash,
      scramSha512,
    });
    assert.deepEqual(await keptAuthentication(before, before), before);
  });

  test('what belongs to another type is not kept, and tokens are', async () => {
    const tokens = [{ id: 'a', hash: 'b', createdMs: 1 }];
    const account: UserAuthentication = { type: 'service-account', tokens };
    assert.deepEqual(await keptAuthentication({ type: 'service-account' }, account), account);
    assert.deepEqual(await keptAuthentication({ type: 'federated', passwordHash: 'x', subject: '17' }, account), {
      type: 'federated',
      subject: '17',
    });
    const fingerprint = Array.from({ length: 32 }, () => 'AB').join(':');
    assert.deepEqual(await keptAuthentication({ type: 'certificate', fingerprint }, undefined), {
      type: 'certificate',
      fingerprint: 'ab'.repeat(32),
    });
  });

  test('what cannot be is refused in words', async () => {
    const { passwordHash, scramSha256 } = await passwordCredentials('x');
    assert.equal(refused({ type: 'password', passwordHash, scramSha256 }), 'taken');
    assert.equal(refused({ type: 'federated' }), 'taken');
    assert.match(refused({ type: 'password' }), /needs a password/);
    assert.match(refused({ type: 'password', password: 'a\u0007' }), /a control character/);
    assert.match(refused({ type: 'password', passwordHash: 'secret' }), /not an argon2id hash/);
    assert.match(refused({ type: 'password', passwordHash, scramSha256: passwordHash }), /scramSha256 is not of this mechanism/);
    assert.match(refused({ type: 'certificate' }), /one of subject, fingerprint and name/);
    assert.match(refused({ type: 'certificate', subject: 'CN=a', name: 'a' }), /one of subject, fingerprint and name/);
    assert.match(refused({ type: 'federated' }, '\u2168'), /more than one way/);
    assert.match(refuseNewPassword('x'.repeat(1025)) ?? '', /longer than/);
  });

  test('a hash that would take time and memory from all address spaces is refused', async () => {
    const { passwordHash } = await passwordCredentials('x');
    const costing = (memory: number, passes: number) =>
      refused({ type: 'password', passwordHash: passwordHash.replace(/m=\d+,t=\d+/, `m=${memory},t=${passes}`) });
    assert.equal(costing(65_536, 3), 'taken');
    assert.match(costing(HASH_MEMORY_KIB_MAX + 1, 1), /costs too much/);
    assert.match(costing(HASH_MEMORY_KIB_MAX, 64), /costs too much/);
  });
});
