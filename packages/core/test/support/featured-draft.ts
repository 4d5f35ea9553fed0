import type { FeaturedMessage } from './featured-queue-model.ts';
import type { Random } from './random.ts';
import type { Draft } from './simulated-transaction.ts';

export const COLOURS = ['red', 'blue'] as const;

/** A message for a queue with features, as it is sent and as the model sees it. */
export interface FeaturedDraft extends Draft {
  readonly message: FeaturedMessage;
  readonly deliverAtMs: number;
  /** By which duplicates are told. */
  readonly messageId: string | undefined;
}

/** What messages may have. */
export interface DraftFeatures {
  readonly groups: boolean;
  readonly priorities: boolean;
  readonly timesToLive: boolean;
  readonly messageIds: boolean;
}

export function featuredDraft(id: number, random: Random, nowMs: number, features: DraftFeatures): FeaturedDraft {
  const group = features.groups && !random.chance(3) ? `g${random.below(3)}` : undefined;
  const key = random.chance(4) ? undefined : `k${random.below(3)}`;
  const colour = random.pick(COLOURS)!;
  const priority = features.priorities ? random.below(10) : 4;
  const durable = !random.chance(4);
  const ttlMs = random.chance(6) && features.timesToLive ? 1 + random.below(3000) : 0;
  const deliverAtMs = random.chance(6) ? nowMs + 1 + random.below(2000) : 0;
  const again = random.chance(3) ? `again${random.below(5)}` : `once${id}`;
  const messageId = features.messageIds ? again : undefined;
  const pairs = [`id=${id}`, `c=${colour}`, group && `JMSXGroupID=${group}`, key && `k=${key}`, messageId && `message-id=${messageId}`];
  const message = { id, durable, priority, group, key, colour, expiresAtMs: ttlMs > 0 ? nowMs + ttlMs : 0 };
  const fields = { durable, priority, ttlMs, deliverAtMs, grouped: group !== undefined };
  return { text: pairs.filter(Boolean).join(';'), fields, message, deliverAtMs, messageId };
}
