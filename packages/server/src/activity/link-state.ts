import type { AddressSpace } from '@angarium/core';
import type { ListedLink } from '@angarium/transport';
import { lasting, messages } from './words.ts';

/** How a link is. */
export const LINK_STATES = {
  flowing: 'messages have gone over it in the last seconds',
  idle: 'nothing goes over it, and nothing is in its way',
  blocked: 'a producer gets no credit; a consumer gets nothing, since its connection has too much under way',
  stuck: 'a consumer has not settled a delivery for more than 10 seconds',
  delayed: 'a consumer has credit, and messages wait, and yet it has got none for more than 2 seconds',
} as const;
export type LinkState = keyof typeof LINK_STATES;

const STUCK_MS = 10_000;
const DELAYED_MS = 2_000;

/** For how long something has been so, in milliseconds. */
export interface LinkTimes {
  readonly withoutCreditMs: number;
  /** Something has gone over it in the last seconds. */
  readonly flows: boolean;
  /** Nothing has gone over it for so long. */
  readonly quietMs: number;
  /** Its oldest delivery has been unsettled for so long, at the least. */
  readonly oldestMs: number;
}

/** A state, and why it is that. */
export type Verdict = readonly [LinkState, string];

export function stateOf(space: AddressSpace, link: ListedLink, times: LinkTimes): Verdict {
  return link.role === 'producer' ? ofProducer(space, link, times) : ofConsumer(space, link, times);
}

function ofProducer(space: AddressSpace, { address, standing }: ListedLink, { withoutCreditMs, flows }: LinkTimes): Verdict {
  const withheld = standing?.credit === 0 ? (space.find(address) ?? space.treeOf(address))?.withheld : undefined;
  if (withheld !== undefined) return ['blocked', `It has had no credit for ${lasting(withoutCreditMs)}, since ${withheld}.`];
  if (flows) return ['flowing', 'It sends.'];
  if (standing?.credit === 0) return ['idle', 'It waits for its share of what the address can take.'];
  return ['idle', standing ? `It may send ${messages(standing.credit)}, and sends none.` : 'It sends nothing.'];
}

function ofConsumer(space: AddressSpace, link: ListedLink, { withoutCreditMs, flows, quietMs, oldestMs }: LinkTimes): Verdict {
  const { standing, unsettled = 0, available = 0, pausedWhy: why = 'its connection has too much under way', delivered } = link;
  const { credit = 0, paused = false, waitsForActive = false } = standing ?? {};
  if (oldestMs > STUCK_MS) {
    const more = credit === 0 ? ', and gives no credit for more' : paused ? `, and gets nothing, since ${why}` : '';
    return ['stuck', `It has not settled ${messages(unsettled)}, the oldest for ${lasting(oldestMs)} or longer${more}.`];
  }
  if (paused) return ['blocked', `It gets nothing, since ${why}.`];
  const takes = credit > 0 && available > 0 && !waitsForActive;
  // What is not counted for it alone may flow without being seen to.
  if (takes && delivered !== undefined && quietMs > DELAYED_MS) {
    const waiting = `with ${messages(available)} waiting: ${delayReason(space, link)}`;
    return ['delayed', `It has credit and has got nothing for ${lasting(quietMs)}, ${waiting}.`];
  }
  if (flows) return ['flowing', 'It gets messages.'];
  if (available === 0) return ['idle', credit > 0 ? 'Nothing waits for it.' : 'It gives no credit, and nothing waits for it.'];
  if (credit === 0) return ['idle', `It has given no credit for ${lasting(withoutCreditMs)}, with ${messages(available)} waiting.`];
  if (waitsForActive) return ['idle', 'Another consumer is the single active one: this one takes over when that leaves.'];
  return ['idle', `It has credit for ${messages(credit)}, with ${messages(available)} waiting.`];
}

function delayReason(space: AddressSpace, { address, selector }: ListedLink): string {
  const found = space.find(address);
  if (found?.spec.breaker && found.status().pausedUntilMs !== undefined)
    return 'deliveries of the address are paused, since too many have failed one after the other';
  if (selector !== undefined) return `none that waits is one that it selects (${selector})`;
  return 'what waits is for others, as a group’s messages are for the consumer that has the group, or is being read from disk';
}
