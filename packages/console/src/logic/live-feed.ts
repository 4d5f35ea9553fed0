import { Versioned } from './versioned.ts';

/** The latest of something that comes, newest first; whoever reads may have the list stand still meanwhile. */
export class LiveFeed<Item extends { readonly id: string }> extends Versioned {
  readonly max: number;
  #items: readonly Item[] = [];
  /** Those that the list does not have yet, oldest first. */
  #coming: Item[] = [];
  #paused = false;
  /** Of those that were told, the latest. */
  readonly #known = new Set<string>();

  /** `max`: so many are kept. */
  constructor(max: number) {
    super();
    this.max = max;
  }

  /** Many may come before anybody looks: they are put together then. */
  get items(): readonly Item[] {
    if (!this.#paused && this.#coming.length > 0) {
      this.#items = [...this.#coming.reverse(), ...this.#items].slice(0, this.max);
      this.#coming = [];
    }
    return this.#items;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Those that have come while the list stands still. */
  get waiting(): number {
    return this.#paused ? this.#coming.length : 0;
  }

  /** A stream that begins anew tells of some again: those are known. */
  take(item: Item): void {
    if (this.#known.has(item.id)) return;
    this.#known.add(item.id);
    if (this.#known.size > this.max) for (const oldest of this.#known) if (this.#known.delete(oldest)) break;
    this.#coming.push(item);
    if (this.#coming.length > this.max) this.#coming.shift();
    this.changed();
  }

  pause(paused: boolean): void {
    // What has come until now is in the list that stands still.
    void this.items;
    this.#paused = paused;
    this.changed();
  }
}
