import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exists, makeFolder, replaceFile, syncFolder } from './durable-file.ts';

const FOLDER = 'migration';
const FILES = 'files';
const PLAN = 'plan.json';

/** A change that is complete on disk, and has to be made. */
interface Plan {
  /** The version that the directory has then. */
  readonly to: number;
  readonly put: readonly string[];
  readonly removed: readonly string[];
}

/**
 * A change of a data directory that is made wholly, or not at all:
 *
 *     <data>/migration/files/…      new files, at the places that they will have
 *     <data>/migration/plan.json    what goes where, and what is removed; written last
 *
 * Until there is a plan, the directory is as it was, and what lies here is worth nothing. From then on the change is made, however often that is interrupted: each
 * step can be done twice.
 */
export class DataChange {
  /** Where the files are that the change is made from, to be read. */
  readonly folder: string;
  /** To be told how far the work has come: a share from 0 to 1. */
  readonly progress: (share: number) => void;
  readonly #to: number;
  readonly #put: string[] = [];
  readonly #removed: string[] = [];

  private constructor(folder: string, to: number, progress: (share: number) => void) {
    this.folder = folder;
    this.progress = progress;
    this.#to = to;
  }

  /** Begins a change that leads to this version; what one that was interrupted has left behind must have been looked at (`unfinishedChange`). */
  static async begin(folder: string, to: number, progress: (share: number) => void): Promise<DataChange> {
    await makeFolder(join(folder, FOLDER, FILES));
    return new DataChange(folder, to, progress);
  }

  /** A file takes the place of what has this path below the directory, if anything. `bytes` may come in pieces. */
  async put(path: string, bytes: Uint8Array | string | AsyncIterable<Uint8Array>): Promise<void> {
    const staged = join(this.folder, FOLDER, FILES, path);
    await mkdir(dirname(staged), { recursive: true });
    const file = await open(staged, 'w', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await syncFolder(dirname(staged));
    this.#put.push(path);
  }

  /** The file of this path below the directory goes. */
  remove(path: string): void {
    this.#removed.push(path);
  }

  /** Makes the change. */
  async commit(): Promise<void> {
    const plan: Plan = { to: this.#to, put: this.#put, removed: this.#removed };
    await syncFolder(join(this.folder, FOLDER, FILES));
    await replaceFile(join(this.folder, FOLDER, PLAN), JSON.stringify(plan));
    await syncFolder(this.folder);
    await make(this.folder, plan);
  }
}

/** What an interrupted change has left behind: undefined: nothing; `finish` makes one that was complete, `undo` forgets one that was not. */
export type UnfinishedChange =
  | { readonly kind: 'complete'; readonly to: number; readonly finish: () => Promise<void> }
  | { readonly kind: 'incomplete'; readonly undo: () => Promise<void> };

export async function unfinishedChange(folder: string): Promise<UnfinishedChange | undefined> {
  if (!(await exists(join(folder, FOLDER)))) return undefined;
  const path = join(folder, FOLDER, PLAN);
  if (!(await exists(path))) return { kind: 'incomplete', undo: () => forget(folder) };
  const plan = JSON.parse(await readFile(path, 'utf8')) as Plan;
  return { kind: 'complete', to: plan.to, finish: () => make(folder, plan) };
}

async function make(folder: string, { put, removed }: Plan): Promise<void> {
  const touched = new Set<string>();
  for (const path of put) {
    const staged = join(folder, FOLDER, FILES, path);
    const target = join(folder, path);
    touched.add(dirname(target));
    // Done by an earlier try.
    if (!(await exists(staged))) continue;
    await makeFolder(dirname(target));
    await rename(staged, target);
  }
  for (const path of removed) {
    touched.add(dirname(join(folder, path)));
    await rm(join(folder, path), { force: true });
  }
  for (const each of touched) await syncFolder(each);
  await forget(folder);
}

async function forget(folder: string): Promise<void> {
  await rm(join(folder, FOLDER), { recursive: true, force: true });
  await syncFolder(folder);
}
