import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Authenticator, HASHINGS_MAX, HASHINGS_WAITING_MAX } from '../../src/identity/authenticator.ts';
import {
  formatPasswordHash,
  hashPassword,
  impossibleHash,
  PASSWORD_BYTES_MAX,
  parsePasswordHash,
  verifyPassword,
} from '../../src/identity/password-hash.ts';
import { StartError } from '../../src/start-error.ts';

/** Cheap parameters: these tests are about who gets in, not about what it costs. */
async function cheapHash(password: string): Promise<string> {
  const cheap = { ...parsePasswordHash(await hashPassword(password))!, memoryKib: 8, passes: 1 };
  const { argon2Sync } = await import('node:crypto');
  const hash = argon2Sync('argon2id', { message: password, nonce: cheap.salt, parallelism: 1, tagLength: 32, memory: 8, passes: 1 });
  return formatPasswordHash({ ...cheap, hash });
}

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
});

describe('Authenticator', () => {
  test('without users, anonymous peers of this machine come in, and no others', () => {
    const authenticator = new Authenticator({ users: [], allowAnonymous: false });
    assert.equal(authenticator.allowsAnonymous(true), true);
    assert.equal(authenticator.allowsAnonymous(false), false);
  });

  test('with a user, nobody is anonymous, unless that was asked for by name', async () => {
    const users = [{ name: 'ada', passwordHash: await cheapHash('secret') }];
    assert.equal(new Authenticator({ users, allowAnonymous: false }).allowsAnonymous(true), false);
    assert.equal(new Authenticator({ users, allowAnonymous: true }).allowsAnonymous(false), true);
  });

  test('the right password is taken, each time; a wrong one and an unknown name are not', async () => {
    const authenticator = new Authenticator({ users: [{ name: 'ada', passwordHash: await cheapHash('secret') }], allowAnonymous: false });
    assert.deepEqual(await authenticator.authenticate('ada', 'secret'), { user: 'ada' });
    assert.deepEqual(await authenticator.authenticate('ada', 'secret'), { user: 'ada' });
    assert.equal(await authenticator.authenticate('ada', 'secre'), undefined);
    assert.equal(await authenticator.authenticate('bob', 'secret'), undefined);
    assert.equal(await authenticator.authenticate('', ''), undefined);
    // Name and password cannot be divided in another place.
    assert.equal(await authenticator.authenticate('adas', 'ecret'), undefined);
  });

  test('a password that was right is recognized at once, and no other', async () => {
    const authenticator = new Authenticator({ users: [{ name: 'ada', passwordHash: await cheapHash('secret') }], allowAnonymous: false });
    assert.equal(authenticator.recognize('ada', 'secret'), undefined);
    await authenticator.authenticate('ada', 'secret');
    await authenticator.authenticate('ada', 'guess');
    assert.deepEqual(authenticator.recognize('ada', 'secret'), { user: 'ada' });
    for (const [name, password] of [
      ['ada', 'guess'],
      ['bob', 'secret'],
      ['ad', 'asecret'],
    ] as const)
      assert.equal(authenticator.recognize(name, password), undefined);
  });

  test('an unknown name costs as much as a wrong password', () => {
    const known = parsePasswordHash('$argon2id$v=19$m=4096,t=3,p=2$b3Jw/KiBrXtr4yB7TKQW5g$9UkQDDehTnn9Vbkh15mdGMJEP1e90c8F1K6sxHd8BEY')!;
    const impossible = impossibleHash(known);
    assert.deepEqual([impossible.memoryKib, impossible.passes, impossible.parallelism], [4096, 3, 2]);
  });

  test('a flood of attempts waits in line, and is refused beyond the limit', async () => {
    const authenticator = new Authenticator({ users: [{ name: 'ada', passwordHash: await cheapHash('secret') }], allowAnonymous: false });
    let refusedAtOnce = 0;
    let settled = 0;
    const attempts = Array.from({ length: HASHINGS_MAX + HASHINGS_WAITING_MAX + 7 }, () =>
      authenticator.authenticate('ada', 'secret').then(user => {
        if (settled === 0 && user === undefined) refusedAtOnce++;
        if (user !== undefined) settled++;
      }),
    );
    await Promise.all(attempts);
    assert.equal(refusedAtOnce, 7);
    assert.equal(settled, HASHINGS_MAX + HASHINGS_WAITING_MAX);
  });

  test('a user who is configured twice, or without a proper hash, is refused by name', async () => {
    const passwordHash = await cheapHash('secret');
    const twice = [
      { name: 'ada', passwordHash },
      { name: 'ada', passwordHash },
    ];
    assert.throws(
      () => new Authenticator({ users: twice, allowAnonymous: false }),
      (error: unknown) => error instanceof StartError && /"ada" is configured twice/.test(error.message),
    );
    const plain = [{ name: 'bob', passwordHash: 'secret' }];
    assert.throws(
      () => new Authenticator({ users: plain, allowAnonymous: false }),
      (error: unknown) => error instanceof StartError && /"bob" is not an argon2id hash/.test(error.message),
    );
  });
});
