import { DirectoryInUseError, type DiskLock, NodeDisk } from '@angarium/log-file';
import type { Logger } from '../logger.ts';
import { StartError } from '../start-error.ts';
import { DataChange, unfinishedChange } from './data-change.ts';
import {
  DATA_FORMAT_NAME,
  DATA_FORMAT_VERSION,
  dataFormatText,
  readDataFormat,
  refuseNewerFormat,
  writeDataFormat,
} from './data-format.ts';
import { MIGRATIONS, type Migration } from './migrations.ts';

/** Between two lines of the log that say how far a migration has come. */
const PROGRESS_INTERVAL_MS = 1000;

export interface UpToDateOptions {
  readonly logger: Logger;
  /** The folder whose lock a running server has. */
  readonly lockFolder: string;
  /** Other ones than those of this server, for tests. */
  readonly migrations?: readonly Migration[];
  readonly version?: number;
}

/**
 * Brings a data directory to this server's version: a new one is given it, an earlier one is migrated step by step, each step wholly or not at all. A step that was
 * interrupted is undone where it was not complete, and is finished where it was. Refuses what a newer version has written, and what another server uses.
 */
export async function bringUpToDate(folder: string, options: UpToDateOptions): Promise<void> {
  const { logger, lockFolder, migrations = MIGRATIONS, version: own = DATA_FORMAT_VERSION } = options;
  const version = await readDataFormat(folder);
  if (version === undefined) return await writeDataFormat(folder, own);
  refuseNewerFormat(folder, version, own);
  if (version === own && (await unfinishedChange(folder)) === undefined) return;
  const lock = lockOf(lockFolder);
  try {
    await endUnfinished(folder, own, logger);
    for (let at = (await readDataFormat(folder))!; at < own; at++) await migrate(folder, stepFrom(at, folder, migrations), logger);
  } finally {
    lock.release();
  }
}

function lockOf(folder: string): DiskLock {
  try {
    return new NodeDisk().lock(folder);
  } catch (error) {
    if (error instanceof DirectoryInUseError) throw new StartError('environment', error.message, error);
    throw error;
  }
}

async function endUnfinished(folder: string, own: number, logger: Logger): Promise<void> {
  const unfinished = await unfinishedChange(folder);
  if (unfinished?.kind === 'incomplete') {
    logger.warn({ folder }, 'a migration of the data directory was interrupted; what it had done is undone');
    await unfinished.undo();
  } else if (unfinished?.kind === 'complete') {
    refuseNewerFormat(folder, unfinished.to, own);
    logger.warn({ folder, to: unfinished.to }, 'a migration of the data directory was interrupted; it is finished now');
    await unfinished.finish();
  }
}

function stepFrom(version: number, folder: string, migrations: readonly Migration[]): Migration {
  const found = migrations.find(({ from }) => from === version);
  if (found !== undefined) return found;
  throw new StartError(
    'environment',
    `The data directory ${folder} has format version ${version}, which this version of Angarium cannot migrate.`,
  );
}

async function migrate(folder: string, { from, what, plan }: Migration, logger: Logger): Promise<void> {
  const to = from + 1;
  logger.info({ folder, from, to, what }, 'the data directory is of an older version, and is migrated');
  let saidMs = performance.now();
  const change = await DataChange.begin(folder, to, share => {
    if (performance.now() - saidMs < PROGRESS_INTERVAL_MS) return;
    saidMs = performance.now();
    logger.info({ from, to, percent: Math.floor(share * 100) }, 'the data directory is being migrated');
  });
  await plan?.(change);
  await change.put(DATA_FORMAT_NAME, dataFormatText(to));
  await change.commit();
  logger.info({ folder, from, to }, 'the data directory is migrated');
}
