import { type FileHandle, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** The size from which on a further file is begun, in bytes. */
export const FILE_BYTES_MAX = 16 * 1024 * 1024;
/** Files that are kept; the oldest goes for another. */
export const FILES_MAX = 16;
/** Lines that are looked at in one go: messages wait meanwhile. */
const LINES_IN_A_ROW = 1000;

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

export interface AuditFilesLimits {
  readonly fileBytesMax: number;
  readonly filesMax: number;
}

/** A place in the files: what is before it was written before. */
export interface AuditPlace {
  readonly file: number;
  readonly bytes: number;
}

/**
 * Lines of text in numbered files, the last of which grows:
 *
 *     <folder>/audit-7.jsonl      0600, the oldest that is kept
 *     <folder>/audit-8.jsonl
 *     <folder>/audit-9.jsonl      is written
 *
 * The folder is made with the first line. A line that was torn by a crash stays alone on its line.
 */
export class AuditFiles {
  readonly #folder: string;
  readonly #limits: AuditFilesLimits;
  #file: FileHandle | undefined;
  #number = 0;
  #bytes = 0;

  constructor(folder: string, limits: AuditFilesLimits = { fileBytesMax: FILE_BYTES_MAX, filesMax: FILES_MAX }) {
    this.#folder = folder;
    this.#limits = limits;
  }

  /** Where the next line comes. */
  get end(): AuditPlace {
    return { file: this.#number, bytes: this.#bytes };
  }

  /** Writes whole lines, one call at a time. */
  async append(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    if (this.#file === undefined) await this.#openLast();
    if (this.#bytes > 0 && this.#bytes + bytes.length > this.#limits.fileBytesMax) await this.#begin(this.#number + 1);
    await this.#file!.appendFile(bytes);
    this.#bytes += bytes.length;
  }

  /** Finds where the files of an earlier run end; not while something is being written. */
  async find(): Promise<void> {
    const last = (await this.#numbers()).at(-1);
    if (this.#file !== undefined || last === undefined) return;
    const { size } = await stat(this.#path(last));
    this.#number = last;
    this.#bytes = size;
  }

  /** The lines before a place, newest first, without their ends. */
  async *linesBefore(place: AuditPlace): AsyncGenerator<string> {
    const numbers = (await this.#numbers()).filter(number => number <= place.file);
    for (const number of numbers.reverse()) {
      const bytes = await this.#contents(number);
      const lines = bytes
        .subarray(0, number === place.file ? place.bytes : undefined)
        .toString()
        .split('\n');
      for (const [index, line] of lines.reverse().entries()) {
        if (index % LINES_IN_A_ROW === LINES_IN_A_ROW - 1) await nextTurn();
        if (line !== '') yield line;
      }
    }
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #contents(number: number): Promise<Buffer> {
    try {
      return await readFile(this.#path(number));
    } catch (error) {
      // It was the oldest, and has gone meanwhile.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
      throw error;
    }
  }

  async #openLast(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: FOLDER_MODE });
    const last = (await this.#numbers()).at(-1) ?? 0;
    if (last === 0) return await this.#begin(1);
    this.#file = await open(this.#path(last), 'a+', FILE_MODE);
    this.#number = last;
    const { size } = await this.#file.stat();
    this.#bytes = size;
    if (size === 0) return;
    const { buffer } = await this.#file.read(Buffer.alloc(1), 0, 1, size - 1);
    if (buffer.toString() === '\n') return;
    await this.#file.appendFile('\n');
    this.#bytes++;
  }

  async #begin(number: number): Promise<void> {
    await this.close();
    this.#file = await open(this.#path(number), 'a', FILE_MODE);
    this.#number = number;
    this.#bytes = 0;
    const kept = await this.#numbers();
    for (const old of kept.slice(0, Math.max(0, kept.length - this.#limits.filesMax))) await rm(this.#path(old), { force: true });
  }

  /** Of the files that there are, oldest first. */
  async #numbers(): Promise<number[]> {
    let names: string[];
    try {
      names = await readdir(this.#folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    const numbers = names.flatMap(name => /^audit-([1-9]\d*)\.jsonl$/.exec(name)?.[1] ?? []).map(Number);
    return numbers.sort((one, other) => one - other);
  }

  #path(number: number): string {
    return join(this.#folder, `audit-${number}.jsonl`);
  }
}
