import type { DeliverySource } from '@angarium/core';
import type { OutgoingLink } from './outgoing-link.ts';

const SIZE_MIN = 64;
/** Beyond this span of delivery-ids the oldest are kept apart, so that one delivery that is never settled does not make the ring grow. */
const SIZE_MAX = 65_536;
/** Places of the ring that are counted together, so that empty ones are passed over at once: a peer that settles the same range again and again shall not make us walk it. */
const BLOCK_BITS = 6;
const BLOCK_SIZE = 1 << BLOCK_BITS;

/** One delivery that the peer has not settled. The arrays of the window answer with it; it is reused. */
export interface Unsettled {
  link: OutgoingLink;
  source: DeliverySource;
  token: number;
}

/**
 * The deliveries of a session that its peer has not settled, by delivery-id: a ring over the ids from the oldest to the newest, three
 * arrays and no object for a delivery. Ids are serial numbers of 32 bits (RFC 1982), which wrap around.
 */
export class UnsettledWindow {
  #links: (OutgoingLink | undefined)[] = [];
  #sources: (DeliverySource | undefined)[] = [];
  #tokens = new Float64Array(0);
  /** Entries in each block of the ring. */
  #counts = new Uint16Array(0);
  /** Nothing older than this is in the ring. */
  #low = 0;
  /** The id after the newest. */
  #next = 0;
  #coverFrom = 0;
  #coverTo = -1;
  #stragglers: Map<number, Unsettled> | undefined;
  size = 0;

  add(deliveryId: number, link: OutgoingLink, source: DeliverySource, token: number): void {
    if (this.size === 0) this.#low = deliveryId;
    while ((deliveryId - this.#low) >>> 0 >= this.#links.length) this.#makeRoom();
    const at = deliveryId & (this.#links.length - 1);
    this.#links[at] = link;
    this.#sources[at] = source;
    this.#tokens[at] = token;
    this.#counts[at >> BLOCK_BITS]!++;
    this.#next = (deliveryId + 1) >>> 0;
    this.size++;
    link.unsettled++;
  }

  /** Grows the ring, or lets its oldest place go: an entry there moves to the stragglers. */
  #makeRoom(): void {
    const size = this.#links.length;
    if (size < SIZE_MAX) {
      this.#resize(Math.max(SIZE_MIN, size * 2));
      return;
    }
    const at = this.#low & (size - 1);
    const link = this.#links[at];
    if (link) {
      this.#stragglers ??= new Map();
      this.#stragglers.set(this.#low, { link, source: this.#sources[at]!, token: this.#tokens[at]! });
      this.#clear(at);
    }
    this.#low = (this.#low + 1) >>> 0;
  }

  #clear(at: number): void {
    this.#links[at] = undefined;
    this.#sources[at] = undefined;
    this.#counts[at >> BLOCK_BITS]!--;
  }

  /** How many places from this one on are known to be empty, as the rest of a block that has nothing. */
  #emptyFrom(at: number): number {
    return this.#counts[at >> BLOCK_BITS] === 0 ? BLOCK_SIZE - (at & (BLOCK_SIZE - 1)) : 0;
  }

  #resize(size: number): void {
    const links: (OutgoingLink | undefined)[] = new Array(size).fill(undefined);
    const sources: (DeliverySource | undefined)[] = new Array(size).fill(undefined);
    const tokens = new Float64Array(size);
    const counts = new Uint16Array(size >> BLOCK_BITS);
    const before = this.#links.length;
    for (let i = 0; i < before; i++) {
      const id = (this.#low + i) >>> 0;
      const from = id & (before - 1);
      const to = id & (size - 1);
      links[to] = this.#links[from];
      if (links[to] !== undefined) counts[to >> BLOCK_BITS]!++;
      sources[to] = this.#sources[from];
      tokens[to] = this.#tokens[from]!;
    }
    this.#links = links;
    this.#sources = sources;
    this.#tokens = tokens;
    this.#counts = counts;
  }

