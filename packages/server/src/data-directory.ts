import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { bringUpToDate } from './data-format/bring-up-to-date.ts';
import { DATA_FORMAT_NAME, DATA_FORMAT_VERSION, dataFormatText } from './data-format/data-format.ts';
import { makeFolder, writeSynced } from './data-format/durable-file.ts';
import type { Logger } from './logger.ts';
import { StartError } from './start-error.ts';

/** The longest container id that is believed; AMQP itself sets no limit. */
const CONTAINER_ID_LENGTH_MAX = 255;

const SECRET_BYTES = 32;
const CONTAINER_ID = 'container-id';
const SECRET = 'secret';
const LOG_FOLDER = 'log';

/**
 * What a server keeps on disk:
 *
 *     <data>/container-id     the name by which peers know this server, made once
 *     <data>/secret           32 random bytes in hexadecimal, made once: what nobody else shall be able to compute
 *     <data>/format-version   of all of this (data-format/data-format.ts)
 *     <data>/log/             segments of the durable log
 *     <data>/audit/           who did what (audit/audit-files.ts), from the first entry on
 *     <data>/events.json      what has happened lately (events/kept-events.ts), while no server runs
 *     <data>/migration/       a change to a newer version that is under way (data-format/data-change.ts)
 */
export interface DataDirectory {
  readonly path: string;
  readonly logPath: string;
  readonly containerId: string;
  readonly secret: Uint8Array;
}

/** Whether a server, or a command, has kept something there already. */
export function isUsedDirectory(folder: string): boolean {
  return existsSync(join(resolve(folder), LOG_FOLDER));
}

/** Opens the directory, which is made where it is missing, and brought to this version where it is of an earlier one. */
export async function openDataDirectory(folder: string, logger: Logger): Promise<DataDirectory> {
  const path = resolve(folder);
  const logPath = join(path, LOG_FOLDER);
  try {
    await makeFolder(logPath);
    await bringUpToDate(path, { logger, lockFolder: logPath });
    return { path, logPath, containerId: await containerId(join(path, CONTAINER_ID)), secret: await secret(join(path, SECRET)) };
  } catch (error) {
    if (error instanceof StartError) throw error;
    const words = (error as Error).message;
    throw new StartError(
      'environment',
      `The data directory ${path} cannot be used: ${words}. Give another one with --data-dir, or make it writable.`,
      error,
    );
  }
}

/** What the directory holds beside its log, each file by its name. */
export function smallFilesOf({ containerId, secret }: DataDirectory): { readonly name: string; readonly text: string }[] {
  return [
    { name: DATA_FORMAT_NAME, text: dataFormatText(DATA_FORMAT_VERSION) },
    { name: CONTAINER_ID, text: `${containerId}\n` },
    { name: SECRET, text: `${Buffer.from(secret).toString('hex')}\n` },
  ];
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
  await writeSynced(file, `${made}\n`);
  return made;
}
