import type { Broker } from '@angarium/core';
import type { FileLog } from '@angarium/log-file';
import { type DataDirectory, smallFilesOf } from '../data-directory.ts';
import { DATA_FORMAT_VERSION } from '../data-format/data-format.ts';
import { VERSION } from '../version.ts';
import { LOG_PREFIX, manifestOf } from './backup-format.ts';
import type { BackupContents } from './write-backup.ts';

/** How long a backup waits for what was not on disk when it was asked for: nobody was told that it is. */
const SYNC_WAIT_MS = 1000;
/** A reader that takes nothing for so long loses its backup, and the disk is given back what was kept for it. */
export const BACKUP_IDLE_MS = 60_000;

/** What a backup is made from. */
export interface BackupSource {
  readonly broker: Broker;
  readonly log: FileLog;
  readonly dataDirectory: DataDirectory;
}

/** Begins a backup: everything that was confirmed before this is called is in it. Whoever asks for it reads it to its end, or disposes of its snapshot. */
export async function openBackup({ broker, log, dataDirectory }: BackupSource): Promise<BackupContents> {
  await synced(broker);
  const smallFiles = smallFilesOf(dataDirectory).map(({ name, text }) => ({ name, bytes: Buffer.from(text) }));
  const snapshot = log.snapshot('backup', BACKUP_IDLE_MS);
  const files = [
    ...smallFiles.map(({ name, bytes }) => ({ name, sizeBytes: bytes.length })),
    ...snapshot.files.map(({ name, sizeBytes }) => ({ name: LOG_PREFIX + name, sizeBytes })),
  ];
  const manifest = manifestOf({
    serverVersion: VERSION,
    dataFormatVersion: DATA_FORMAT_VERSION,
    containerId: dataDirectory.containerId,
    createdAt: new Date().toISOString(),
    logEnd: snapshot.end,
    files,
  });
  return { manifest, smallFiles, snapshot };
}

/** What nobody waits for, such as the end of a delivery that was settled at once, is on disk as well, if the disk works. */
async function synced(broker: Broker): Promise<void> {
  const [space] = broker.spaces.values();
  const waiting = Promise.withResolvers<void>();
  const timer = setTimeout(waiting.resolve, SYNC_WAIT_MS);
  space!.whenDurable(waiting.resolve);
  await waiting.promise;
  clearTimeout(timer);
}
