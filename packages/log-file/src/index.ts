export { answerOf, type Disk, type DiskFile, type DiskLock, type DiskMode, waitFor } from './disk.ts';
export { CorruptRecordError, DirectoryInUseError, FormatVersionError } from './errors.ts';
export { FileLog } from './file-log.ts';
export type { FileLogOptions, FileLogStats } from './file-log-options.ts';
export type { LogClock } from './log-clock.ts';
export type { LogEvent } from './log-event.ts';
export { LogSnapshot, type SnapshotFile } from './log-snapshot.ts';
export { NodeDisk } from './node-disk.ts';
