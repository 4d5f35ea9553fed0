import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Broker, type CoreEvent, type Turn } from '@angarium/core';
import { FileLog, type LogEvent } from '@angarium/log-file';
import { DATA_FORMAT_VERSION } from '../data-format/data-format.ts';
import { KNOWN_KINDS } from '../open-log.ts';
import { BackupDisk, type BackupPlace } from './backup-disk.ts';
import { BackupError, type BackupManifest, LOG_PREFIX } from './backup-format.ts';
import { readBackup } from './read-backup.ts';

/** What a server would have that starts from the backup. */
export interface BackupCounts {
  readonly records: number;
  readonly spaces: number;
  readonly addresses: number;
  /** Sessions of MQTT clients, and groups of shared subscriptions. */
  readonly sessions: number;
  /** Stored messages, counted in each queue, subscription, stream and session that has them. */
  readonly messages: number;
  readonly retained: number;
}

export interface VerifiedBackup {
  readonly manifest: BackupManifest;
  /** Absent: the backup is of an earlier version, whose log is looked into when it is migrated. */
  readonly counts?: BackupCounts;
}

/** Log events that mean that something is missing. */
const LOSSES: ReadonlySet<LogEvent['kind']> = new Set(['torn-tail', 'corrupt-record', 'corrupt-segment', 'segment-missing']);

/**
 * Reads all of a backup: whether it is whole, has its checksums, and can be read record by record as a server would at its start. `onProgress` is told the bytes that
 * have been looked at, of twice the file: it is read two times. Throws a `BackupError`.
 */
export async function verifyBackup(path: string, onProgress: (bytes: number) => void = () => {}): Promise<VerifiedBackup> {
  const places = new Map<string, BackupPlace>();
  let bytesRead = 0;
  const manifest = await readBackup(createReadStream(path), {
    file: ({ name, sizeBytes }, at) => {
      if (name.startsWith(LOG_PREFIX)) places.set(name.slice(LOG_PREFIX.length), { at, sizeBytes });
    },
    bytes: bytes => {
      bytesRead += bytes.length;
      onProgress(bytesRead);
    },
  });
  if (manifest.dataFormatVersion < DATA_FORMAT_VERSION) return { manifest };
  return { manifest, counts: await countsOf(path, places, manifest, bytes => onProgress(bytesRead + bytes)) };
}

async function countsOf(
  path: string,
  places: ReadonlyMap<string, BackupPlace>,
  { createdAt, dataFormatVersion }: BackupManifest,
  onProgress: (bytes: number) => void,
): Promise<BackupCounts> {
  if (dataFormatVersion > DATA_FORMAT_VERSION)
    throw new BackupError(
      `The backup has format version ${dataFormatVersion}, and this version of Angarium reads up to ${DATA_FORMAT_VERSION}.`,
    );
  const losses: string[] = [];
  let records = 0;
  const broker = new Broker({
    turn: stillTurn(Date.parse(createdAt)),
    report: ({ level, what }: CoreEvent) => {
      if (level === 'error') losses.push(what);
    },
    autoCreate: false,
    addressesMax: Number.POSITIVE_INFINITY,
    randomName: () => '',
  });
  const backup = await open(path);
  try {
    const log = await FileLog.open({
      directory: LOG_PREFIX,
      disk: new BackupDisk(backup, places),
      owner: broker.logOwner,
      report: event => {
        if (LOSSES.has(event.kind)) losses.push(JSON.stringify(event));
      },
      onProgress: done => {
        records = done.records;
        onProgress(done.bytes);
      },
    });
    const unknown = broker.unknown(KNOWN_KINDS);
    if (unknown !== undefined)
      throw new BackupError(
        `The log in the backup has ${unknown}, which this version of Angarium does not know: verify it with the one that made it.`,
      );
    await new Promise<void>(resolve => broker.start(log, resolve));
    const counts = { records, ...countedIn(broker) };
    await log.close();
    if (losses.length > 0) throw new BackupError(`The log in the backup is damaged: ${losses[0]}`);
    return counts;
  } finally {
    await backup.close();
  }
}

function countedIn(broker: Broker): Omit<BackupCounts, 'records'> {
  let addresses = 0;
  let sessions = 0;
  let messages = 0;
  let retained = 0;
  for (const space of broker.spaces.values()) {
    addresses += space.addresses.size;
    sessions += space.inboxes.all.size;
    retained += space.retainedCount;
    for (const address of space.addresses.values()) messages += address.stored;
    for (const inbox of space.inboxes.all.values()) messages += inbox.queue.index.live;
  }
  return { spaces: broker.spaces.size, addresses, sessions, messages, retained };
}

/** Time that stands still: nothing expires, and nothing is done, while a backup is looked at. */
function stillTurn(nowMs: number): Turn {
  return { nowMs, defer: () => {}, deferLast: () => {}, deferNext: () => {}, after: () => ({ cancel: () => {} }) };
}
