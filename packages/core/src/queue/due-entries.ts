const SIZE_MIN = 16;
/** Most queues never have anything that waits for its time. */
const NONE = new Float64Array(0);

/** Entries that wait for their time, earliest first: 16 bytes each in typed arrays, and no timer. */
export class DueEntries {
  #times = NONE;
  #sequences = NONE;
  size = 0;

  /** When the first is due, in milliseconds since the epoch; Infinity: there is none. */
  get nextMs(): number {
    return this.size > 0 ? this.#times[0]! : Number.POSITIVE_INFINITY;
  }

  push(dueAtMs: number, sequence: number): void {
    if (this.size === this.#times.length) this.#resize(Math.max(SIZE_MIN, this.size * 2));
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(dueAtMs, sequence, parent)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#times[at] = dueAtMs;
    this.#sequences[at] = sequence;
  }

  /** Takes the first away, and answers its sequence; there must be one. */
  pop(): number {
    const top = this.#sequences[0]!;
    const last = --this.size;
    const time = this.#times[last]!;
    const sequence = this.#sequences[last]!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= last) break;
      if (child + 1 < last && this.#before(this.#times[child + 1]!, this.#sequences[child + 1]!, child)) child++;
      if (this.#before(time, sequence, child)) break;
      this.#move(child, at);
      at = child;
    }
    this.#times[at] = time;
    this.#sequences[at] = sequence;
    if (this.#times.length > SIZE_MIN && last < this.#times.length >> 2) this.#resize(this.#times.length >> 1);
    return top;
  }

  /** Entries of the same time go in the order of arrival. */
  #before(time: number, sequence: number, at: number): boolean {
    return time < this.#times[at]! || (time === this.#times[at]! && sequence < this.#sequences[at]!);
  }

  #move(from: number, to: number): void {
    this.#times[to] = this.#times[from]!;
    this.#sequences[to] = this.#sequences[from]!;
  }

  #resize(length: number): void {
    const times = new Float64Array(length);
    times.set(this.#times.subarray(0, this.size));
    this.#times = times;
    const sequences = new Float64Array(length);
    sequences.set(this.#sequences.subarray(0, this.size));
    this.#sequences = sequences;
  }
}
