import {
  type Address,
  type AddressCounters,
  type AddressSpace,
  type AddressType,
  addCounters,
  type Limits,
  type RefusalCode,
  zeroCounters,
} from '@angarium/core';
import { addLinkFigures, type LinkFigures, noLinkFigures } from '../activity/link-census.ts';

/** How much of each there is now; what has happened since the start is in `counters`. */
export interface Figures {
  readonly counters: AddressCounters;
  stored: number;
  storedBytes: number;
  unsettled: number;
  scheduled: number;
  producers: number;
  consumers: number;
}

export interface SpaceFigures extends Figures {
  readonly space: string;
  readonly addresses: Map<AddressType, number>;
  connections: number;
  sessions: number;
  readonly limits: Limits;
  readonly refusals: Map<RefusalCode, number>;
  /** Those that something is in the way of. */
  readonly links: LinkFigures;
}

export interface AddressFigures extends Figures {
  readonly space: string;
  readonly address: string;
  readonly type: string;
  /** Of the address itself, when it has one. */
  readonly messagesMax?: number;
  readonly bytesMax?: number;
  /** Its deliveries are paused, since nearly all of them failed. */
  readonly paused?: boolean;
  /** Its producers get no credit. */
  readonly blocked?: boolean;
  /** Of its oldest message; absent where there is none, or it is not known. */
  readonly oldestSeconds?: number;
}

const AMOUNTS = ['stored', 'storedBytes', 'unsettled', 'scheduled', 'producers', 'consumers'] as const;

function noFigures(): Figures {
  return { counters: zeroCounters(), stored: 0, storedBytes: 0, unsettled: 0, scheduled: 0, producers: 0, consumers: 0 };
}

export function addFigures(to: Figures, figures: Figures, sign: 1 | -1 = 1): void {
  addCounters(to.counters, figures.counters, sign);
  for (const name of AMOUNTS) to[name] += sign * figures[name];
}

export function figuresOfSpaces(space: string, limits: Limits = {}): SpaceFigures {
  return { ...noFigures(), space, addresses: new Map(), connections: 0, sessions: 0, limits, refusals: new Map(), links: noLinkFigures() };
}

export function addSpaceFigures(to: SpaceFigures, figures: SpaceFigures): void {
  addFigures(to, figures);
  to.connections += figures.connections;
  to.sessions += figures.sessions;
  addAll(to.addresses, figures.addresses);
  addAll(to.refusals, figures.refusals);
  addLinkFigures(to.links, figures.links);
}

function addAll<Key>(to: Map<Key, number>, from: ReadonlyMap<Key, number>): void {
  for (const [key, count] of from) to.set(key, (to.get(key) ?? 0) + count);
}

export function figuresOfOthers(space: string, address: string): AddressFigures {
  return { ...noFigures(), space, address, type: '' };
}

/** Of a space without what belongs to its addresses, but with what its sessions and its addresses of before have counted. */
export function beginSpace(space: AddressSpace): SpaceFigures {
  const { account, allowance, tally, inForce } = space.limits;
  const figures = figuresOfSpaces(space.name, inForce);
  if (tally.ended) addCounters(figures.counters, tally.ended);
  addAll(figures.refusals, tally.refusals);
  figures.stored = account.messages;
  figures.storedBytes = account.bytes;
  figures.connections = allowance.count('connections');
  figures.sessions = space.inboxes.all.size;
  for (const { counters, queue } of space.inboxes.all.values()) {
    addCounters(figures.counters, counters);
    figures.unsettled += queue.unsettled;
    figures.consumers += queue.consumers;
  }
  return figures;
}

export function figuresOfAddress(space: string, address: Address): AddressFigures {
  const { name, spec } = address;
  const figures = { space, address: name, type: spec.type, counters: { ...address.counters } };
  if (isIdle(address)) return { ...noFigures(), ...figures, ...limitsOf(address) };
  const { stored, storedBytes, unsettled, scheduled = 0, producers, consumers, pausedUntilMs, depth } = address.status();
  const { oldestSeconds } = depth;
  return {
    ...figures,
    stored,
    storedBytes,
    unsettled,
    scheduled,
    producers,
    consumers,
    ...limitsOf(address),
    ...(pausedUntilMs !== undefined && { paused: true }),
    ...(producers > 0 && address.withheld !== undefined && { blocked: true }),
    ...(oldestSeconds !== undefined && { oldestSeconds }),
  };
}

function limitsOf({ spec: { messagesMax, bytesMax } }: Address): Pick<AddressFigures, 'messagesMax' | 'bytesMax'> {
  return { ...(messagesMax !== undefined && { messagesMax }), ...(bytesMax !== undefined && { bytesMax }) };
}

/** Counts the address in its space; makes nothing for those that are idle, which most addresses of a large server are. What is stored is known of the whole space already. */
export function countAddress(to: SpaceFigures, address: Address): void {
  const { type } = address.spec;
  addCounters(to.counters, address.counters);
  to.addresses.set(type, (to.addresses.get(type) ?? 0) + 1);
  if (isIdle(address)) return;
  const { unsettled, scheduled = 0, producers, consumers } = address.status();
  to.unsettled += unsettled;
  to.scheduled += scheduled;
  to.producers += producers;
  to.consumers += consumers;
}

function isIdle({ links, stored }: Address): boolean {
  return links === 0 && stored === 0;
}
