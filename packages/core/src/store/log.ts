/**
 * The log port: the only place where durability is decided.
 *
 * A log is an endless row of records. A record is known by its position, a number that grows with each record and is
 * never used twice. The owner (the shard) decides what a record means; the log decides when it is on disk, and
 * where it lies. Old segments are removed from the front only, once nothing in them is retained.
 */

/** Where a record lies: an integer below 2^53, opaque to the owner but for its order. */
export type LogPosition = number;

/** A record's payload as it lies in memory. Valid until the current turn of the event loop ends; copy what is kept. */
export interface RecordView {
  kind: number;
  bytes: Uint8Array;
  /** The payload is `bytes[start, end)`. */
  start: number;
  end: number;
}

/** Why a log takes no further messages: the disk has no room, or writes are failing, or memory waits for a slow disk. */
export type LogPressure = 'none' | 'disk-full' | 'write-failed' | 'unsynced-bytes';

/** A record that cannot be had any more: its checksum does not match. */
export class RecordLost extends Error {}

/** What the owner of a log is told. None of these may throw. */
export interface LogOwner {
  /** At start, once per intact record, in log order. */
  replay(position: LogPosition, record: RecordView): void;
  /** Every record appended before `end` is on disk now. */
  durable(end: LogPosition): void;
  /**
   * The segment that holds this record is being emptied. The owner appends again what is still live and needed,
   * retains the new place and releases the old one; what it does not retain any more is forgotten.
   */
  relocate(position: LogPosition, record: RecordView): void;
  /**
   * A segment has been begun at `from`. What is retained before it, needs no reading and is no message may be appended again now, when all of it takes no
   * more than `bytesMax`: older segments then go as their messages are consumed, also where a full disk takes nothing more.
   */
  gather(from: LogPosition, bytesMax: number): void;
  /** Whether the log takes messages. Under pressure the owner withholds producers' credit; settlements are still taken. */
  pressure(pressure: LogPressure): void;
}

export interface Log {
  /** The position that the next record will get, at the least. */
  readonly end: LogPosition;
  /** Everything before this is on disk. */
  readonly durableEnd: LogPosition;
  readonly pressure: LogPressure;
  /** The largest payload of a record, in bytes. */
  readonly recordSizeBytesMax: number;

  /**
   * Appends a record of `sizeBytes` payload and answers its position. The caller writes exactly `sizeBytes` into `buffer` from
   * `offset` on, before anything else is asked of the log. Never waits and never fails: a failing disk shows as
   * pressure, and as a durable end that stays where it is.
   */
  append(kind: number, sizeBytes: number): LogPosition;
  readonly buffer: Uint8Array;
  readonly offset: number;

  /** Asks that everything appended so far becomes durable; the owner hears `durable`. One sync serves all that wait. */
  sync(): void;

  /**
   * Keeps the record's segment: counted, so each `retain` needs its `release`. An appended record is not retained by itself.
   * `sizeBytes` is the payload's size, for the share of live bytes.
   */
  retain(position: LogPosition, sizeBytes: number): void;
  /** All that is wanted of what was replayed is retained: from here on, and not before, segments in which nothing is may go. */
  replayed(): void;
  /**
   * With `over`, nothing has taken the record's place: its message is done with, and its segment need not wait until that is on disk as well. So a
   * full disk gets room by messages that are consumed.
   */
  release(position: LogPosition, sizeBytes: number, over?: boolean): void;

  /** The record, when it is in memory; `undefined` when `load` is needed first. The answer is reused by the next call. */
  view(position: LogPosition): RecordView | undefined;
  /**
   * Reads the record, and some of what follows it, into the cache and calls `done` in a later turn; the record can be
   * viewed in that call. `error` says what went wrong: a `RecordLost` when the record is damaged for good, anything else when a later try may succeed.
   */
  load(position: LogPosition, done: (error?: Error) => void): void;
}
