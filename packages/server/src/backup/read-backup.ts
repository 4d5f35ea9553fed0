import { createHash } from 'node:crypto';
import { BackupError, type BackupManifest, decodeManifest, MANIFEST_NAME, SUMS_NAME, sumLine } from './backup-format.ts';
import { readTarHeader, TAR_BLOCK_BYTES, type TarEntry, tarPaddingBytes } from './tar.ts';

/** A file that is kept in memory while it is read: the manifest of a million segments is smaller. */
const TEXT_BYTES_MAX = 256 * 1024 * 1024;

/** Who hears what is in a backup, in its order. */
export interface BackupVisitor {
  /** What the backup says of itself; called first. What this throws ends the reading. */
  manifest?(manifest: BackupManifest): void | Promise<void>;
  /** A file of the data directory begins; `at` is where its bytes are in the backup. */
  file?(entry: TarEntry, at: number): void | Promise<void>;
  /** The next bytes of that file; valid during the call. */
  bytes?(bytes: Uint8Array): void | Promise<void>;
  /** The file was whole; its checksum is known at the end of the backup alone. */
  fileEnd?(): void | Promise<void>;
}

/**
 * Reads a backup from its beginning to its end, and holds it against what it says of itself: files, sizes and checksums. Throws a `BackupError` when it is none, or
 * not whole.
 */
export async function readBackup(source: AsyncIterable<Uint8Array>, visitor: BackupVisitor = {}): Promise<BackupManifest> {
  await using archive = new Archive(source);
  return await readArchive(archive, visitor);
}

async function readArchive(archive: Archive, visitor: BackupVisitor): Promise<BackupManifest> {
  const sums = new Map<string, string>();
  const first = await archive.next();
  if (first?.name !== MANIFEST_NAME) throw new BackupError(`This is no backup of Angarium: it does not begin with ${MANIFEST_NAME}.`);
  const text = await archive.text(first);
  const manifest = decodeManifest(text);
  sums.set(MANIFEST_NAME, createHash('sha256').update(text).digest('hex'));
  await visitor.manifest?.(manifest);
  for (const listed of manifest.files) {
    const entry = await archive.next();
    if (entry?.name !== listed.name || entry.sizeBytes !== listed.sizeBytes)
      throw new BackupError(`The backup is damaged: ${listed.name}, which it lists, is not where it has to be.`);
    await visitor.file?.(entry, archive.position);
    const hash = createHash('sha256');
    await archive.bytes(entry, bytes => {
      hash.update(bytes);
      return visitor.bytes?.(bytes);
    });
    sums.set(entry.name, hash.digest('hex'));
    await visitor.fileEnd?.();
  }
  const last = await archive.next();
  if (last?.name !== SUMS_NAME) throw new BackupError(`The backup is not complete: ${SUMS_NAME}, its last file, is missing.`);
  compareSums((await archive.text(last)).toString('latin1'), sums);
  await archive.end();
  return manifest;
}

function compareSums(text: string, sums: ReadonlyMap<string, string>): void {
  const listed = new Set(text.split('\n').map(line => `${line}\n`));
  for (const [name, sum] of sums)
    if (!listed.has(sumLine(name, sum)))
      throw new BackupError(`The backup is damaged: ${name} does not have the checksum of ${SUMS_NAME}.`);
}

/** The files of a tar stream, one after the other. */
class Archive implements AsyncDisposable {
  /** Of the next byte. */
  position = 0;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #paddingBytes = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** The next file, whose bytes have to be read; undefined: there is none. */
  async next(): Promise<TarEntry | undefined> {
    await this.#take(this.#paddingBytes, () => {});
    const block = await this.#collect(TAR_BLOCK_BYTES);
    const header = readTarHeader(block);
    if (header.kind === 'unknown')
      throw new BackupError(`This is no backup of Angarium, or it is damaged at byte ${this.position - TAR_BLOCK_BYTES}.`);
    return header.kind === 'file' ? header.entry : undefined;
  }

  /** Reads what fills up the archive, so that its source comes to its end. */
  async end(): Promise<void> {
    while (!(await this.#chunks.next()).done);
  }

  /** The source is read no further. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chunks.return?.();
  }

  /** All bytes of a small file. */
  async text(entry: TarEntry): Promise<Buffer> {
    if (entry.sizeBytes > TEXT_BYTES_MAX) throw new BackupError(`The backup is damaged: ${entry.name} cannot be so large.`);
    const text = await this.#collect(entry.sizeBytes);
    this.#paddingBytes = tarPaddingBytes(entry.sizeBytes);
    return text;
  }

  async bytes(entry: TarEntry, visit: (bytes: Uint8Array) => void | Promise<void>): Promise<void> {
    await this.#take(entry.sizeBytes, visit);
    this.#paddingBytes = tarPaddingBytes(entry.sizeBytes);
  }

  async #collect(sizeBytes: number): Promise<Buffer> {
    const whole = Buffer.alloc(sizeBytes);
    let filled = 0;
    await this.#take(sizeBytes, bytes => {
      whole.set(bytes, filled);
      filled += bytes.length;
    });
    return whole;
  }

  async #take(sizeBytes: number, visit: (bytes: Uint8Array) => void | Promise<void>): Promise<void> {
    for (let left = sizeBytes; left > 0; ) {
      if (this.#chunk.length === 0) {
        const { done, value } = await this.#chunks.next();
        if (done) throw new BackupError(`The backup is not complete: it ends after ${this.position} bytes.`);
        this.#chunk = value;
      }
      const piece = this.#chunk.subarray(0, left);
      this.#chunk = this.#chunk.subarray(piece.length);
      this.position += piece.length;
      left -= piece.length;
      const waiting = visit(piece);
      if (waiting !== undefined) await waiting;
    }
  }
}
