import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { stdin, stdout } from 'node:process';
import { BackupError, type BackupManifest, readBackup, restoreBackup, verifyBackup } from '@angarium/server/backup';
import { ApiClient } from '../api-client.ts';
import { CommandError } from '../exit-code.ts';
import { printFacts } from '../facts.ts';
import { print, printJson, remark } from '../output.ts';
import { ProgressLine } from '../progress-line.ts';
import { resolveTarget, type TargetOptions } from '../target.ts';

/** Standard output, or input. */
const STREAM = '-';
const MEGABYTE = 1_000_000;

interface CreateOptions extends TargetOptions {
  readonly json?: boolean;
  readonly rate?: number;
  readonly force?: boolean;
}

export async function createBackup(file: string, options: CreateOptions): Promise<void> {
  const api = new ApiClient(await resolveTarget(options));
  if (file !== STREAM && !options.force && (await sizeOf(file)) !== undefined)
    throw new CommandError('failed', `The file ${file} exists already: name another one, or replace it with --force.`);
  const query = options.rate === undefined ? '' : `?rate=${options.rate * MEGABYTE}`;
  const { sizeBytes, chunks } = await api.download('POST', `/backup${query}`);
  using line = new ProgressLine();
  const seen = progressOf(line, 'written', sizeBytes);
  const sink = file === STREAM ? standardOutput() : await fileSink(file);
  let manifest: BackupManifest;
  try {
    // What is written is held against its checksums on the way.
    manifest = await readBackup(passedOn(chunks, sink, seen)).catch(asCommandError);
    await sink.done();
  } catch (error) {
    await sink.failed();
    throw error;
  }
  line.clear();
  if (options.json && file !== STREAM) return printJson({ file, sizeBytes, ...facts(manifest) });
  const words = `backup of ${manifest.containerId}, ${megabytes(sizeBytes)}, written to ${file === STREAM ? 'standard output' : file}`;
  if (file === STREAM) remark(words);
  else print(words);
}

export async function verify(file: string, options: { readonly json?: boolean }): Promise<void> {
  const sizeBytes = await requireFile(file);
  using line = new ProgressLine();
  const { manifest, counts } = await verifyBackup(file, progressOf(line, 'read', 2 * sizeBytes)).catch(asCommandError);
  line.clear();
  if (options.json) return printJson({ file, sizeBytes, ...facts(manifest), ...counts });
  printFacts({ ...facts(manifest), ...counts });
  print(
    counts === undefined
      ? 'The backup is whole; it is of an older version, and is migrated when a server starts from it.'
      : 'The backup is whole.',
  );
}

export async function restore(file: string, options: { readonly dataDir: string; readonly json?: boolean }): Promise<void> {
  const sizeBytes = file === STREAM ? undefined : await requireFile(file);
  const source = file === STREAM ? stdin : createReadStream(file);
  using line = new ProgressLine();
  const manifest = await restoreBackup(source, options.dataDir, { onProgress: progressOf(line, 'restored', sizeBytes) }).catch(
    asCommandError,
  );
  line.clear();
  if (options.json) return printJson({ dataDirectory: options.dataDir, ...facts(manifest) });
  print(`${manifest.containerId} as of ${manifest.createdAt} is restored. Start it: angarium up --data-dir ${options.dataDir}`);
}

function facts({ containerId, createdAt, serverVersion, dataFormatVersion }: BackupManifest): Readonly<Record<string, unknown>> {
  return { containerId, createdAt, serverVersion, dataFormatVersion };
}

/** Where a backup is written to. */
interface Sink {
  write(chunk: Uint8Array): Promise<void>;
  /** All of it is there, and right. */
  done(): Promise<void>;
  failed(): Promise<void>;
}

/** The file gets its name when it is whole and on disk. */
async function fileSink(path: string): Promise<Sink> {
  const partial = `${path}.partial`;
  let file: FileHandle;
  try {
    file = await open(partial, 'w', 0o600);
  } catch (error) {
    throw new CommandError('failed', `The file cannot be written: ${(error as Error).message}`, error);
  }
  return {
    write: chunk =>
      file.writeFile(chunk).catch((error: Error) => {
        throw new CommandError('failed', `The file cannot be written: ${error.message}`, error);
      }),
    done: async () => {
      await file.sync();
      await file.close();
      await rename(partial, path);
    },
    failed: async () => {
      await file.close();
      await rm(partial, { force: true });
    },
  };
}

function standardOutput(): Sink {
  if (stdout.isTTY) throw new CommandError('usage', 'A backup is not for a terminal: name a file, or pipe it on.');
  return {
    write: chunk => new Promise(resolve => void stdout.write(chunk, () => resolve())),
    done: async () => {},
    failed: async () => {},
  };
}

async function* passedOn(chunks: AsyncIterable<Uint8Array>, sink: Sink, seen: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    await sink.write(chunk);
    bytes += chunk.length;
    seen(bytes);
    yield chunk;
  }
}

function progressOf(line: ProgressLine, done: string, totalBytes: number | undefined): (bytes: number) => void {
  const total = totalBytes === undefined ? '' : ` of ${megabytes(totalBytes)}`;
  let shown = '';
  return bytes => {
    const text = `${megabytes(bytes)}${total} ${done}`;
    if (text !== shown) line.show(text);
    shown = text;
  };
}

function megabytes(bytes: number): string {
  return bytes < MEGABYTE ? `${(bytes / 1000).toFixed(0)} kB` : `${(bytes / MEGABYTE).toFixed(0)} MB`;
}

async function requireFile(path: string): Promise<number> {
  const sizeBytes = await sizeOf(path);
  if (sizeBytes === undefined) throw new CommandError('failed', `There is no file ${path}.`);
  return sizeBytes;
}

async function sizeOf(path: string): Promise<number | undefined> {
  return await stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}

function asCommandError(error: unknown): never {
  if (error instanceof BackupError) throw new CommandError('failed', error.message, error);
  // The disk's words, such as that it is full.
  if (error instanceof Error && 'code' in error && 'syscall' in error) throw new CommandError('failed', error.message, error);
  throw error;
}
