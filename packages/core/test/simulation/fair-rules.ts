import assert from 'node:assert/strict';

/** How often one key may be served while another waits: once, and once more where the row of keys is just being closed up. */
const OVERTAKEN_MAX = 2;

/** Keys are served in turn: whoever waits is overtaken by each other key so often at the most. */
export class FairRules {
  /** By the key that waits, and the one that is served meanwhile. */
  readonly #overtaken = new Map<string | undefined, Map<string | undefined, number>>();

  /** A message of this key was served, while these others had some that could have been. */
  served(key: string | undefined, waiting: ReadonlySet<string | undefined>): void {
    for (const other of this.#overtaken.keys()) if (other === key || !waiting.has(other)) this.#overtaken.delete(other);
    for (const other of waiting) {
      if (other === key) continue;
      const counts = this.#overtaken.get(other) ?? new Map<string | undefined, number>();
      this.#overtaken.set(other, counts);
      const count = (counts.get(key) ?? 0) + 1;
      assert.ok(count <= OVERTAKEN_MAX, `messages of ${other} wait while ${key} is served ${count} times`);
      counts.set(key, count);
    }
  }

  /** Who waits for what has changed by more than deliveries. */
  restart(): void {
    this.#overtaken.clear();
  }
}
