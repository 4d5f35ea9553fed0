import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { StartError } from './start-error.ts';

/** The longest container id that is believed; AMQP itself sets no limit. */
const CONTAINER_ID_LENGTH_MAX = 255;

/**
 * What a server keeps on disk:
 *
 *     <data>/container-id     the name by which peers know this server, made once
 *     <data>/log/             segments of the durable log
 */
export interface DataDirectory {
  readonly path: string;
  readonly logPath: string;
  readonly containerId: string;
}

export async function openDataDirectory(folder: string): Promise<DataDirectory> {
  const path = resolve(folder);
  const logPath = join(path, 'log');
  try {
    await makeFolder(logPath);
    return { path, logPath, containerId: await containerId(join(path, 'container-id')) };
  } catch (error) {
    const words = (error as Error).message;
    throw new StartError(
      'environment',
      `The data directory ${path} cannot be used: ${words}. Give another one with --data-dir, or make it writable.`,
      error,
    );
  }
}

/** Like `mkdir` with `recursive`, which never comes back where the file system takes no folders at all (/proc). */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    const parent = dirname(path);
    if (code !== 'ENOENT' || parent === path || (await exists(parent))) throw error;
    await makeFolder(parent);
    await makeFolder(path);
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

async function containerId(file: string): Promise<string> {
  try {
    const known = (await readFile(file, 'utf8')).trim();
    if (known !== '' && known.length <= CONTAINER_ID_LENGTH_MAX) return known;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const made = `angarium-${randomUUID()}`;
  const handle = await open(file, 'w');
  try {
    await handle.writeFile(`${made}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return made;
}
