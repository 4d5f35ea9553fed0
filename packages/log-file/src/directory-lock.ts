import { DatabaseSync } from 'node:sqlite';
import type { DiskLock } from './disk.ts';
import { DirectoryInUseError } from './errors.ts';

const SQLITE_BUSY = 5;

/**
 * A lock that the operating system keeps and that ends with the process, even when it is killed: the exclusive lock of an empty
 * SQLite database, the only such lock that Node has built in. The journal stays in memory, so that no file of it is left behind.
 */
export function lockDirectory(path: string, directory: string): DiskLock {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) throw new DirectoryInUseError(directory);
    throw error;
  }
  return { release: () => database.close() };
}
