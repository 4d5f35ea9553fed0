import type { Allowance } from './allowance.ts';
import type { Reading, ReadingShare } from './reading-share.ts';

/** Counts what one connection brings, and says when it has to rest: for the sake of other spaces, or because of a rate. */
export class Meter {
  readonly #share: ReadingShare;
  readonly #allowances: readonly Allowance[];

  /** `allowances`: of the space, and of the user where there are any. */
  constructor(share: ReadingShare, allowances: readonly Allowance[]) {
    this.#share = share;
    this.#allowances = allowances;
  }

  /** Whether the reader has to rest; it is told once when it may go on, and must not ask before. */
  rests(reading: Reading): boolean {
    for (const allowance of this.#allowances) if (allowance.rests(reading)) return true;
    return this.#share.rests(reading);
  }

  charge(messages: number, bytes: number): void {
    for (const allowance of this.#allowances) if (allowance.rated) allowance.charge(messages, bytes);
    this.#share.charge(messages, bytes);
  }
}
