import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The command line's sources, which Node runs as they are. */
export const COMMAND = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url));
/** No command of a test takes this long, unless it says so. */
const COMMAND_TIMEOUT_MS = 60_000;

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What the program reads from standard input; empty without it. */
  readonly input?: string;
  readonly cwd?: string;
  /** After so long it is killed. */
  readonly timeoutMs?: number;
}

/** Runs `angarium` with these arguments, and none of this process's ANGARIUM_ variables. */
export function runCommand(args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
  return runProgram(process.execPath, [COMMAND, ...args], { ...options, env: { ...commandEnvironment(), ...options.env } });
}

/** Runs a program to its end and answers what it printed. */
export function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...(options.env ?? process.env) },
      timeout: options.timeoutMs ?? COMMAND_TIMEOUT_MS,
      ...(options.cwd !== undefined && { cwd: options.cwd }),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', text => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', text => (stderr += text));
    child.once('error', reject);
    child.once('close', code => resolve({ code, stdout, stderr }));
    // A program that ends without reading its input closes the pipe: what it was given does not matter then.
    child.stdin.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') reject(error);
    });
    child.stdin.end(options.input ?? '');
  });
}

/** The environment without what configures Angarium, so that a test means the same on every machine. */
export function commandEnvironment(): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('ANGARIUM_') && !name.startsWith('npm_'));
  return { ...Object.fromEntries(kept), XDG_CONFIG_HOME: '/nonexistent' };
}
