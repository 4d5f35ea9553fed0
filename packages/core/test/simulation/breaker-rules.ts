import type { Breaker } from '../../src/address/address.ts';

/** What docs/guide/dead-letters.md says of the breaker: so many failures in a row pause deliveries; then one message is tried, and a success opens the way. */
export class BreakerRules {
  #failures = 0;
  /** The message that is tried. */
  #trial: number | undefined;
  /** 0: deliveries are not paused. */
  pausedUntilMs = 0;

  allows(nowMs: number): boolean {
    return this.pausedUntilMs === 0 || (nowMs >= this.pausedUntilMs && this.#trial === undefined);
  }

  handedOut(id: number): void {
    if (this.pausedUntilMs > 0) this.#trial = id;
  }

  /** A success, or there is no breaker any more. */
  close(): void {
    this.#failures = 0;
    this.#trial = undefined;
    this.pausedUntilMs = 0;
  }

  /** Neither a success nor a failure. */
  returned(id: number): void {
    if (this.#trial === id) this.#trial = undefined;
  }

  failed(id: number, limits: Breaker | undefined, nowMs: number): void {
    if (!limits) return this.close();
    this.#failures++;
    const opens = this.pausedUntilMs > 0 ? this.#trial === id : this.#failures >= limits.failures;
    if (!opens) return;
    this.#trial = undefined;
    this.pausedUntilMs = nowMs + limits.pauseMs;
  }
}
