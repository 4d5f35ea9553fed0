import type { AddressSpace, Principal } from '@angarium/core';
import { ActivityReader } from './activity-reader.ts';
import { SpaceSampler, type Surroundings } from './space-sampler.ts';

/** Readers of all spaces, at a time. */
export const ACTIVITY_READERS_MAX = 500;

/** A sampler, and those who read what it writes at one interval. */
interface Sampling {
  readonly sampler: SpaceSampler;
  readonly readers: Set<ActivityReader>;
  readonly ticking: NodeJS.Timeout;
}

/** What happens in address spaces, for whoever watches: a space is looked at while somebody reads, and all who read at the same interval share one look. */
export class Activity {
  readonly #surroundings: Surroundings;
  /** By interval, in milliseconds. */
  readonly #samplings = new Map<AddressSpace, Map<number, Sampling>>();
  #readers = 0;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  get readers(): number {
    return this.#readers;
  }

  /** How the space is now, as a JSON document. */
  now(space: AddressSpace, principal: Principal): string {
    const sampler = new SpaceSampler(space, this.#surroundings);
    sampler.look();
    return sampler.document(principal);
  }

  /** Events for one more reader; undefined: there are as many as there may be. */
  open(space: AddressSpace, intervalMs: number, principal: Principal): ActivityReader | undefined {
    if (this.#readers >= ACTIVITY_READERS_MAX) return undefined;
    const { sampler, readers } = this.#samplingOf(space, intervalMs);
    const reader = new ActivityReader(sampler, principal);
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

  #samplingOf(space: AddressSpace, intervalMs: number): Sampling {
    let samplings = this.#samplings.get(space);
    if (!samplings) {
      samplings = new Map();
      this.#samplings.set(space, samplings);
    }
    let sampling = samplings.get(intervalMs);
    if (!sampling) {
      const sampler = new SpaceSampler(space, this.#surroundings);
      const readers = new Set<ActivityReader>();
      sampler.look();
      const ticking = setInterval(() => {
        sampler.look();
        for (const reader of readers) reader.tell();
      }, intervalMs).unref();
      sampling = { sampler, readers, ticking };
      samplings.set(intervalMs, sampling);
    }
    return sampling;
  }

  #end(space: AddressSpace, intervalMs: number): void {
    const samplings = this.#samplings.get(space);
    const sampling = samplings?.get(intervalMs);
    if (!samplings || !sampling) return;
    clearInterval(sampling.ticking);
    samplings.delete(intervalMs);
    if (samplings.size === 0) this.#samplings.delete(space);
  }

  /** The space ends, or the server stops. */
  finish(space: AddressSpace, why: string): void {
    for (const { readers } of this.#samplings.get(space)?.values() ?? []) for (const reader of [...readers]) reader.finish(why);
  }

  stop(why: string): void {
    for (const space of [...this.#samplings.keys()]) this.finish(space, why);
  }
}
