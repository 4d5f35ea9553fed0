import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { StartError } from './start-error.ts';

/** The longest container id that is believed; AMQP itself sets no limit. */
const CONTAINER_ID_LENGTH_MAX = 255;

const SECRET_BYTES = 32;

/**
 * What a server keeps on disk:
 *
 *     <data>/container-id     the name by which peers know this server, made once
 *     <data>/secret           32 random bytes in hexadecimal, made once: what nobody else shall be able to compute
 *     <data>/log/             segments of the durable log
 */
export interface DataDirectory {
  readonly path: string;
  readonly logPath: string;
  readonly containerId: string;
  readonly secret: Uint8Array;
}

export async function openDataDirectory(folder: string): Promise<DataDirectory> {
  const path = resolve(folder);
  const logPath = join(path, 'log');
  try {
    await makeFolder(logPath);
    return { path, logPath, containerId: await containerId(join(path, 'container-id')), secret: await secret(join(path, 'secret')) };
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
  const isContainerId = (text: string): boolean => text !== '' && text.length <= CONTAINER_ID_LENGTH_MAX;
  return await madeOnce(file, isContainerId, () => `angarium-${randomUUID()}`);
}

async function secret(file: string): Promise<Uint8Array> {
  const isSecret = (text: string): boolean => text.length === 2 * SECRET_BYTES && /^[0-9a-f]+$/.test(text);
  return Buffer.from(await madeOnce(file, isSecret, () => randomBytes(SECRET_BYTES).toString('hex')), 'hex');
}

/** The line that the file has; one that is missing, or was torn while it was made, is made now. The owner alone may read it. */
async function madeOnce(file: string, isWhole: (text: string) => boolean, make: () => string): Promise<string> {
  try {
    const known = (await readFile(file, 'utf8')).trim();
    if (isWhole(known)) return known;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const made = make();
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.writeFile(`${made}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return made;
}
