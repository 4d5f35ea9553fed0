import Type, { type Static } from 'typebox';
import { schemaCheck } from '../http/schema-words.ts';

/**
 * A backup is a tar file:
 *
 *     angarium-backup.json        what it is: the manifest below, first, so that a reader knows what follows
 *     format-version              the files of the data directory …
 *     container-id
 *     secret
 *     log/0000000000000000.segment, …    … and the segments of its log, oldest first; of the last one, what is used
 *     SHA256SUMS                  of all of these, as `sha256sum --check` reads them: without it, a backup is not complete
 */
export const MANIFEST_NAME = 'angarium-backup.json';
export const SUMS_NAME = 'SHA256SUMS';
export const LOG_PREFIX = 'log/';
/** The media type of the stream. */
export const BACKUP_MEDIA_TYPE = 'application/x-tar';

const FORMAT = 'angarium-backup';
/** Of the layout above. A reader knows this one and those before. */
export const BACKUP_FORMAT_VERSION = 1;

const MANIFEST = Type.Object({
  format: Type.Literal(FORMAT),
  formatVersion: Type.Integer({ minimum: 1 }),
  /** Of the server that made it. */
  serverVersion: Type.String(),
  /** Of the data directory. */
  dataFormatVersion: Type.Integer({ minimum: 1 }),
  containerId: Type.String(),
  createdAt: Type.String(),
  /** The position of the log: everything before is in the backup. */
  logEnd: Type.Integer({ minimum: 0 }),
  files: Type.Array(
    Type.Object({ name: Type.String({ pattern: '^(log/)?[0-9a-z][0-9a-z.-]*$' }), sizeBytes: Type.Integer({ minimum: 0 }) }),
  ),
});

export type BackupManifest = Static<typeof MANIFEST>;

const check = schemaCheck(MANIFEST);

/** Something that is no backup, or not a whole one; the words are for whoever made it. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

export function manifestOf(fields: Omit<BackupManifest, 'format' | 'formatVersion'>): BackupManifest {
  return { format: FORMAT, formatVersion: BACKUP_FORMAT_VERSION, ...fields };
}

export function encodeManifest(manifest: BackupManifest): Uint8Array {
  return Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** Throws a `BackupError`. */
export function decodeManifest(bytes: Uint8Array): BackupManifest {
  let manifest: unknown;
  try {
    manifest = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw new BackupError(`This is no backup of Angarium: ${MANIFEST_NAME} is not JSON.`);
  }
  const { formatVersion, serverVersion } = manifest as Partial<BackupManifest>;
  if (typeof formatVersion === 'number' && formatVersion > BACKUP_FORMAT_VERSION)
    throw new BackupError(
      `The backup has format version ${formatVersion}, and this version of Angarium reads ${BACKUP_FORMAT_VERSION}: ` +
        `use Angarium ${String(serverVersion)}, which made it, or a newer one.`,
    );
  const wrong = check(manifest, MANIFEST_NAME);
  if (wrong !== undefined) throw new BackupError(`This is no backup of Angarium: ${wrong}`);
  return manifest as BackupManifest;
}

/** A line of SHA256SUMS. */
export function sumLine(name: string, sha256: string): string {
  return `${sha256}  ${name}\n`;
}
