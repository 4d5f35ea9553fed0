import type { AddressSpace } from '@angarium/core';
import type { LinkPeer, ListedLink } from '@angarium/transport';
import { type LinkState, type LinkTimes, stateOf } from './link-state.ts';

/** For how long a link counts as flowing after something was seen to have gone over it. */
const FLOWING_MS = 5_000;
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
  /** Since when it has been watched. */
  readonly firstAtMs: number;
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
  readonly state: LinkState;
  readonly why: string;
}

/** Who has a link. */
export interface LinkOwner extends LinkPeer {
  readonly connection?: string;
}

/** A link, and whose it is. */
export interface OwnedLink {
  readonly link: ListedLink;
  readonly owner: LinkOwner;
}

/** Where the links of a space come from. */
export type LinkSource = (space: AddressSpace) => Iterable<OwnedLink>;

interface Look {
  readonly space: AddressSpace;
  readonly nowMs: number;
  /** When the space was looked at before. */
  readonly beforeMs: number | undefined;
}

/**
 * How links are. What a link counts is there at any time; how long something has been so is known from credit that ran out, which is written down when it happens, and else from
 * looking twice: nothing is written down for a message. So a delivery that its consumer does not settle while it still has credit is known to be old from the time on
 * at which it was first seen.
 */
export class LinkWatch {
  readonly #links: LinkSource;
  readonly #nowMs: () => number;
  readonly #memories = new WeakMap<object, Memory>();
  readonly #lookedAtMs = new WeakMap<AddressSpace, number>();
  readonly #heldUp = new WeakMap<AddressSpace, { readonly lookedAtMs: number; readonly heldUp: HeldUp }>();

  constructor(links: LinkSource, nowMs: () => number) {
    this.#links = links;
    this.#nowMs = nowMs;
  }

  /** Nobody has looked at this space for a while, so that it cannot be said what flows. */
  isNew(space: AddressSpace): boolean {
    return this.#nowMs() - (this.#lookedAtMs.get(space) ?? 0) > REMEMBERED_MS;
  }

  /** The links of the space as they are now; `concerns` says which. */
  *look(space: AddressSpace, concerns: (link: ListedLink, owner: LinkOwner) => boolean = () => true): Iterable<LinkStatus> {
    const look = { space, nowMs: this.#nowMs(), beforeMs: this.#lookedAtMs.get(space) };
    this.#lookedAtMs.set(space, look.nowMs);
    for (const { link, owner } of this.#links(space)) if (concerns(link, owner)) yield this.#statusOf(link, owner, look);
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
      state,
      why,
    };
  }

  #times(link: ListedLink, look: Look): LinkTimes {
    const { delivered = 0, oldestUnsettled, standing } = link;
    const { nowMs } = look;
    const memory = this.#memoryOf(link, look);
    if (delivered !== memory.delivered) memory.deliveredAtMs = nowMs;
    if (oldestUnsettled !== memory.oldestUnsettled) memory.oldestSinceMs = nowMs;
    Object.assign(memory, { lookedAtMs: nowMs, delivered, oldestUnsettled });
    const withoutSinceMs = standing?.withoutCreditSinceMs || nowMs;
    return {
      withoutCreditMs: nowMs - withoutSinceMs,
      flows: memory.deliveredAtMs > 0 && nowMs - memory.deliveredAtMs < FLOWING_MS,
      quietMs: nowMs - Math.max(memory.deliveredAtMs, memory.firstAtMs),
      // Without credit nothing more was delivered: what is unsettled has been so for as long, at least.
      oldestMs: oldestUnsettled === undefined ? 0 : nowMs - Math.min(memory.oldestSinceMs, withoutSinceMs),
    };
  }

  #memoryOf({ identity, delivered = 0, oldestUnsettled, sinceMs }: ListedLink, { nowMs, beforeMs = nowMs }: Look): Memory {
    const known = this.#memories.get(identity);
    if (known && nowMs - known.lookedAtMs <= REMEMBERED_MS) return known;
    const memory: Memory = {
      lookedAtMs: nowMs,
      // One that has come since the last look began with nothing.
      delivered: sinceMs > beforeMs ? 0 : delivered,
      deliveredAtMs: 0,
      firstAtMs: nowMs,
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
