import { hashPassword, PASSWORD_BYTES_MAX } from '@angarium/server/password-hash';
import { CommandError } from '../exit-code.ts';
import { print, remark } from '../output.ts';
import { askPassword } from '../password-prompt.ts';

export async function printPasswordHash(): Promise<void> {
  const password = await askPassword('Password: ');
  if (password === '') throw new CommandError('usage', 'The password is empty.');
  if (Buffer.byteLength(password) > PASSWORD_BYTES_MAX)
    throw new CommandError('usage', `The password is longer than ${PASSWORD_BYTES_MAX} bytes.`);
  if (process.stdin.isTTY && (await askPassword('The same again: ')) !== password)
    throw new CommandError('failed', 'The two are not the same.');
  const hash = await hashPassword(password);
  print(hash);
  if (process.stdout.isTTY) remark(`\nIn the configuration file:\n\nusers:\n  - name: NAME\n    passwordHash: '${hash}'`);
}
