import { createInterface } from 'node:readline/promises';
import { CommandError } from './exit-code.ts';

/** Asks at the terminal, and ends the command when the answer is no; without a terminal, `--yes` has to be said. */
export async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY) throw new CommandError('usage', `${question} Say --yes.`);
  if (!(await askYes(question))) throw new CommandError('failed', 'Nothing was removed.');
}

export async function askYes(question: string): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await prompt.question(`${question} [y/N] `)).trim());
  } finally {
    prompt.close();
  }
}
