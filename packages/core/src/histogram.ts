/** Counts values by how large they are, in buckets with fixed upper bounds: what it costs to add one does not depend on how many there were. */
export class Histogram {
  /** Upper bounds, ascending; a value that is equal to one belongs below it. Larger values are counted besides. */
  readonly bounds: readonly number[];
  readonly #counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  add(value: number): void {
    let at = 0;
    while (at < this.bounds.length && value > this.bounds[at]!) at++;
    this.#counts[at]!++;
    this.sum += value;
  }

  /** Values up to each bound, and as the last one all values. */
  get cumulative(): number[] {
    let count = 0;
    return this.#counts.map(each => (count += each));
  }
}
