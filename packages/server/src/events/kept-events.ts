import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from '@angarium/core';
import { replaceFile } from '../data-format/durable-file.ts';
import type { EventHistory, KeptEvents } from './event-history.ts';

const NAME = 'events.json';
/** Of the file. */
const VERSION = 1;

/** As the file has it. */
interface KeptDocument extends Omit<KeptEvents, 'key'> {
  readonly version: number;
  /** In base64. */
  readonly key: string;
}

/**
 * Events over an orderly restart: the history is read from the file that the last one has left, which is removed, and the answer writes it again. After a crash there is no
 * file, and whoever follows is told so: an old one would say that nothing has happened since.
 */
export async function keepEvents(folder: string, events: EventHistory, report: Report): Promise<() => Promise<void>> {
  const path = join(folder, NAME);
  try {
    const kept = await read(path);
    if (kept) events.restore(kept);
  } catch (error) {
    report({ level: 'warn', what: 'the events of before this start cannot be read, and are left out', why: (error as Error).message });
  }
  await rm(path, { force: true });
  return async () => {
    const { key, ...kept } = events.kept();
    const document: KeptDocument = { version: VERSION, key: Buffer.from(key).toString('base64'), ...kept };
    try {
      await replaceFile(path, JSON.stringify(document));
    } catch (error) {
      report({ level: 'warn', what: 'events cannot be kept until the next start', why: (error as Error).message });
    }
  };
}

async function read(path: string): Promise<KeptEvents | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const { version, key, oldest, events } = JSON.parse(text) as KeptDocument;
  if (version !== VERSION) return undefined;
  return { key: Buffer.from(key, 'base64'), oldest, events };
}
