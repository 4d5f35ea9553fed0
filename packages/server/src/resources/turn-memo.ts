/** What is counted once for all documents of an answer: it is forgotten when other work has its turn. */
export class TurnMemo {
  readonly #known = new Map<unknown, unknown>();

  /** What `make` answers, asked once in this turn. */
  of<Value>(key: unknown, make: () => Value): Value {
    if (this.#known.size === 0) setImmediate(() => this.#known.clear());
    if (!this.#known.has(key)) this.#known.set(key, make());
    return this.#known.get(key) as Value;
  }
}
