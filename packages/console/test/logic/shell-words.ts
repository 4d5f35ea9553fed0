import { execFileSync } from 'node:child_process';

/** The words of a command line as a shell hands them to a program. */
export function wordsOf(line: string): string[] {
  return execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);
}
