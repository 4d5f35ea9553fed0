const SIZE_MIN = 64;

/**
 * The offsets that were delivered and are not settled, in their order: a ring, with the settled ones behind the first unsettled one in it still, so that
 * it is known below which all are done. Eight bytes each.
 */
export class UnsettledOffsets {
  /** A settled one is −1 − offset. */
  #ring = new Float64Array(SIZE_MIN);
  #head = 0;
  /** From the first unsettled one to the last delivered one. */
  span = 0;

  /** −1: all are settled. */
  get first(): number {
    return this.span === 0 ? -1 : this.#ring[this.#head]!;
  }

  /** `offset` is larger than all before. */
  push(offset: number): void {
    if (this.span === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.span++) & (this.#ring.length - 1)] = offset;
  }

  settle(offset: number): void {
    const mask = this.#ring.length - 1;
    let low = 0;
    let high = this.span;
    while (low < high) {
      const middle = (low + high) >> 1;
      const found = this.#ring[(this.#head + middle) & mask]!;
      if ((found < 0 ? -1 - found : found) < offset) low = middle + 1;
      else high = middle;
    }
    const at = (this.#head + low) & mask;
    if (low === this.span || this.#ring[at] !== offset) return;
    this.#ring[at] = -1 - offset;
    while (this.span > 0 && this.#ring[this.#head]! < 0) {
      this.#head = (this.#head + 1) & mask;
      this.span--;
    }
  }

  #grow(): void {
    const { length } = this.#ring;
    const ring = new Float64Array(length * 2);
    for (let i = 0; i < length; i++) ring[i] = this.#ring[(this.#head + i) & (length - 1)]!;
    this.#ring = ring;
    this.#head = 0;
  }
}
