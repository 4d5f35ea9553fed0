import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CommandError } from './exit-code.ts';

/** Most bytes that are read from standard input as a password. */
const INPUT_BYTES_MAX = 64 * 1024;

/** Asks at the terminal without showing what is typed; without a terminal, the first line of standard input is taken. */
export async function askPassword(question: string): Promise<string> {
  if (!process.stdin.isTTY) return await firstLine();
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const prompt = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await prompt.question('');
  } finally {
    prompt.close();
    process.stderr.write('\n');
  }
}

async function firstLine(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk;
    if (text.length > INPUT_BYTES_MAX) throw new CommandError('usage', 'What standard input gives is too long for a password.');
  }
  return text.split(/\r?\n/, 1)[0] ?? '';
}
