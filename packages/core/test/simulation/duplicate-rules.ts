import type { LogPosition } from '../../src/store/log.ts';

/** The ids that an address has to remember: each of a message that was stored, until its window has passed. */
export class DuplicateRules {
  readonly #windowMs: number;
  /** By id; a position of -1: its message is only in memory. */
  readonly #seen = new Map<string, { readonly atMs: number; readonly position: LogPosition }>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  has(id: string, nowMs: number): boolean {
    const seen = this.#seen.get(id);
    return seen !== undefined && nowMs - seen.atMs < this.#windowMs;
  }

  stored(id: string, position: LogPosition, atMs: number): void {
    this.#seen.set(id, { atMs, position });
  }

  crashed(survivingEnd: LogPosition): void {
    for (const [id, { position }] of this.#seen) if (position < 0 || position >= survivingEnd) this.#seen.delete(id);
  }
}
