import type { Broker, Report } from '@angarium/core';
import { DirectoryInUseError, FileLog, FormatVersionError, type LogEvent } from '@angarium/log-file';
import { KINDS } from './resources/kinds.ts';
import { StartError } from './start-error.ts';
import { VERSION } from './version.ts';

/** The kinds of documents that this version knows. */
export const KNOWN_KINDS: ReadonlySet<string> = new Set(KINDS.map(({ kind }) => kind));

/** How far the reading of the log has come. */
export interface LogProgress {
  readonly bytes: number;
  readonly bytesTotal: number;
  readonly records: number;
}

/** What the log does by itself is of interest when something is looked for; what it lost, always. */
const LOG_EVENT_LEVELS = {
  'torn-tail': 'warn',
  'corrupt-record': 'error',
  'corrupt-segment': 'error',
  'segment-missing': 'error',
  // The broker reports pressure too, and says what it means for clients.
  pressure: 'debug',
  'segment-made': 'debug',
  'segment-removed': 'debug',
  compacted: 'debug',
  'write-failed': 'error',
  'read-failed': 'error',
  'hold-ended': 'warn',
} as const satisfies Record<LogEvent['kind'], 'debug' | 'warn' | 'error'>;

/** Opens the log of a data directory for a broker, which has replayed it then. One that a newer version has written to is refused, and left as it is. */
export async function openLog(
  directory: string,
  broker: Broker,
  report: Report,
  onProgress: ((done: LogProgress) => void) | undefined,
): Promise<FileLog> {
  const log = await openFiles(directory, broker, report, onProgress);
  const unknown = broker.unknown(KNOWN_KINDS);
  if (unknown === undefined) return log;
  await log.close();
  throw new StartError(
    'environment',
    `The log in ${directory} has ${unknown}, which Angarium ${VERSION} does not know: a newer version has written it. ` +
      'Start that one, or restore a backup from before into another folder (angarium backup restore).',
  );
}

async function openFiles(
  directory: string,
  broker: Broker,
  report: Report,
  onProgress: ((done: LogProgress) => void) | undefined,
): Promise<FileLog> {
  try {
    return await FileLog.open({
      directory,
      owner: broker.logOwner,
      report: event => {
        const { kind, ...details } = event;
        report({ ...details, level: LOG_EVENT_LEVELS[kind], what: `durable log: ${kind}` });
      },
      ...(onProgress && { onProgress }),
    });
  } catch (error) {
    if (error instanceof DirectoryInUseError || error instanceof FormatVersionError)
      throw new StartError('environment', error.message, error);
    throw error;
  }
}
