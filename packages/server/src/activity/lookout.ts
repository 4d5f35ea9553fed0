import type { AddressSpace, Principal } from '@angarium/core';
import { LookReader } from './look-reader.ts';
import type { Sampler } from './sampler.ts';

/** Readers of all spaces, at a time. */
export const LOOKOUT_READERS_MAX = 500;

/** The largest part of the time that looks of one interval take: where there is much to look at, they are rarer than was asked. */
const LOOKING_SHARE_MAX = 0.01;

/** A sampler, and those who read at one interval what it tells. */
interface Watch {
  readonly sampler: Sampler;
  readonly readers: Set<LookReader>;
  ticking: NodeJS.Timeout;
}

/** Looks at address spaces for whoever watches: at a space while somebody reads, and once for all who read at the same interval. */
export class Lookout {
  readonly #samplerOf: (space: AddressSpace) => Sampler;
  /** By interval, in milliseconds. */
  readonly #watches = new Map<AddressSpace, Map<number, Watch>>();
  #readers = 0;

  constructor(samplerOf: (space: AddressSpace) => Sampler) {
    this.#samplerOf = samplerOf;
  }

  get readers(): number {
    return this.#readers;
  }

  /** How the space is now, as a JSON document. */
  now(space: AddressSpace, principal: Principal): string {
    const sampler = this.#samplerOf(space);
    sampler.look();
    return sampler.document(principal);
  }

  /** Events for one more reader; undefined: there are as many as there may be. */
  open(space: AddressSpace, intervalMs: number, principal: Principal): LookReader | undefined {
    if (this.#readers >= LOOKOUT_READERS_MAX) return undefined;
    const { sampler, readers } = this.#watchOf(space, intervalMs);
    const reader = new LookReader(sampler, principal);
    this.#readers++;
    readers.add(reader);
    reader.once('close', () => {
      this.#readers--;
      readers.delete(reader);
      if (readers.size === 0) this.#end(space, intervalMs);
    });
    reader.tell();
    return reader;
  }

  #watchOf(space: AddressSpace, intervalMs: number): Watch {
    let watches = this.#watches.get(space);
    if (!watches) {
      watches = new Map();
      this.#watches.set(space, watches);
    }
    const known = watches.get(intervalMs);
    if (known) return known;
    const sampler = this.#samplerOf(space);
    const readers = new Set<LookReader>();
    sampler.look();
    const look = (): void => {
      const beganMs = performance.now();
      sampler.look();
      for (const reader of readers) reader.tell();
      // The last one may have gone just now, and ended the watch.
      if (readers.size === 0) return;
      const tookMs = performance.now() - beganMs;
      watch.ticking = setTimeout(look, Math.max(intervalMs, tookMs / LOOKING_SHARE_MAX)).unref();
    };
    const watch: Watch = { sampler, readers, ticking: setTimeout(look, intervalMs).unref() };
    watches.set(intervalMs, watch);
    return watch;
  }

  #end(space: AddressSpace, intervalMs: number): void {
    const watches = this.#watches.get(space);
    const watch = watches?.get(intervalMs);
    if (!watches || !watch) return;
    clearTimeout(watch.ticking);
    watches.delete(intervalMs);
    if (watches.size === 0) this.#watches.delete(space);
  }

  /** The space ends: its readers are told why. */
  finish(space: AddressSpace, why: string): void {
    for (const { readers } of this.#watches.get(space)?.values() ?? []) for (const reader of [...readers]) reader.finish(why);
  }

  stop(why: string): void {
    for (const space of [...this.#watches.keys()]) this.finish(space, why);
  }
}