  /** The oldest of one link; undefined: it has none. */
  oldestOf(link: OutgoingLink): number | undefined {
    for (const [id, entry] of this.#stragglers ?? []) if (entry.link === link) return id;
    const mask = this.#links.length - 1;
    for (let id = this.#low; id !== this.#next; id = (id + 1) >>> 0) {
      const found = this.#links[id & mask];
      if (found === link) return id;
      if (found === undefined) id = (id + Math.max(0, Math.min(this.#emptyFrom(id & mask), (this.#next - id) >>> 0) - 1)) >>> 0;
    }
    return undefined;
  }

  has(deliveryId: number): boolean {
    const distance = (deliveryId - this.#low) >>> 0;
    if (distance >= (this.#next - this.#low) >>> 0) return this.#stragglers?.has(deliveryId) ?? false;
    return this.#links[deliveryId & (this.#links.length - 1)] !== undefined;
  }

  /** Calls for what is there of `first` to `last`, and leaves it there. */
  each(first: number, last: number, visit: (link: OutgoingLink, deliveryId: number) => void): void {
    const width = (last - first) >>> 0;
    for (const [id, { link }] of this.#stragglers ?? []) if ((id - first) >>> 0 <= width) visit(link, id);
    this.#cover(first, last);
    const to = this.#coverTo;
    const mask = this.#links.length - 1;
    for (let distance = this.#coverFrom; distance <= to; distance++) {
      const id = (this.#low + distance) >>> 0;
      const link = this.#links[id & mask];
      if (link === undefined) distance += Math.max(0, this.#emptyFrom(id & mask) - 1);
      else visit(link, id);
    }
  }

  /** Finds the places of the ring that a range of ids covers, as distances from the oldest: `#coverFrom` to `#coverTo`, none when that is less. */
  #cover(first: number, last: number): void {
    const span = (this.#next - this.#low) >>> 0;
    // Both ends as distances from the oldest; what is older than that comes out huge, and is cut to the ring.
    let from = (first - this.#low) >>> 0;
    let to = Math.min(span - 1, (last - this.#low) >>> 0);
    if (from >= span) {
      from = 0;
      if ((last - first) >>> 0 < (this.#low - first) >>> 0) to = -1;
    }
    this.#coverFrom = from;
    this.#coverTo = to;
  }

  /** Takes out what is there of `first` to `last`, in order, and calls for each. Ids that are not there are passed over, however wide the range. */
  take(first: number, last: number, visit: (link: OutgoingLink, source: DeliverySource, token: number, deliveryId: number) => void): void {
    if (this.#stragglers && this.#stragglers.size > 0) this.#takeStragglers(first, last, visit);
    this.#cover(first, last);
    const to = this.#coverTo;
    const mask = this.#links.length - 1;
    for (let distance = this.#coverFrom; distance <= to && this.size > 0; distance++) {
      const id = (this.#low + distance) >>> 0;
      const at = id & mask;
      const link = this.#links[at];
      if (link === undefined) {
        distance += Math.max(0, this.#emptyFrom(at) - 1);
        continue;
      }
      const source = this.#sources[at]!;
      this.#clear(at);
      this.size--;
      link.unsettled--;
      visit(link, source, this.#tokens[at]!, id);
    }
    this.#advance();
  }

  #takeStragglers(
    first: number,
    last: number,
    visit: (link: OutgoingLink, source: DeliverySource, token: number, id: number) => void,
  ): void {
    const stragglers = this.#stragglers!;
    const width = (last - first) >>> 0;
    // All stragglers are older than the ring: a range that begins in it and does not go round has none of them.
    if (((first - this.#low) | 0) >= 0 && width <= 0x7fff_ffff) return;
    const takeOne = (id: number, straggler: Unsettled): void => {
      stragglers.delete(id);
      this.size--;
      straggler.link.unsettled--;
      visit(straggler.link, straggler.source, straggler.token, id);
    };
    if (width < stragglers.size) {
      for (let distance = 0; distance <= width; distance++) {
        const id = (first + distance) >>> 0;
        const straggler = stragglers.get(id);
        if (straggler) takeOne(id, straggler);
      }
    } else for (const [id, straggler] of stragglers) if ((id - first) >>> 0 <= width) takeOne(id, straggler);
  }

  /** The oldest places that are empty are let go. */
  #advance(): void {
    const mask = this.#links.length - 1;
    while (this.#low !== this.#next && this.#links[this.#low & mask] === undefined) this.#low = (this.#low + 1) >>> 0;
  }

  /** Takes out everything of one link, or of all. */
  takeAll(link: OutgoingLink | undefined, visit: (source: DeliverySource, token: number, deliveryId: number) => void): void {
    const taken: { source: DeliverySource; token: number; id: number }[] = [];
    if (link?.unsettled === 0) return;
    for (const [id, entry] of this.#stragglers ?? []) {
      if (link !== undefined && entry.link !== link) continue;
      this.#stragglers!.delete(id);
      entry.link.unsettled--;
      taken.push({ source: entry.source, token: entry.token, id });
    }
    const mask = this.#links.length - 1;
    const span = (this.#next - this.#low) >>> 0;
    for (let distance = 0; distance < span && (link === undefined || link.unsettled > 0); distance++) {
      const id = (this.#low + distance) >>> 0;
      const at = id & mask;
      const found = this.#links[at];
      if (found === undefined) {
        distance += Math.max(0, this.#emptyFrom(at) - 1);
        continue;
      }
      if (link !== undefined && found !== link) continue;
      taken.push({ source: this.#sources[at]!, token: this.#tokens[at]!, id });
      found.unsettled--;
      this.#clear(at);
    }
    this.size -= taken.length;
    this.#advance();
    for (const { source, token, id } of taken) visit(source, token, id);
  }
}
