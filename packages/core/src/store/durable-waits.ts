import type { Confirmation } from '../delivery/delivery.ts';
import type { LogPosition } from './log.ts';

const SIZE_MIN = 1024;

/** Whoever waits until the log has a record on disk, in the order of positions: a ring, so that nothing is made per message. */
export class DurableWaits {
  #positions = new Float64Array(SIZE_MIN);
  #tokens = new Float64Array(SIZE_MIN);
  #waiters: (Confirmation | undefined)[] = new Array(SIZE_MIN).fill(undefined);
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** `waiter.confirmed(token)` is called when the record at `position` is on disk. Positions never fall. */
  push(position: LogPosition, waiter: Confirmation, token: number): void {
    if (this.#size === this.#positions.length) this.#grow();
    const at = (this.#head + this.#size++) & (this.#positions.length - 1);
    this.#positions[at] = position;
    this.#tokens[at] = token;
    this.#waiters[at] = waiter;
  }

  release(durableEnd: LogPosition): void {
    while (this.#size > 0 && this.#positions[this.#head]! < durableEnd) {
      const at = this.#head;
      const waiter = this.#waiters[at]!;
      this.#waiters[at] = undefined;
      this.#head = (at + 1) & (this.#positions.length - 1);
      this.#size--;
      waiter.confirmed(this.#tokens[at]!);
    }
  }

  #grow(): void {
    const size = this.#positions.length;
    const positions = new Float64Array(size * 2);
    const tokens = new Float64Array(size * 2);
    const waiters: (Confirmation | undefined)[] = new Array(size * 2).fill(undefined);
    for (let i = 0; i < size; i++) {
      const at = (this.#head + i) & (size - 1);
      positions[i] = this.#positions[at]!;
      tokens[i] = this.#tokens[at]!;
      waiters[i] = this.#waiters[at];
    }
    this.#positions = positions;
    this.#tokens = tokens;
    this.#waiters = waiters;
    this.#head = 0;
  }
}
