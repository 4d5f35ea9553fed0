import { hashPassword, PASSWORD_BYTES_MAX } from '@angarium/server/password-hash';
import { formatScramCredentials, makeScramCredentials } from '@angarium/server/scram-credentials';
import { CommandError } from '../exit-code.ts';
import { print, remark } from '../output.ts';
import { askPassword } from '../password-prompt.ts';

/** Prints what the configuration's entry of a user has for his password: for clients that send it, and for those that prove that they know it. */
export async function printPasswordHash(options: { json?: boolean }): Promise<void> {
  const password = await askPassword('Password: ');
  if (password === '') throw new CommandError('usage', 'The password is empty.');
  if (Buffer.byteLength(password) > PASSWORD_BYTES_MAX)
    throw new CommandError('usage', `The password is longer than ${PASSWORD_BYTES_MAX} bytes.`);
  if (process.stdin.isTTY && (await askPassword('The same again: ')) !== password)
    throw new CommandError('failed', 'The two are not the same.');
  const [passwordHash, scramSha256, scramSha512] = await Promise.all([
    hashPassword(password),
    scramCredentials('SCRAM-SHA-256', password),
    scramCredentials('SCRAM-SHA-512', password),
  ]);
  const entry = { passwordHash, scramSha256, scramSha512 };
  if (options.json) return print(JSON.stringify(entry));
  if (process.stdout.isTTY) remark('In the configuration file, below the name of the user:\n');
  for (const [key, value] of Object.entries(entry)) print(`${key}: '${value}'`);
}

async function scramCredentials(mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512', password: string): Promise<string> {
  const made = await makeScramCredentials(mechanism, password);
  if (made === undefined)
    throw new CommandError('usage', 'The password has a character that passwords may not have (RFC 4013), such as a control character.');
  return formatScramCredentials(mechanism, made);
}
