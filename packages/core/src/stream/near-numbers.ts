const NEAR_MAX = 0xffff_ffff;

/**
 * A row of integers, most of which are a little larger than the first that is put, such as places in a log: four bytes each. The row becomes one
 * of eight bytes each when it gets one that is too far away.
 */
export class NearNumbers {
  #first = -1;
  #near: Uint32Array | undefined;
  #far: Float64Array | undefined;

  constructor(size: number) {
    this.#near = new Uint32Array(size);
  }

  get(at: number): number {
    return this.#near === undefined ? this.#far![at]! : this.#first + this.#near[at]!;
  }

  /** `value` is an integer from 0 to below 2^53. */
  set(at: number, value: number): void {
    if (this.#near !== undefined) {
      if (this.#first < 0) this.#first = value;
      const distance = value - this.#first;
      if (distance >= 0 && distance <= NEAR_MAX) {
        this.#near[at] = distance;
        return;
      }
      this.#widen(this.#near);
    }
    this.#far![at] = value;
  }

  #widen(near: Uint32Array): void {
    this.#far = new Float64Array(near.length);
    for (let i = 0; i < near.length; i++) this.#far[i] = this.#first + near[i]!;
    this.#near = undefined;
  }
}
