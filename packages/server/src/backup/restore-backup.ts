import { randomUUID } from 'node:crypto';
import { chmod, chown, type FileHandle, mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DATA_FORMAT_VERSION } from '../data-format/data-format.ts';
import { exists, makeFolder, syncFolder } from '../data-format/durable-file.ts';
import { BackupError, type BackupManifest, LOG_PREFIX } from './backup-format.ts';
import { readBackup } from './read-backup.ts';

/** Zeros written at a time, where the last segment gets its room. */
const ZEROS = new Uint8Array(1024 * 1024);
/** Where a segment's header says how large the file is: log-file, segment-header.ts. */
const SEGMENT_SIZE_OFFSET = 12;

export interface RestoreOptions {
  /** Told the bytes of the backup that have been read. */
  readonly onProgress?: (bytes: number) => void;
}

/**
 * Makes a data directory of a backup, in a folder that is empty or not there. It is made beside its place, and gets that when all of it is on disk and has its
 * checksums: there is the whole directory then, or nothing. Throws a `BackupError`.
 */
export async function restoreBackup(
  source: AsyncIterable<Uint8Array>,
  folder: string,
  options: RestoreOptions = {},
): Promise<BackupManifest> {
  const target = resolve(folder);
  const before = await takePlace(target);
  const beside = join(dirname(target), `.${basename(target)}.restoring-${randomUUID()}`);
  try {
    await makeFolder(dirname(target));
    await mkdir(beside, { mode: 0o700 });
    const manifest = await unpack(source, beside, options);
    if (before !== undefined) await likeBefore(beside, before);
    await rename(beside, target);
    await syncFolder(dirname(target));
    return manifest;
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    if (before !== undefined) await mkdir(target, { recursive: true, mode: before.mode });
    throw error;
  }
}

interface Owned {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** An empty folder gives up its place, and is remembered. */
async function takePlace(target: string): Promise<Owned | undefined> {
  if (!(await exists(target))) return undefined;
  const before = await stat(target);
  if (!before.isDirectory()) throw new BackupError(`${target} is a file: name a folder that is empty, or not there.`);
  if ((await readdir(target)).length > 0)
    throw new BackupError(`The folder ${target} is not empty: a backup is restored into an empty folder, or one that is not there.`);
  try {
    await rmdir(target);
  } catch (error) {
    throw new BackupError(
      `The folder ${target} cannot be replaced (${(error as Error).message}). Where it is a mount point, name a folder below it: ${join(target, 'data')}.`,
    );
  }
  return { mode: before.mode, uid: before.uid, gid: before.gid };
}

async function likeBefore(path: string, { mode, uid, gid }: Owned): Promise<void> {
  await chmod(path, mode);
  // Only root may give files away, and only then were they somebody else's.
  if (process.getuid?.() !== 0) return;
  for (const entry of await readdir(path, { recursive: true })) await chown(join(path, entry), uid, gid);
  await chown(path, uid, gid);
}

async function unpack(source: AsyncIterable<Uint8Array>, folder: string, { onProgress }: RestoreOptions): Promise<BackupManifest> {
  await mkdir(join(folder, LOG_PREFIX), { mode: 0o700 });
  let file: FileHandle | undefined;
  let isLog = false;
  try {
    const manifest = await readBackup(counted(source, onProgress), {
      manifest: refuseNewer,
      file: async ({ name }) => {
        isLog = name.startsWith(LOG_PREFIX);
        file = await open(join(folder, name), 'wx+', 0o600);
      },
      bytes: async bytes => void (await file!.writeFile(bytes)),
      fileEnd: async () => {
        if (isLog) await makeRoom(file!);
        await file!.sync();
        await file!.close();
        file = undefined;
      },
    });
    await syncFolder(join(folder, LOG_PREFIX));
    await syncFolder(folder);
    return manifest;
  } finally {
    await file?.close();
  }
}

/** Before anything is written. */
function refuseNewer({ dataFormatVersion, serverVersion }: BackupManifest): void {
  if (dataFormatVersion <= DATA_FORMAT_VERSION) return;
  throw new BackupError(
    `The backup has a data directory of format version ${dataFormatVersion}, and this version of Angarium reads up to ${DATA_FORMAT_VERSION}: ` +
      `restore it with Angarium ${serverVersion}, which made it, or a newer one.`,
  );
}

/** The last segment has its whole room on disk again, as the server expects it of all. */
async function makeRoom(file: FileHandle): Promise<void> {
  const header = Buffer.alloc(SEGMENT_SIZE_OFFSET + 4);
  await file.read(header, 0, header.length, 0);
  const sizeBytes = header.readUInt32LE(SEGMENT_SIZE_OFFSET);
  for (let { size } = await file.stat(); size < sizeBytes; ) {
    const { bytesWritten } = await file.write(ZEROS, 0, Math.min(ZEROS.length, sizeBytes - size), size);
    size += bytesWritten;
  }
}

async function* counted(source: AsyncIterable<Uint8Array>, onProgress: RestoreOptions['onProgress']): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    onProgress?.(bytes);
    yield chunk;
  }
}
