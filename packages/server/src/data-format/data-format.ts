import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../start-error.ts';
import { VERSION } from '../version.ts';
import { exists, replaceFile } from './durable-file.ts';

/**
 * The version of everything that a server keeps on disk, in `<data>/format-version`. It covers
 * - the names and places of the files (data-directory.ts, and in log-file segment-directory.ts),
 * - the layout of segments and records (log-file: segment-header.ts, record-layout.ts),
 * - what the records of the core mean (core: store/records.ts), and
 * - the definitions in them, with all their fields (core: address/definition.ts).
 *
 * It is raised, and a migration added, when a server of this version could not read what the one before has written. What is only added (a kind of record, a
 * field of a definition) does not raise it: a server that does not know it refuses the directory in words, and loses nothing.
 */
export const DATA_FORMAT_VERSION = 1;

export const DATA_FORMAT_NAME = 'format-version';

/** The version of a folder that is used, or undefined where nothing is kept yet. */
export async function readDataFormat(folder: string): Promise<number | undefined> {
  const path = join(folder, DATA_FORMAT_NAME);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    // Before there was a version, there was no file.
    return (await isUsed(folder)) ? 0 : undefined;
  }
  if (!/^\d{1,9}\n?$/.test(text))
    throw new StartError('environment', `The file ${path} does not say a version: a number is expected, such as ${DATA_FORMAT_VERSION}.`);
  return Number(text);
}

export async function writeDataFormat(folder: string, version: number): Promise<void> {
  await replaceFile(join(folder, DATA_FORMAT_NAME), dataFormatText(version));
}

/** What the file says. */
export function dataFormatText(version: number): string {
  return `${version}\n`;
}

/** What a newer version has written is left alone. */
export function refuseNewerFormat(folder: string, version: number, own = DATA_FORMAT_VERSION): void {
  if (version <= own) return;
  throw new StartError(
    'environment',
    `The data directory ${folder} has format version ${version}, and Angarium ${VERSION} reads up to ${own}: a newer version has used it. ` +
      'Start that one, or restore a backup from before into another folder (angarium backup restore).',
  );
}

async function isUsed(folder: string): Promise<boolean> {
  if (await exists(join(folder, 'container-id'))) return true;
  const names = await readdir(join(folder, 'log')).catch(() => []);
  return names.some(name => name.endsWith('.segment'));
}
