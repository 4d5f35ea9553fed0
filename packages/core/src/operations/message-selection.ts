import type { MessageFilter } from '../message/message-filter.ts';
import { ENTRY_READY, ENTRY_SCHEDULED } from '../queue/queue-index.ts';

/** How a message of a queue is: waiting for a consumer, waiting for its time, or with a consumer whose outcome is awaited. */
export const MESSAGE_STATES = ['ready', 'scheduled', 'unsettled'] as const;
export type MessageState = (typeof MESSAGE_STATES)[number];

/** Which messages of a queue are meant. */
export interface MessageSelection {
  readonly filter?: MessageFilter | undefined;
  /** `all` where it is absent. */
  readonly state?: MessageState | 'all' | undefined;
  /** The first sequence number that counts; the first of all where it is absent. */
  readonly from?: number | undefined;
  /** The most messages; no limit where it is absent. */
  readonly max?: number | undefined;
  /** These alone, as far as they are there: sequence numbers, up to `SEQUENCES_MAX`. */
  readonly sequences?: readonly number[] | undefined;
}

/** Messages that one selection names by their numbers. */
export const SEQUENCES_MAX = 1000;

/** One that is on its way to a dead letter address can be had by nobody, and counts as unsettled. */
export function messageState(entryState: number): MessageState {
  if (entryState === ENTRY_READY) return 'ready';
  return entryState === ENTRY_SCHEDULED ? 'scheduled' : 'unsettled';
}
