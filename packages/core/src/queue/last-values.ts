/** The newest entry of each key: what an older one gives its place to. */
export class LastValues {
  readonly #newest = new Map<number, number>();

  /** An entry of this key has come; answers the one that was the newest before, -1: there was none. */
  put(key: number, sequence: number): number {
    const before = this.#newest.get(key) ?? -1;
    if (before < sequence) this.#newest.set(key, sequence);
    return before;
  }

  isNewest(key: number, sequence: number): boolean {
    return this.#newest.get(key) === sequence;
  }

  removed(key: number, sequence: number): void {
    if (this.#newest.get(key) === sequence) this.#newest.delete(key);
  }
}
