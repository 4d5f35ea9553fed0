import type { AddressSpace } from '@angarium/core';
import { Slices } from '../metrics/slices.ts';
import type { HinderedLink, LinkWatch } from './link-watch.ts';

/** Links of a space that are held up, and for how long those without credit have been so. */
export interface LinkFigures {
  blockedProducers: number;
  blockedConsumers: number;
  stuck: number;
  delayed: number;
  /** Of the blocked producers, the longest. */
  producersWithoutCreditMs: number;
  /** Of consumers that messages wait for, the longest. */
  consumersWithoutCreditMs: number;
}

export function noLinkFigures(): LinkFigures {
  return { blockedProducers: 0, blockedConsumers: 0, stuck: 0, delayed: 0, producersWithoutCreditMs: 0, consumersWithoutCreditMs: 0 };
}

export function addLinkFigures(to: LinkFigures, figures: LinkFigures): void {
  for (const count of ['blockedProducers', 'blockedConsumers', 'stuck', 'delayed'] as const) to[count] += figures[count];
  for (const longest of ['producersWithoutCreditMs', 'consumersWithoutCreditMs'] as const)
    to[longest] = Math.max(to[longest], figures[longest]);
}

/** Figures by the name of the space; a space of whose links there is nothing to say has none. */
export type Census = ReadonlyMap<string, LinkFigures>;

/** Goes through the links of one space, or of all, a few milliseconds at a time, between which the server goes on with its work. */
export async function takeCensus(watch: Pick<LinkWatch, 'hindered'>, space?: AddressSpace): Promise<Census> {
  const slices = new Slices();
  const figures = new Map<string, LinkFigures>();
  for (const link of watch.hindered(space)) {
    if (link) count(link, figures);
    if (slices.over) await slices.rest();
  }
  return figures;
}

function count({ addressSpace, role, state, withoutCreditMs }: HinderedLink, all: Map<string, LinkFigures>): void {
  let figures = all.get(addressSpace);
  if (!figures) {
    figures = noLinkFigures();
    all.set(addressSpace, figures);
  }
  if (state === 'stuck' || state === 'delayed') figures[state]++;
  else if (state === 'blocked') figures[role === 'producer' ? 'blockedProducers' : 'blockedConsumers']++;
  const longest = role === 'producer' ? 'producersWithoutCreditMs' : 'consumersWithoutCreditMs';
  figures[longest] = Math.max(figures[longest], withoutCreditMs);
}
