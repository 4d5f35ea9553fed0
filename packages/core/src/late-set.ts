/** A set whose table is made with the first value: a `LateMap` without values. */
export class LateSet<Value> implements Iterable<Value> {
  #values: Set<Value> | undefined;

  get size(): number {
    return this.#values?.size ?? 0;
  }

  has(value: Value): boolean {
    return this.#values?.has(value) ?? false;
  }

  add(value: Value): void {
    this.#values ??= new Set();
    this.#values.add(value);
  }

  delete(value: Value): boolean {
    return this.#values?.delete(value) ?? false;
  }

  [Symbol.iterator](): SetIterator<Value> {
    return (this.#values ?? NOTHING).values() as SetIterator<Value>;
  }
}

const NOTHING: ReadonlySet<unknown> = new Set();
