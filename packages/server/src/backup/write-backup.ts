import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { LogSnapshot } from '@angarium/log-file';
import { type BackupManifest, encodeManifest, LOG_PREFIX, MANIFEST_NAME, SUMS_NAME, sumLine } from './backup-format.ts';
import { TAR_END_BYTES, type TarEntry, tarEntryBytes, tarHeader, tarPaddingBytes } from './tar.ts';

/** Read at a time: so little that nobody waits long for the loop, which is held for a fifth of a millisecond by its checksum. */
const PIECE_BYTES = 128 * 1024;
const SUM_HEX = ''.padEnd(64, '0');

/** A file that is small, and in memory. */
export interface SmallFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What a backup is made of: its manifest, the small files that it lists, and the log. */
export interface BackupContents {
  readonly manifest: BackupManifest;
  readonly smallFiles: readonly SmallFile[];
  readonly snapshot: LogSnapshot;
}

/** How long the backup is, in bytes. */
export function backupBytes({ manifest }: BackupContents): number {
  const entries: TarEntry[] = [{ name: MANIFEST_NAME, sizeBytes: encodeManifest(manifest).length }, ...manifest.files];
  const sumsBytes = entries.reduce((sum, { name }) => sum + sumLine(name, SUM_HEX).length, 0);
  return entries.reduce((sum, { sizeBytes }) => sum + tarEntryBytes(sizeBytes), tarEntryBytes(sumsBytes) + TAR_END_BYTES);
}

/** Writes the backup, a piece at a time, at most so many bytes a second. */
export async function* writeBackup(contents: BackupContents, bytesPerSecond: number): AsyncGenerator<Uint8Array, void, void> {
  const { manifest, smallFiles, snapshot } = contents;
  const modifiedAt = new Date(manifest.createdAt);
  const pace = new Pace(bytesPerSecond);
  let sums = '';
  for (const { name, bytes } of [{ name: MANIFEST_NAME, bytes: encodeManifest(manifest) }, ...smallFiles]) {
    sums += sumLine(name, createHash('sha256').update(bytes).digest('hex'));
    yield smallEntry(name, bytes, modifiedAt);
  }
  for (const [file, { name: segment, sizeBytes }] of snapshot.files.entries()) {
    const name = LOG_PREFIX + segment;
    const hash = createHash('sha256');
    yield tarHeader({ name, sizeBytes }, modifiedAt);
    for (let offset = 0; offset < sizeBytes; offset += PIECE_BYTES) {
      const piece = new Uint8Array(Math.min(PIECE_BYTES, sizeBytes - offset));
      await snapshot.read(file, offset, piece);
      hash.update(piece);
      yield piece;
      await pace.passed(piece.length);
    }
    sums += sumLine(name, hash.digest('hex'));
    yield new Uint8Array(tarPaddingBytes(sizeBytes));
  }
  yield smallEntry(SUMS_NAME, Buffer.from(sums), modifiedAt);
  yield new Uint8Array(TAR_END_BYTES);
}

function smallEntry(name: string, bytes: Uint8Array, modifiedAt: Date): Uint8Array {
  return Buffer.concat([tarHeader({ name, sizeBytes: bytes.length }, modifiedAt), bytes, new Uint8Array(tarPaddingBytes(bytes.length))]);
}

/** What is made up for, when the loop was with others: more would be a burst. */
const LAG_MS_MAX = 50;

/** Holds work to so many bytes a second. */
class Pace {
  readonly #bytesPerMs: number;
  #dueMs = performance.now();

  constructor(bytesPerSecond: number) {
    this.#bytesPerMs = bytesPerSecond / 1000;
  }

  async passed(bytes: number): Promise<void> {
    const nowMs = performance.now();
    this.#dueMs = Math.max(this.#dueMs + bytes / this.#bytesPerMs, nowMs - LAG_MS_MAX);
    if (this.#dueMs > nowMs) await delay(this.#dueMs - nowMs);
  }
}
