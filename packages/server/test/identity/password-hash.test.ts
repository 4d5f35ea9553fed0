import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  formatPasswordHash,
  hashPassword,
  impossibleHash,
  PASSWORD_BYTES_MAX,
  parsePasswordHash,
  verifyPassword,
} from '../../src/identity/password-hash.ts';
import { cheapHash } from '../support/cheap-hash.ts';

describe('password hashes', () => {
  test('a hash in PHC form is taken from other tools, and verified', async () => {
    const made = await cheapHash('open sesame');
    assert.match(made, /^\$argon2id\$v=19\$m=8,t=1,p=1\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/);
    const parsed = parsePasswordHash(made);
    assert.ok(parsed);
    assert.equal(await verifyPassword('open sesame', parsed), true);
    assert.equal(await verifyPassword('open sesam', parsed), false);
    assert.equal(formatPasswordHash(parsed), made);
  });

  test('two hashes of the same password differ', async () => {
    assert.notEqual(await hashPassword('x'), await hashPassword('x'));
  });

  test('what is not argon2id, or would cost more than the limits, is refused', () => {
    const good = '$argon2id$v=19$m=19456,t=2,p=1$b3Jw/KiBrXtr4yB7TKQW5g$9UkQDDehTnn9Vbkh15mdGMJEP1e90c8F1K6sxHd8BEY';
    assert.ok(parsePasswordHash(good));
    for (const bad of [
      '',
      'secret',
      good.replace('argon2id', 'argon2i'),
      good.replace('v=19', 'v=16'),
      good.replace('m=19456', 'm=99999999'),
      good.replace('m=19456', 'm=4'),
      good.replace('t=2', 't=0'),
      good.replace('t=2', 't=999'),
      good.replace('p=1', 'p=0'),
      `${good}$`,
    ]) {
      assert.equal(parsePasswordHash(bad), undefined, bad);
    }
  });

  test('a password that is too long is wrong without being hashed', async () => {
    assert.equal(await verifyPassword('x'.repeat(PASSWORD_BYTES_MAX + 1), impossibleHash(undefined)), false);
  });

  test('an unknown name costs as much as a wrong password', () => {
    const known = parsePasswordHash('$argon2id$v=19$m=4096,t=3,p=2$b3Jw/KiBrXtr4yB7TKQW5g$9UkQDDehTnn9Vbkh15mdGMJEP1e90c8F1K6sxHd8BEY')!;
    const impossible = impossibleHash(known);
    assert.deepEqual([impossible.memoryKib, impossible.passes, impossible.parallelism], [4096, 3, 2]);
  });
});
