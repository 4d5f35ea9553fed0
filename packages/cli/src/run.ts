import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { CommandError, EXIT_CODES } from './exit-code.ts';
import { buildProgram } from './program.ts';

/** Runs one command line and answers its exit code; what the user should know is on standard error then. */
export async function run(args: readonly string[]): Promise<number> {
  // A reader that has seen enough (`angarium receive … | head -1`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT_CODES.done.code);
    throw error;
  });
  try {
    const serverFlags = args[0] === 'up' ? (await import('@angarium/server/configuration')).configurationOptions() : [];
    await buildProgram(packageVersion(), serverFlags).parseAsync(args, { from: 'user' });
    return EXIT_CODES.done.code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.done.code : EXIT_CODES.usage.code;
    if (error instanceof CommandError) {
      process.stderr.write(`angarium: ${error.message}\n`);
      return EXIT_CODES[error.reason].code;
    }
    throw error;
  }
}

function packageVersion(): string {
  return (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;
}
