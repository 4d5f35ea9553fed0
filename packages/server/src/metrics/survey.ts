import { type Address, type AddressSpace, addCounters, zeroCounters } from '@angarium/core';
import { addLinkFigures, type Census } from '../activity/link-census.ts';
import {
  type AddressFigures,
  addFigures,
  addSpaceFigures,
  beginSpace,
  countAddress,
  figuresOfAddress,
  figuresOfOthers,
  figuresOfSpaces,
  type SpaceFigures,
} from './figures.ts';
import { OTHERS } from './metric.ts';
import { Slices } from './slices.ts';

/** Between so many spaces it shares the addresses with series of their own evenly; one alone may have all. */
const SHARES = 4;

export interface SurveyLimits {
  /** Address spaces with series of their own. */
  readonly spacesMax: number;
  /** Addresses with series of their own, of all spaces together. */
  readonly addressesMax: number;
}

/** Spaces and addresses as they are now; the last of each may be all others together. */
export interface Snapshot {
  readonly spaces: readonly SpaceFigures[];
  readonly addresses: readonly AddressFigures[];
}

/**
 * Walks spaces and addresses and says how they are. Those that come first have series of their own and keep them while they live; all others are one series together. No counter
 * ever goes down, whatever ends: an end is not taken for a restart by who reads them.
 */
export class Survey {
  readonly #limits: SurveyLimits;
  readonly #census: () => Promise<Census>;
  /** Spaces that were there, and whether each has series of its own. */
  readonly #spaces = new Map<AddressSpace, boolean>();
  #listedSpaces = 0;
  /** There has been a space without series of its own. */
  #others = false;
  /** What spaces have counted that have ended: all of them, and those without series of their own. */
  readonly #endedSpaces = zeroCounters();
  readonly #endedOthers = figuresOfSpaces(OTHERS);
  /** Addresses with series of their own; and what those of them have counted that have ended. */
  readonly #addresses = new Map<AddressSpace, Set<Address>>();
  #listedAddresses = 0;
  readonly #endedAddresses = zeroCounters();
  #underWay: Promise<Snapshot> | undefined;

  /** `census`: how the links of the spaces are. */
  constructor(limits: SurveyLimits, census: () => Promise<Census>) {
    this.#limits = limits;
    this.#census = census;
  }

  /** Who asks while one is under way gets the same. */
  take(spaces: Iterable<AddressSpace>): Promise<Snapshot> {
    this.#underWay ??= this.#take(spaces).finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #take(spacesNow: Iterable<AddressSpace>): Promise<Snapshot> {
    const census = await this.#census();
    const present = [...spacesNow];
    this.#forgetEnded(present);
    const slices = new Slices();
    const spaces: SpaceFigures[] = [];
    const addresses: AddressFigures[] = [];
    const otherSpaces = figuresOfSpaces(OTHERS);
    addSpaceFigures(otherSpaces, this.#endedOthers);
    // All there is and was, less what has series of its own.
    const otherAddresses = figuresOfOthers(OTHERS, OTHERS);
    addCounters(otherAddresses.counters, this.#endedSpaces);
    const share = Math.ceil(this.#limits.addressesMax / Math.min(SHARES, present.length));
    for (const space of present) {
      // What has ended, and which addresses there are, is of one moment: each address counts once.
      const figures = beginSpace(space);
      const links = census.get(space.name);
      if (links) addLinkFigures(figures.links, links);
      const found = [...space.addresses.values()];
      const listed = this.#stillListed(space);
      for (const address of found) {
        countAddress(figures, address);
        if (this.#list(address, listed, share)) {
          const own = figuresOfAddress(space.name, address);
          addresses.push(own);
          addFigures(otherAddresses, own, -1);
        }
        if (slices.over) await slices.rest();
      }
      if (listed.size > 0) this.#addresses.set(space, listed);
      addFigures(otherAddresses, figures);
      if (this.#listSpace(space)) spaces.push(figures);
      else addSpaceFigures(otherSpaces, figures);
      if (slices.over) await slices.rest();
    }
    addCounters(otherAddresses.counters, this.#endedAddresses, -1);
    if (this.#others) spaces.push(otherSpaces);
    return { spaces, addresses: [...addresses, otherAddresses] };
  }

  /** The addresses of the space that have series of their own, without those that have ended: these are others' from now on. */
  #stillListed(space: AddressSpace): Set<Address> {
    const listed = this.#addresses.get(space) ?? new Set();
    for (const address of listed)
      if (space.addresses.get(address.name) !== address) {
        listed.delete(address);
        this.#listedAddresses--;
        addCounters(this.#endedAddresses, address.counters);
      }
    return listed;
  }

  /** Whether the address has series of its own. Those that were made for one client never do: their names are nobody else's to know. */
  #list(address: Address, listed: Set<Address>, share: number): boolean {
    if (listed.has(address)) return true;
    if (address.temporary || listed.size >= share || this.#listedAddresses >= this.#limits.addressesMax) return false;
    listed.add(address);
    this.#listedAddresses++;
    return true;
  }

  #listSpace(space: AddressSpace): boolean {
    const known = this.#spaces.get(space);
    if (known !== undefined) return known;
    const listed = this.#listedSpaces < this.#limits.spacesMax;
    this.#spaces.set(space, listed);
    if (listed) this.#listedSpaces++;
    else this.#others = true;
    return listed;
  }

  #forgetEnded(present: readonly AddressSpace[]): void {
    const there = new Set(present);
    for (const [space, listed] of this.#spaces) {
      if (there.has(space)) continue;
      const final = beginSpace(space);
      addCounters(this.#endedSpaces, final.counters);
      if (listed) this.#listedSpaces--;
      else addSpaceFigures(this.#endedOthers, { ...final, connections: 0 });
      this.#spaces.delete(space);
      for (const address of this.#addresses.get(space) ?? []) addCounters(this.#endedAddresses, address.counters);
      this.#listedAddresses -= this.#addresses.get(space)?.size ?? 0;
      this.#addresses.delete(space);
    }
  }
}
