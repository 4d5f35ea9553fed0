import type { Address } from '../address/address.ts';
import { describeReason } from '../delivery/outcome.ts';
import type { Annotations } from '../message/content.ts';
import type { Message } from '../message/message.ts';
import type { Observers } from '../observe/observers.ts';
import { takeObserved } from '../observe/store-watch.ts';
import type { LogPosition } from '../store/log.ts';
import type { Shard } from '../store/shard.ts';
import type { QueueIndex } from './queue-index.ts';
import type { QueueOwner } from './queue-owner.ts';

/** Why a message leaves the address that it was sent to. */
export interface Cause {
  readonly reason: 'rejected' | 'attempts' | 'expired';
  /** The consumer whose outcome it was, in the words of its head. */
  readonly by?: string | undefined;
  /** What the consumer said about it. */
  readonly condition?: string | undefined;
  readonly description?: string | undefined;
}

/** An address that takes what leaves another one. */
export interface StoringTarget extends Address {
  readonly shard: Shard;
  store(message: Message, expiresAtMs: number): LogPosition;
  /** It was one that left its address for this reason. */
  arrived?(reason: Cause['reason']): void;
}

/** An entry leaves for another address. */
export interface Departure {
  readonly sequence: number;
  readonly cause: Cause;
  readonly to: string;
}

/** An entry is written anew with these annotations, and is ready at that time. */
export interface Amendment {
  readonly sequence: number;
  readonly changes: Annotations;
  readonly dueAtMs: number;
}

/** What is known of a message where it leaves. */
interface Past {
  readonly sequence: number;
  readonly index: QueueIndex;
  readonly nowMs: number;
  readonly from: QueueOwner;
  readonly observers: Observers | undefined;
}

/** Stores the message at the address that it leaves for, and counts it. It begins anew there, and keeps what it is. */
export function storeDeparted(message: Message, target: StoringTarget, cause: Cause, past: Past): void {
  const { sequence, index, nowMs, from, observers } = past;
  const { shard } = target;
  const history = { origin: from.name, nowMs, attempts: index.attempts(sequence), deliveries: index.acquisitions(sequence) };
  shard.encodings.of(message.encoding)?.annotate(message, deadLetterAnnotations(cause, history));
  Object.assign(message, { ttlMs: 0, deliverAtMs: 0, deliveryCount: 0, topic: '', retained: false, fromRetained: false });
  if (shard.stores === undefined) target.store(message, 0);
  else takeObserved(target, message, () => target.store(message, 0), observers);
  from.counters.deadLettered++;
  from.departed?.(cause.reason);
  target.arrived?.(cause.reason);
}

/** What is added to a message that became a dead letter or expired; each name is an AMQP message annotation, or an MQTT user property. */
export const DEAD_LETTER_ANNOTATIONS = {
  'x-opt-dead-letter-reason': 'rejected, attempts (all of them failed) or expired',
  'x-opt-dead-letter-origin': 'the address it was sent to',
  'x-opt-dead-letter-time': 'when it left that',
  'x-opt-dead-letter-attempts': 'deliveries that failed',
  'x-opt-dead-letter-deliveries': 'deliveries in all, as far as the process knew',
  'x-opt-dead-letter-by': 'the consumer whose outcome it was',
  'x-opt-dead-letter-condition': 'the error condition that the consumer gave',
  'x-opt-dead-letter-description': 'the words that the consumer gave',
} as const;
type Name = keyof typeof DEAD_LETTER_ANNOTATIONS;

function deadLetterAnnotations(
  cause: Cause,
  history: { origin: string; nowMs: number; attempts: number; deliveries: number },
): Annotations {
  const annotations = new Map<Name, string | number | Date>([
    ['x-opt-dead-letter-reason', cause.reason],
    ['x-opt-dead-letter-origin', history.origin],
    ['x-opt-dead-letter-time', new Date(history.nowMs)],
    ['x-opt-dead-letter-attempts', history.attempts],
    ['x-opt-dead-letter-deliveries', history.deliveries],
  ]);
  if (cause.by !== undefined) annotations.set('x-opt-dead-letter-by', cause.by);
  if (cause.condition !== undefined) annotations.set('x-opt-dead-letter-condition', cause.condition);
  if (cause.description !== undefined) annotations.set('x-opt-dead-letter-description', cause.description);
  return annotations;
}

/** The cause in words, for the report of a message that has nowhere to go. */
export function describeCause({ reason, condition, description }: Cause): string {
  switch (reason) {
    case 'expired':
      return 'message expired before anybody took it';
    case 'attempts':
      return 'message removed: each of its attempts failed';
    case 'rejected':
      return `message rejected by its consumer and removed: ${describeReason(condition, description)}`;
  }
}
