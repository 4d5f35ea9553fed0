import type { SimulatedMessage } from './message.ts';

/** A message of the queue as the rules see it. */
export interface QueueEntry {
  readonly message: SimulatedMessage;
  /** In the order of arrival: a transaction's messages arrive when it commits. */
  readonly arrival: number;
  /** 0: never. */
  readonly expiresAtMs: number;
  /** The key as the queue knew it when the message came. */
  lane: string | undefined;
  /** Jitter leaves open when exactly a failed one may be delivered again: not before the one, at the latest at the other. */
  dueFromMs: number;
  dueAtMs: number;
  attempts: number;
  holder: QueueTaker | undefined;
  readonly refusedBy: Set<QueueTaker>;
  /** A newer message of its key has come while a consumer had it. */
  superseded: boolean;
  /** It has waited for its time. */
  waited: boolean;
  /** The moment when its last consumer gave it back; 0: nobody ever had it. */
  returnedAt: number;
  /** Since which moment it can be seen without a break: 0 since it came, Infinity: that is not known. */
  visibleSince: number;
}

/** A consumer as the rules see it. */
export interface QueueTaker {
  readonly colour: string | undefined;
  readonly priority: number;
  credit: number;
  /** False: another one is the single active consumer. */
  active: boolean;
}

export function hasExpired({ expiresAtMs }: QueueEntry, nowMs: number): boolean {
  return expiresAtMs > 0 && expiresAtMs <= nowMs;
}

/** It waits for a consumer, and for nothing else. */
export function isReady(entry: QueueEntry, nowMs: number): boolean {
  return !entry.holder && entry.dueAtMs <= nowMs && !hasExpired(entry, nowMs);
}

export function isWanted(entry: QueueEntry, { colour }: { readonly colour: string | undefined }): boolean {
  return colour === undefined || colour === entry.message.colour;
}

export function isWantedBy(entry: QueueEntry, taker: QueueTaker): boolean {
  return isWanted(entry, taker) && !entry.refusedBy.has(taker);
}
