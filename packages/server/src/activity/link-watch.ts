import type { AddressSpace } from '@angarium/core';
import type { ListedLink } from '@angarium/transport';
import type { LinkOwner, LinkSource } from './link-source.ts';
import { isDue, type LinkState, type LinkTimes, mayBeHeldUp, stateOf } from './link-state.ts';

/** For how long a link counts as flowing after something was seen to have gone over it. */
const FLOWING_MS = 5_000;
/** Looks that are further apart say nothing of what is in the way of a link just now. */
const LOOKS_APART_MS = 15_000;
/** A rate of less time than this is that of a moment. */
const RATE_MS_MIN = 1_000;
/** What is known from an earlier look is of no use after so long: much may have come and gone. */
const REMEMBERED_MS = 120_000;
/** Thousands of connections are not gone through for each look at addresses. */
const HELD_UP_LOOK_MS = 5_000;

/** For how long links are in one of these states, the longest of each address by its name, in milliseconds. */
export interface HeldUp {
  /** Consumers that do not settle. */
  readonly stuck: ReadonlyMap<string, number>;
  /** Producers that get no credit. */
  readonly blocked: ReadonlyMap<string, number>;
  /** Consumers of addresses none of whose consumers gives credit: how many, and for how long all of them have given none. */
  readonly unwilling: ReadonlyMap<string, Unwilling>;
}

export interface Unwilling {
  readonly consumers: number;
  readonly forMs: number;
}

/** What is remembered of a link from one look to the next. */
interface Memory {
  lookedAtMs: number;
  delivered: number;
  /** When that was last seen to have grown; 0: never. */
  deliveredAtMs: number;
  /** Where the count stood when its rate was last worked out, and what that was. */
  counted: number;
  countedAtMs: number;
  rate: number | undefined;
  /** Since when it has been seen each time to be due, with nothing delivered; 0: it has not. */
  dueSinceMs: number;
  oldestUnsettled: unknown;
  /** Since when the oldest unsettled delivery is known to be there. */
  oldestSinceMs: number;
}

/** A link as it is shown. */
export interface LinkStatus {
  readonly name: string;
  readonly role: 'producer' | 'consumer';
  readonly address: string;
  /** The id of its connection; absent: it has none of its own. */
  readonly connection?: string;
  readonly protocol: string;
  readonly client: string;
  readonly user?: string;
  readonly peer: string;
  /** It carries messages to or from somewhere else. */
  readonly remote?: true;
  readonly sinceMs: number;
  readonly selector?: string;
  readonly credit?: number;
  readonly secondsWithoutCredit: number;
  readonly unsettled?: number;
  readonly oldestUnsettledSeconds: number;
  readonly delivered?: number;
  /** Messages a second between two looks at it; absent: they are not counted for it alone, or nobody has looked lately. */
  readonly rate?: number;
  readonly state: LinkState;
  readonly why: string;
}

/** Whether somebody wants to know of this link. */
export type Concerns = (link: ListedLink, owner: LinkOwner) => boolean;

interface Look {
  readonly space: AddressSpace;
  readonly nowMs: number;
  /** When the space was looked at before. */
  readonly beforeMs: number | undefined;
}

/** A link that something may be in the way of. */
export interface HinderedLink {
  readonly addressSpace: string;
  readonly role: ListedLink['role'];
  readonly state: LinkState;
  /** Of a consumer: while messages wait for it. */
  readonly withoutCreditMs: number;
}

/**
 * How links are. What a link counts is there at any time; how long something has been so is known from credit that ran out, which is written down when it happens, and else from
 * looking twice: nothing is written down for a message. So a delivery that its consumer does not settle while it still has credit is known to be old from the time on
 * at which it was first seen.
 */
export class LinkWatch {
  readonly #links: LinkSource;
  readonly #spaceOf: (name: string) => AddressSpace | undefined;
  readonly #nowMs: () => number;
  readonly #memories = new WeakMap<object, Memory>();
  readonly #lookedAtMs = new WeakMap<AddressSpace, number>();
  readonly #heldUp = new WeakMap<AddressSpace, { readonly lookedAtMs: number; readonly heldUp: HeldUp }>();

