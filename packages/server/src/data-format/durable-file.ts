import { mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Who may read what a server keeps: its owner alone. */
const MODE = 0o600;

/** Writes a file whose bytes are on disk when the promise is fulfilled; its name may not be. */
export async function writeSynced(path: string, bytes: Uint8Array | string): Promise<void> {
  const file = await open(path, 'w', MODE);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Puts a file in the place of what has that name: after a crash there is the one or the other, whole. */
export async function replaceFile(path: string, bytes: Uint8Array | string): Promise<void> {
  await writeSynced(`${path}.new`, bytes);
  await rename(`${path}.new`, path);
  await syncFolder(dirname(path));
}

/** The names in the folder are on disk when the promise is fulfilled. */
export async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder, and keeps its names in a journal of its own.
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Like `mkdir` with `recursive`, which never comes back where the file system takes no folders at all (/proc). */
export async function makeFolder(path: string): Promise<void> {
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

export async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
