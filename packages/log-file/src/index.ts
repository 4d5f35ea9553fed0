export type { Disk, DiskFile, DiskLock, DiskMode } from './disk.ts';
export { CorruptRecordError, DirectoryInUseError, FormatVersionError } from './errors.ts';
export { FileLog, type FileLogOptions, type FileLogStats } from './file-log.ts';
export type { LogClock } from './log-clock.ts';
export type { LogEvent } from './log-event.ts';
export { NodeDisk } from './node-disk.ts';
