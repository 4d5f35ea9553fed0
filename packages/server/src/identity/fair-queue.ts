export interface FairQueueLimits {
  /** Work under way at a time. */
  readonly runningMax: number;
  /** Work of one key that waits for its turn. */
  readonly waitingMax: number;
}

/**
 * Work that is dear, so much of it at a time. What waits takes turns by key: who floods his own key waits for himself, and nobody else does. What
 * waits is bounded by the number of keys, which the caller does not take from strangers.
 */
export class FairQueue {
  readonly #limits: FairQueueLimits;
  /** By key, the one whose turn is next first. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #running = 0;

  constructor(limits: FairQueueLimits) {
    this.#limits = limits;
  }

  /** Does the work when its turn comes. `undefined` at once: too much of this key waits already. */
  async run<Result>(key: string, work: () => Promise<Result>): Promise<Result | undefined> {
    if (this.#running >= this.#limits.runningMax) {
      const before = this.#waiting.get(key);
      if (before !== undefined && before.length >= this.#limits.waitingMax) return undefined;
      await new Promise<void>(resolve => {
        if (before === undefined) this.#waiting.set(key, [resolve]);
        else before.push(resolve);
      });
    } else this.#running++;
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  /** The place goes to the key whose turn it is, or becomes free. */
  #next(): void {
    const turn = this.#waiting.entries().next().value;
    if (turn === undefined) {
      this.#running--;
      return;
    }
    const [key, waiting] = turn;
    this.#waiting.delete(key);
    const resolve = waiting.shift()!;
    if (waiting.length > 0) this.#waiting.set(key, waiting);
    resolve();
  }
}
