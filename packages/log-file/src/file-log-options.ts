import type { Histogram, LogOwner } from '@angarium/core';
import type { Disk } from './disk.ts';
import type { FileLog } from './file-log.ts';
import type { LogClock } from './log-clock.ts';
import type { LogEvent } from './log-event.ts';

export interface FileLogOptions {
  /** The data directory; made when it is missing. */
  readonly directory: string;
  readonly owner: LogOwner;
  /** Called before the replay begins, so that the owner can retain what is replayed. */
  readonly attach?: (log: FileLog) => void;
  /** The file system; a simulated one in tests. */
  readonly disk?: Disk;
  /** Time and turns; simulated ones in tests. */
  readonly clock?: LogClock;
  /** Told during replay, at most every 200 ms, and at its end. */
  readonly onProgress?: (done: { bytes: number; bytesTotal: number; records: number }) => void;
  readonly report: (event: LogEvent) => void;
  /** The size of a segment file, 64 MiB unless said otherwise. The first ones of a new directory are smaller. */
  readonly segmentSizeBytes?: number;
  /** The largest payload of a record, 16 MiB unless said otherwise. */
  readonly recordSizeBytesMax?: number;
  /** Appended bytes that may wait for the disk before pressure is told, 32 MiB unless said otherwise. */
  readonly unsyncedBytesMax?: number;
  /** Memory for the newest part of the log, 32 MiB unless said otherwise. */
  readonly tailCacheBytesMax?: number;
  /** Memory for older parts that were loaded, 16 MiB unless said otherwise. */
  readonly readCacheBytesMax?: number;
  /** What a load reads at once, 512 KiB unless said otherwise. */
  readonly readAheadBytes?: number;
  /** Compaction begins when this share of the full segments is garbage, one half unless said otherwise … */
  readonly garbageShareMin?: number;
  /** … and at least so many bytes of them, the size of a segment unless said otherwise. */
  readonly garbageBytesMin?: number;
}

/** Plain counters of a log. */
export interface FileLogStats {
  readonly segments: number;
  /** What the segment files take on disk. */
  readonly bytes: number;
  /** What is retained, with record headers. */
  readonly liveBytes: number;
  readonly unsyncedBytes: number;
  readonly syncs: number;
  readonly lastSyncMs: number;
  /** How long syncs took since the log was opened, in seconds. */
  readonly syncSeconds: Histogram;
}