  constructor(links: LinkSource, spaceOf: (name: string) => AddressSpace | undefined, nowMs: () => number) {
    this.#links = links;
    this.#spaceOf = spaceOf;
    this.#nowMs = nowMs;
  }

  /** Nobody has looked at this space for a while, so that it cannot be said what flows, and what waits. */
  isNew(space: AddressSpace): boolean {
    return this.#nowMs() - (this.#lookedAtMs.get(space) ?? 0) > LOOKS_APART_MS;
  }

  /** The links of the space as they are now; `concerns` says which. */
  *look(space: AddressSpace, concerns: Concerns = () => true): Iterable<LinkStatus> {
    const look = { space, nowMs: this.#nowMs(), beforeMs: this.#lookedAtMs.get(space) };
    this.#lookedAtMs.set(space, look.nowMs);
    for (const [link, owner] of this.#concerned(space, concerns)) yield this.#statusOf(link, owner, look);
  }

  *#concerned(space: AddressSpace, concerns: Concerns): Iterable<readonly [ListedLink, LinkOwner]> {
    for (const holder of this.#links(space)) {
      const owner = holder.owner();
      for (const link of holder.links()) if (concerns(link, owner)) yield [link, owner];
    }
  }

  /** Whether a link that could get messages at once has got none since it was looked at: it may be delayed, which is known when that has lasted. */
  mayBeDelayed(space: AddressSpace, concerns: Concerns): boolean {
    for (const [link] of this.#concerned(space, concerns))
      if (isDue(link) && this.#memories.get(link.identity)?.delivered === link.delivered) return true;
    return false;
  }

  /**
   * Goes through the links of a space, or of all, for what is in their way. Undefined stands for a link in whose way nothing is, and for each who has links: whoever goes through
   * very many of them may rest at each.
   */
  *hindered(space?: AddressSpace): Iterable<HinderedLink | undefined> {
    for (const holder of this.#links(space)) {
      yield undefined;
      const of = space ?? this.#spaceOf(holder.addressSpace);
      if (of) for (const link of holder.links()) yield mayBeHeldUp(link) ? this.#hinderedLink(link, of) : undefined;
    }
  }

  #hinderedLink(link: ListedLink, space: AddressSpace): HinderedLink {
    const { role, available = 0 } = link;
    const times = this.#times(link, { space, nowMs: this.#nowMs(), beforeMs: undefined });
    const [state] = stateOf(space, link, times);
    const waited = role === 'producer' ? state === 'blocked' : available > 0;
    return { addressSpace: space.name, role, state, withoutCreditMs: waited ? times.withoutCreditMs : 0 };
  }

  #statusOf(link: ListedLink, { connection, protocol, client, user, peer, remote }: LinkOwner, look: Look): LinkStatus {
    const { name, role, address, sinceMs, selector, standing, unsettled, delivered } = link;
    const times = this.#times(link, look);
    const [state, why] = stateOf(look.space, link, times);
    return {
      name,
      role,
      address,
      ...(connection !== undefined && { connection }),
      protocol,
      client,
      ...(user !== undefined && { user }),
      peer,
      ...(remote && { remote }),
      sinceMs,
      ...(selector !== undefined && { selector }),
      ...(standing && { credit: standing.credit }),
      secondsWithoutCredit: seconds(times.withoutCreditMs),
      ...(unsettled !== undefined && { unsettled }),
      oldestUnsettledSeconds: seconds(times.oldestMs),
      ...(delivered !== undefined && { delivered }),
      ...(delivered !== undefined && times.rate !== undefined && { rate: times.rate }),
      state,
      why,
    };
  }

  #times(link: ListedLink, look: Look): LinkTimes {
    const { delivered = 0, oldestUnsettled, standing } = link;
    const { nowMs } = look;
    const memory = this.#memoryOf(link, look);
    const moved = delivered !== memory.delivered;
    if (moved) memory.deliveredAtMs = nowMs;
    if (!isDue(link)) memory.dueSinceMs = 0;
    else if (moved || memory.dueSinceMs === 0) memory.dueSinceMs = nowMs;
    if (oldestUnsettled !== memory.oldestUnsettled) memory.oldestSinceMs = nowMs;
    Object.assign(memory, { lookedAtMs: nowMs, delivered, oldestUnsettled });
    countRate(memory, nowMs);
    const withoutSinceMs = standing?.withoutCreditSinceMs || nowMs;
    return {
      withoutCreditMs: nowMs - withoutSinceMs,
      rate: memory.rate,
      flows: memory.deliveredAtMs > 0 && nowMs - memory.deliveredAtMs < FLOWING_MS,
      waitsMs: memory.dueSinceMs === 0 ? 0 : nowMs - memory.dueSinceMs,
      // Without credit nothing more was delivered: what is unsettled has been so for as long, at least.
      oldestMs: oldestUnsettled === undefined ? 0 : nowMs - Math.min(memory.oldestSinceMs, withoutSinceMs),
    };
  }

