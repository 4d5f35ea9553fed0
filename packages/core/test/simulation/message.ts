import type { Random } from '../support/random.ts';
import type { Draft } from './simulated-transaction.ts';

export const COLOURS = ['red', 'blue'] as const;
export type Colour = (typeof COLOURS)[number];

/** A message as it is sent, and as the rules see it. */
export interface SimulatedMessage extends Draft {
  readonly id: number;
  readonly durable: boolean;
  readonly priority: number;
  readonly group: string | undefined;
  readonly key: string | undefined;
  readonly colour: Colour;
  readonly ttlMs: number;
  readonly deliverAtMs: number;
  /** By which duplicates are told. */
  readonly messageId: string | undefined;
}

/** What the messages of one life may have. */
export interface MessageTraits {
  readonly groups: boolean;
  readonly priorities: boolean;
  readonly messageIds: boolean;
}

export function simulatedMessage(id: number, random: Random, nowMs: number, traits: MessageTraits): SimulatedMessage {
  const group = traits.groups && !random.chance(3) ? `g${random.below(3)}` : undefined;
  const key = random.chance(4) ? undefined : `k${random.below(3)}`;
  const colour = random.pick(COLOURS)!;
  const priority = traits.priorities ? random.below(10) : 4;
  const durable = !random.chance(4);
  const ttlMs = random.chance(6) ? 1 + random.below(3000) : 0;
  const deliverAtMs = random.chance(6) ? nowMs + 1 + random.below(2000) : 0;
  const again = random.chance(3) ? `again${random.below(5)}` : `once${id}`;
  const messageId = traits.messageIds ? again : undefined;
  const pairs = [`id=${id}`, `c=${colour}`, group && `JMSXGroupID=${group}`, key && `k=${key}`, messageId && `message-id=${messageId}`];
  const fields = { durable, priority, ttlMs, deliverAtMs, grouped: group !== undefined };
  return { id, text: pairs.filter(Boolean).join(';'), fields, durable, priority, group, key, colour, ttlMs, deliverAtMs, messageId };
}

export function idOf(text: string): number {
  return Number(/^id=(\d+)/.exec(text)![1]);
}
