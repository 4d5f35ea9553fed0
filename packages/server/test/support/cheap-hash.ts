import { argon2Sync } from 'node:crypto';
import { formatPasswordHash, hashPassword, parsePasswordHash } from '../../src/identity/password-hash.ts';

/** A hash with cheap parameters, for tests that are about who gets in, and not about what it costs. */
export async function cheapHash(password: string): Promise<string> {
  const cheap = { ...parsePasswordHash(await hashPassword(password))!, memoryKib: 8, passes: 1 };
  const hash = argon2Sync('argon2id', { message: password, nonce: cheap.salt, parallelism: 1, tagLength: 32, memory: 8, passes: 1 });
  return formatPasswordHash({ ...cheap, hash });
}
