import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SPACE_DEFAULT } from '@angarium/core';
import { type ConfiguredUser, configuredUsers } from '../../src/identity/known-user.ts';
import { StartError } from '../../src/start-error.ts';
import { cheapHash } from '../support/cheap-hash.ts';

describe('users of the configuration', async () => {
  const passwordHash = await cheapHash('secret');
  const refused = (users: readonly ConfiguredUser[], words: RegExp): void =>
    assert.throws(
      () => configuredUsers(SPACE_DEFAULT, users),
      (error: unknown) => error instanceof StartError && words.test(error.message),
    );

  test('they administer the server, and are known by the name that clients send', () => {
    const known = configuredUsers(SPACE_DEFAULT, [{ name: '\u2168', passwordHash }]);
    assert.equal(known.get('IX')?.name, '\u2168');
    assert.equal(known.get('IX')?.configured, true);
  });

  test('one who is configured twice, or without a proper hash, is refused by name', () => {
    refused(
      [
        { name: 'ada', passwordHash },
        { name: 'ada', passwordHash },
      ],
      /"ada" is configured twice/,
    );
    refused([{ name: 'bob', passwordHash: 'secret' }], /"bob" is not an argon2id hash/);
  });

  test('one whose credentials cannot be used is named, and so are two that clients could not tell apart', () => {
    refused([{ name: 'anna', passwordHash, scramSha256: 'SCRAM-SHA-256$1:x$y:z' }], /scramSha256 of user "anna"/);
    refused(
      [
        { name: '\u2168', passwordHash },
        { name: 'IX', passwordHash },
      ],
      /the same as another/,
    );
    refused([{ name: 'a\x07', passwordHash }], /cannot send/);
  });
});
