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
export const DELAYED_MS = 2_000;

/** For how long something has been so, in milliseconds. */
export interface LinkTimes {
  readonly withoutCreditMs: number;
  /** Something has gone over it in the last seconds. */
  readonly flows: boolean;
  /** Messages a second between two looks; undefined: it was not looked at lately. */
  readonly rate: number | undefined;
  /** It has been seen to be due to get messages, and to get none, for so long. */
  readonly waitsMs: number;
  /** Its oldest delivery has been unsettled for so long, at the least. */
  readonly oldestMs: number;
}

/** Whether a consumer could get a message at once: it has credit, and something waits that is not for others. */
export function isDue({ role, standing, available = 0, delivered }: ListedLink): boolean {
  // What is not counted for it alone may flow without being seen to.
  if (role === 'producer' || standing === undefined || available === 0 || delivered === undefined) return false;
  return standing.credit > 0 && !standing.paused && !standing.waitsForActive;
}

/** Whether anything may be in its way: of most links there is nothing more to ask. */
export function mayBeHeldUp({ role, standing, oldestUnsettled, available = 0 }: ListedLink): boolean {
  if (role === 'producer') return standing?.credit === 0;
  return oldestUnsettled !== undefined || available > 0 || standing?.paused === true;
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

function ofConsumer(space: AddressSpace, link: ListedLink, { withoutCreditMs, flows, waitsMs, oldestMs }: LinkTimes): Verdict {
  const { standing, unsettled = 0, available = 0, pausedWhy: why = 'its connection has too much under way' } = link;
  const { credit = 0, paused = false, waitsForActive = false } = standing ?? {};
  if (oldestMs > STUCK_MS) {
    const more = credit === 0 ? ', and gives no credit for more' : paused ? `, and gets nothing, since ${why}` : '';
    return ['stuck', `It has not settled ${messages(unsettled)}, the oldest for ${lasting(oldestMs)} or longer${more}.`];
  }
  if (paused) return ['blocked', `It gets nothing, since ${why}.`];
  if (waitsMs > DELAYED_MS) {
    const waiting = `with ${messages(available)} waiting: ${delayReason(space, link)}`;
    return ['delayed', `It has credit and has got nothing for ${lasting(waitsMs)}, ${waiting}.`];
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
