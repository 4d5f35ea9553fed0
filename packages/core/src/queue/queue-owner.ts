import { type AddressCounters, type AddressSpec, zeroCounters } from '../address/address.ts';
import type { SpaceLimits } from '../limits/space-limits.ts';
import type { Cause, StoringTarget } from './dead-letter.ts';

/** What a queue is told of its address's specification; read anew each time, so that a change holds at once. */
export type QueuePolicy = Pick<
  AddressSpec,
  'redelivery' | 'deadLetter' | 'expiry' | 'breaker' | 'consumers' | 'lastValueKey' | 'fairKey' | 'messagesMax' | 'bytesMax' | 'overflow'
>;
export const NO_POLICY: QueuePolicy = {};

/** The property whose value is a message's key; undefined: messages have none. */
export function keyPropertyOf({ lastValueKey, fairKey }: QueuePolicy): string | undefined {
  return lastValueKey ?? fairKey;
}

/** The address that a queue belongs to: it counts, and hears of room. */
export interface QueueOwner {
  readonly name: string;
  readonly counters: AddressCounters;
  readonly spec: QueuePolicy;
  /** Where its messages are counted too, and which share of a turn its deliveries have; absent: nowhere, and what there is. */
  readonly limits?: Pick<SpaceLimits, 'account' | 'share' | 'space'>;
  /** A message was removed. */
  roomier(): void;
  /** The address of this name, for a message that leaves; undefined: it can take none. */
  target(name: string): StoringTarget | undefined;
  /** A message has left for another address. */
  departed?(reason: Cause['reason']): void;
  /** A message leaves because its time has passed. */
  expired?(sequence: number): void;
}

/** Of what belongs to no address yet. */
export const NOBODY: QueueOwner = { name: '', counters: zeroCounters(), spec: NO_POLICY, roomier() {}, target: () => undefined };
