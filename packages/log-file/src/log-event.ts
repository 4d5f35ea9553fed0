import type { LogPosition, LogPressure } from '@angarium/core';

/** What the log tells about itself, for the log book of the server and for its metrics. */
export type LogEvent =
  /** At start: the last records were not written in full before the process or the machine stopped. They were never reported durable. */
  | { readonly kind: 'torn-tail'; readonly position: LogPosition; readonly bytesCut: number }
  /** Bytes that do not have their checksum any more; the log goes on after them. */
  | { readonly kind: 'corrupt-record'; readonly segment: string; readonly position: LogPosition; readonly bytesSkipped: number }
  /** At start: a file whose header is unreadable. It was put aside under the name `putAside` and is not touched again. */
  | { readonly kind: 'corrupt-segment'; readonly segment: string; readonly putAside: string; readonly bytesSkipped: number }
  /** At start: there is no file for the positions [position, position + bytesSkipped). */
  | { readonly kind: 'segment-missing'; readonly position: LogPosition; readonly bytesSkipped: number }
  | { readonly kind: 'pressure'; readonly pressure: LogPressure }
  | { readonly kind: 'segment-made'; readonly segment: string; readonly bytes: number; readonly recycled: boolean }
  | { readonly kind: 'segment-removed'; readonly segment: string; readonly bytes: number; readonly recycled: boolean }
  /** A segment was emptied; `bytesMoved` were live and were appended again. */
  | { readonly kind: 'compacted'; readonly segment: string; readonly records: number; readonly bytesMoved: number }
  /** A reader of old segments lost its hold on them. */
  | { readonly kind: 'hold-ended'; readonly name: string; readonly why: string }
  /** A segment could not be read in a compaction; it stays. */
  | { readonly kind: 'read-failed'; readonly segment: string; readonly error: Error }
  /** Writing, syncing or allocating failed; it is tried again. */
  | { readonly kind: 'write-failed'; readonly error: Error };
