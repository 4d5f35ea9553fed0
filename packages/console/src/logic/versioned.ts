/** Something that changes while it is looked at: views subscribe to it, and compare versions. */
export class Versioned {
  /** Another number with each change. */
  version = 0;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  protected changed(): void {
    this.version++;
    for (const listener of this.#listeners) listener();
  }
}
