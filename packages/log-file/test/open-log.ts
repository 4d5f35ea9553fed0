import { FileLog, type FileLogOptions, type LogEvent } from '../src/index.ts';
import type { RecordingOwner } from './recording-owner.ts';

/** Opens a log for a recording owner; what it reports goes to `events`. */
export function openLog(
  directory: string,
  owner: RecordingOwner,
  events: object[] = [],
  options: Partial<FileLogOptions> = {},
): Promise<FileLog> {
  return FileLog.open({
    directory,
    owner,
    attach: log => {
      owner.log = log;
    },
    report: (event: LogEvent) => {
      events.push(event);
      owner.wake();
    },
    ...options,
  });
}
