import type { Refusal } from '../delivery/refusal.ts';
import type { Message } from '../message/message.ts';
import type { Observed } from '../observe/observers.ts';
import type { Departure } from '../queue/dead-letter.ts';
import type { Log, LogPosition } from './log.ts';

/** What is stored under one id, as the shard and an address see it: a queue, whose messages go when somebody has them, or a stream. */
export interface StoredQueue extends Observed {
  readonly id: number;
  /** The address's that it belongs to, or the inbox's. */
  readonly name: string;
  /** Outlives a restart. */
  readonly kept: boolean;
  readonly index: { readonly live: number; readonly liveBytes: number };
  /** Of the message that is stored next. */
  readonly nextSequence: number;
  /** Deliveries under way. */
  readonly unsettled: number;
  /** Messages that wait for their time, and those of them whose deliveries have failed before. */
  readonly scheduled: number;
  readonly redelivering: number;
  /** Where the record of the oldest message lies that is here still; −1: there is none. */
  readonly oldestPosition: LogPosition;
  /** It holds as much as it may. */
  readonly full: boolean;
  /** It is full, or would have more than it may with the message, stored for all of these; `leaveOut` counts one that it does not get for that, and says so. */
  lacksRoomFor(message: Message, queues: readonly StoredQueue[]): boolean;
  leaveOut(): void;
  /** The shard has stored a message here. */
  stored(position: LogPosition, sizeBytes: number, message: Message, expiresAtMs: number, key: string): void;
  /** The property whose value is a message's key here; undefined: messages have none. */
  readonly keyProperty: string | undefined;
  /** '': it has none. */
  keyOf(sequence: number): string;
  /** Writes what was settled so far to the log. */
  recordSettled(): void;
  /** Time has passed: what is due goes, of at most so many entries. */
  sweep(entriesMax: number): void;
  /** Removes what nobody has acquired; answers how many messages. */
  purge(): number;
  /** The consumers are told; deliveries under way settle into nothing. */
  end(refusal: Refusal): void;
  /** The shard forgets it: nothing of it is kept any more. */
  forget(): void;

  /** The record at this position is needed for this message. */
  holds(sequence: number, position: LogPosition): boolean;
  attempts(sequence: number): number;
  /** Compaction is about to copy the message: what else the log has of it, and would have lost then, is written again. */
  relocating(sequence: number): void;
  /** Compaction has copied the message to another place. */
  moved(sequence: number, position: LogPosition, sizeBytes: number): void;

  /** A STORE record that begins at `at`: what a replay finds, in the log's order. A message that was moved is found twice; the later place counts. */
  restore(sequence: number, position: LogPosition, sizeBytes: number, bytes: Uint8Array, at: number, attempts: number, key: string): void;
  restoreSettled(first: number, count: number): void;
  restoreAttempts(sequence: number, attempts: number): void;
  /** A message was on its way to another address. Its STORE record may come later, where it was moved. */
  restoreLeaving(departure: Departure): void;
  /** All has been replayed: what is here is kept. */
  restored(log: Log): void;
}
