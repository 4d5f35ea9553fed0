import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { CommandError } from './exit-code.ts';
import { replaceFile } from './replace-file.ts';
import type { TlsFiles } from './tls-client.ts';

/** A server that commands speak to, and as whom; paths of files are absolute. */
export interface Context extends TlsFiles {
  /** Of the HTTP API. */
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  readonly space?: string;
}

/** All contexts by name, and the one in use. */
export interface Contexts {
  readonly current?: string;
  readonly contexts: Readonly<Record<string, Context>>;
}

/** Passwords are in it: nobody but the user reads it. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** `$XDG_CONFIG_HOME/angarium/contexts.json`, by default below `~/.config`. */
export function contextsFile(): string {
  return join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'angarium', 'contexts.json');
}

export async function readContexts(): Promise<Contexts> {
  const file = contextsFile();
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { contexts: {} };
    throw new CommandError('failed', `The contexts in ${file} cannot be read: ${(error as Error).message}`, error);
  }
  try {
    const value = JSON.parse(text) as Contexts;
    if (typeof value.contexts === 'object' && value.contexts !== null) return value;
  } catch (error) {
    throw new CommandError('failed', `The file ${file} is not JSON: mend it, or remove it.`, error);
  }
  throw new CommandError('failed', `The file ${file} has no contexts: mend it, or remove it.`);
}

export async function writeContexts(contexts: Contexts): Promise<void> {
  const file = contextsFile();
  await mkdir(dirname(file), { recursive: true, mode: FOLDER_MODE });
  await replaceFile(file, `${JSON.stringify(contexts, undefined, 2)}\n`, FILE_MODE);
}
