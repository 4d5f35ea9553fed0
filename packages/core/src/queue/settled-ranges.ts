import type { Confirmation } from '../delivery/delivery.ts';
import type { Shard } from '../store/shard.ts';

/** What was settled since the last record of it, and who waits for that record: one record for all that a turn settles. */
export class SettledRanges {
  readonly #shard: Shard;
  readonly #queue: number;
  /** Pairs of first sequence and count. */
  #ranges: number[] = [];
  #confirms: { confirm: Confirmation; token: number }[] = [];

  constructor(shard: Shard, queue: number) {
    this.#shard = shard;
    this.#queue = queue;
  }

  add(sequence: number): void {
    const ranges = this.#ranges;
    const last = ranges.length - 2;
    if (last >= 0 && ranges[last]! + ranges[last + 1]! === sequence) ranges[last + 1]!++;
    else ranges.push(sequence, 1);
  }

  /** `confirm` hears when what was settled so far is on disk. */
  confirm(confirm: Confirmation, token: number): void {
    this.#confirms.push({ confirm, token });
  }

  record(): void {
    if (this.#ranges.length === 0) return;
    this.#shard.settled(this.#queue, this.#ranges);
    this.#ranges = [];
  }

  /** What waits is told when the log has what was recorded so far. */
  release(): void {
    if (this.#confirms.length === 0) return;
    const confirms = this.#confirms;
    this.#confirms = [];
    for (const { confirm, token } of confirms) this.#shard.whenDurable(confirm, token);
  }
}
