/** How exact deadlines are, in milliseconds. */
const GRAIN_MS = 100;

/** Things that are due at a time, in buckets: adding and removing cost the same however many there are. */
export class Deadlines<Item> {
  readonly #buckets = new Map<number, Set<Item>>();

  get size(): number {
    return this.#buckets.size;
  }

  add(item: Item, atMs: number): void {
    const key = Math.ceil(atMs / GRAIN_MS);
    const bucket = this.#buckets.get(key);
    if (bucket) bucket.add(item);
    else this.#buckets.set(key, new Set([item]));
  }

  /** `atMs` as it was given to `add`. */
  remove(item: Item, atMs: number): void {
    const key = Math.ceil(atMs / GRAIN_MS);
    const bucket = this.#buckets.get(key);
    if (!bucket?.delete(item) || bucket.size > 0) return;
    this.#buckets.delete(key);
  }

  /** Takes out what is due and calls `visit` for each. */
  due(nowMs: number, visit: (item: Item) => void): void {
    const now = nowMs / GRAIN_MS;
    for (const [key, bucket] of [...this.#buckets]) {
      if (key > now) continue;
      this.#buckets.delete(key);
      for (const item of bucket) visit(item);
    }
  }
}