  #memoryOf({ identity, delivered = 0, oldestUnsettled, sinceMs }: ListedLink, { nowMs, beforeMs = nowMs }: Look): Memory {
    const known = this.#memories.get(identity);
    if (known && nowMs - known.lookedAtMs <= REMEMBERED_MS) return known;
    // One that has come since the last look began with nothing.
    const isNew = sinceMs > beforeMs;
    const memory: Memory = {
      lookedAtMs: nowMs,
      delivered: isNew ? 0 : delivered,
      deliveredAtMs: 0,
      counted: isNew ? 0 : delivered,
      countedAtMs: isNew ? sinceMs : nowMs,
      rate: undefined,
      dueSinceMs: 0,
      oldestUnsettled,
      oldestSinceMs: nowMs,
    };
    this.#memories.set(identity, memory);
    return memory;
  }

  /** What is held up in the space; a few seconds old perhaps. */
  heldUp(space: AddressSpace): HeldUp {
    const nowMs = this.#nowMs();
    const known = this.#heldUp.get(space);
    if (known && nowMs - known.lookedAtMs < HELD_UP_LOOK_MS) return known.heldUp;
    const stuck = new Map<string, number>();
    const blocked = new Map<string, number>();
    const unwilling = new Map<string, Unwilling>();
    const willing = new Set<string>();
    for (const { state, role, address, credit, oldestUnsettledSeconds, secondsWithoutCredit } of this.look(space)) {
      if (role === 'consumer' && credit !== 0) willing.add(nameOf(space, address));
      else if (role === 'consumer') addUnwilling(unwilling, nameOf(space, address), 1000 * secondsWithoutCredit);
      if (state === 'stuck') addLongest(stuck, space, address, oldestUnsettledSeconds);
      else if (state === 'blocked' && role === 'producer') addLongest(blocked, space, address, secondsWithoutCredit);
    }
    for (const name of willing) unwilling.delete(name);
    const heldUp = { stuck, blocked, unwilling };
    this.#heldUp.set(space, { lookedAtMs: nowMs, heldUp });
    return heldUp;
  }
}

/** Several may look, each at its own time: the rate is that of the last second, or longer. */
function countRate(memory: Memory, nowMs: number): void {
  const forMs = nowMs - memory.countedAtMs;
  if (forMs < RATE_MS_MIN) return;
  const rate = Math.round((10_000 * (memory.delivered - memory.counted)) / forMs) / 10;
  memory.rate = forMs <= LOOKS_APART_MS ? Math.max(0, rate) : undefined;
  memory.counted = memory.delivered;
  memory.countedAtMs = nowMs;
}

function addLongest(to: Map<string, number>, space: AddressSpace, address: string, forSeconds: number): void {
  const name = nameOf(space, address);
  to.set(name, Math.max(to.get(name) ?? 0, 1000 * forSeconds));
}

/** The one that had credit last says since when there is none. */
function addUnwilling(to: Map<string, Unwilling>, name: string, forMs: number): void {
  const known = to.get(name);
  to.set(name, { consumers: (known?.consumers ?? 0) + 1, forMs: Math.min(known?.forMs ?? forMs, forMs) });
}

/** A topic, or a pattern of topics, is of the address that it is below. */
function nameOf(space: AddressSpace, address: string): string {
  return (space.find(address) ?? space.treeOf(address))?.name ?? address;
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
