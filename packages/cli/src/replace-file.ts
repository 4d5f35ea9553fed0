import { chmod, rename, writeFile } from 'node:fs/promises';

/** Replaces a file in one step, so that a crash leaves the old one or the new one, and nobody ever sees a part of it. */
export async function replaceFile(file: string, text: string, mode: number): Promise<void> {
  const written = `${file}.${process.pid}`;
  await writeFile(written, text, { mode });
  await chmod(written, mode);
  await rename(written, file);
}
